"""Measures how long cachegauge takes to tell new roles after a failover; started by failover.sh."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

CACHEGAUGE = sys.argv[1]
WORK = tempfile.mkdtemp()
PROCESSES = []


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def start(words, name):
    with open(f"{WORK}/{name}.log", "wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    PROCESSES.append(process)
    return process


class Connection:
    """The least of a client: words out, a whole reply in."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.file = self.socket.makefile("rb")

    def call(self, *words):
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(word), word) for word in (str(word).encode() for word in words)))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2].decode() if int(rest) >= 0 else None
        return rest.decode()


class Server:
    def __init__(self, *arguments):
        self.port = free_port()
        self.process = start(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", WORK, *arguments],
            f"redis-{self.port}")
        until(lambda: self.call("PING") == "PONG", "a server answers")

    def call(self, *words):
        try:
            return Connection(self.port).call(*words)
        except OSError:
            return None

    def role(self):
        reply = self.call("ROLE")
        return reply[0] if isinstance(reply, list) else None


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"this did not come about: {what}")
        time.sleep(0.01)


class Gauge:
    def __init__(self, *arguments):
        self.port = free_port()
        start([CACHEGAUGE, "serve", "--listen", f"127.0.0.1:{self.port}", *arguments], f"gauge-{self.port}")
        until(lambda: "cache_cluster_up" in self.metrics(), "cachegauge answers")

    def metrics(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5).read().decode()
        except OSError:
            return ""

    def says(self, server, role):
        place = f'address="127.0.0.1:{server.port}",role="{role}"'
        return any(line.startswith("cache_cluster_node_info") and place in line for line in self.metrics().splitlines())


def measure(gauge, master, replica, how, name):
    """Takes the master away and prints how long the new role takes."""
    until(lambda: gauge.says(master, "master") and gauge.says(replica, "replica"), "the roles are told")
    time.sleep(3)
    gone = time.monotonic()
    master.process.send_signal(how)
    until(lambda: replica.role() == "master", "the replica is promoted")
    failover = time.monotonic()
    until(lambda: gauge.says(replica, "master"), "the new role is told")
    told = time.monotonic()
    print(f"{name}: failover after {failover - gone:.2f} s, told {told - failover:.2f} s later", flush=True)


def cluster():
    nodes = [
        Server("--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-port", str(free_port()),
               "--cluster-config-file", f"nodes-{index}.conf")
        for index in range(6)
    ]
    for index, node in enumerate(nodes):
        if index < 3:
            node.call("CLUSTER", "ADDSLOTSRANGE", index * 5461, 16383 if index == 2 else (index + 1) * 5461 - 1)
            node.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        bus = node.call("CONFIG", "GET", "cluster-port")[1]
        nodes[0].call("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
    until(lambda: all(len((node.call("CLUSTER", "NODES") or "").splitlines()) == 6 for node in nodes), "the nodes meet")
    for index in range(3):
        master = nodes[index].call("CLUSTER", "MYID")
        until(lambda: nodes[index + 3].call("CLUSTER", "REPLICATE", master) == "OK", "a replica has its master")
    until(lambda: all("cluster_state:ok" in (node.call("CLUSTER", "INFO") or "") for node in nodes)
          and all("master_link_status:up" in (node.call("INFO", "replication") or "") for node in nodes[3:]),
          "the cluster is whole")
    with open(f"{WORK}/cluster.yml", "w") as file:
        file.write("log: { level: error }\ntargets:\n  - name: shop\n    cluster: true\n")
        file.write(f"    url: redis://127.0.0.1:{nodes[2].port}\n")
    gauge = Gauge("--config", f"{WORK}/cluster.yml")
    measure(gauge, nodes[0], nodes[3], signal.SIGKILL, "cluster, a master killed")
    measure(gauge, nodes[1], nodes[4], signal.SIGSTOP, "cluster, a master stopped")


def sentinels(how, name):
    master = Server()
    replica = Server("--replicaof", "127.0.0.1", str(master.port))
    until(lambda: "master_link_status:up" in (replica.call("INFO", "replication") or ""), "the replica is linked")
    ports = []
    for _ in range(3):
        port = free_port()
        path = f"{WORK}/sentinel-{port}.conf"
        with open(path, "w") as file:
            file.write(f"port {port}\nbind 127.0.0.1\ndir {WORK}\nsentinel monitor shop 127.0.0.1 {master.port} 2\n")
            file.write("sentinel down-after-milliseconds shop 1000\nsentinel failover-timeout shop 5000\n")
        start(["redis-server", path, "--sentinel"], f"sentinel-{port}")
        ports.append(port)

    def knows(port):
        try:
            connection = Connection(port)
            return (len(connection.call("SENTINEL", "REPLICAS", "shop")) == 1
                    and len(connection.call("SENTINEL", "SENTINELS", "shop")) == 2)
        except (OSError, TypeError):
            return False

    until(lambda: all(knows(port) for port in ports), "the Sentinels know each other")
    places = ",".join(f"127.0.0.1:{port}" for port in ports)
    gauge = Gauge(f"sentinel://{places}/shop")
    measure(gauge, master, replica, how, name)


try:
    cluster()
    sentinels(signal.SIGKILL, "Sentinels, the master killed")
    sentinels(signal.SIGSTOP, "Sentinels, the master stopped")
finally:
    for process in PROCESSES:
        process.kill()
    for process in PROCESSES:
        process.wait()
    shutil.rmtree(WORK, ignore_errors=True)
