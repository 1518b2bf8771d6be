"""Many Redis servers in one process, as far as a monitor can tell: answers what a real redis-server answered to the same command,
with the figures of INFO moving on, each server at a pace of its own.

    responder.py COUNT MODEL_PORT FILE     COUNT servers on ports of 127.0.0.1, which are written into FILE, one a line

The model is asked once for each new command. Errors and anything that is no INFO are repeated as they are.
"""
import asyncio
import os
import random
import re
import resource
import socket
import sys
import time

# What rises by itself on a server in use, and by how much a second at a pace of 1.
RATES = {
    "total_connections_received": 2, "total_commands_processed": 4000, "total_net_input_bytes": 300_000,
    "total_net_output_bytes": 900_000, "keyspace_hits": 2500, "keyspace_misses": 300, "expired_keys": 20,
    "evicted_keys": 3, "uptime_in_seconds": 1, "expires": 5, "calls": 150, "usec": 900, "total_reads_processed": 4000,
    "total_writes_processed": 4000, "used_cpu_sys": 0.02, "used_cpu_user": 0.03,
}
# What goes up and down, and how far.
SWINGS = {"used_memory": 200_000, "used_memory_rss": 200_000, "instantaneous_ops_per_sec": 50, "connected_clients": 3}
NUMBER = re.compile(rb"(?:(?<=[:,=\n])|^)([a-z_]+)([:=])(\d+)(?=[,\r])")


class Reply:
    """One reply of the model, as a template where it is an INFO."""

    def __init__(self, raw):
        self.raw, self.moving = raw, []
        begin = raw.find(b"\r\n") + 2
        if not raw.startswith(b"$") or b"\n# " not in raw[: begin + 2000] and not raw[begin:].startswith(b"# "):
            return
        text = raw[begin:-2]
        parts, end = [], 0
        for match in NUMBER.finditer(text):
            name = match[1].decode()
            if name in RATES or name in SWINGS or name == "tcp_port":
                parts.append(text[end : match.start(3)].replace(b"%", b"%%") + b"%d")
                self.moving.append((name, int(match[3])))
                end = match.end()
        template = b"".join(parts) + text[end:].replace(b"%", b"%%")
        self.template = re.sub(rb"run_id:[0-9a-f]{40}", b"run_id:%%040x", template)
        self.has_identity = self.template != template
        if self.has_identity:
            # The identity's place among the figures: those before it come first.
            before = self.template[: self.template.find(b"%%040x")].count(b"%d")
            self.template = self.template.replace(b"%%040x", b"%040x")
            self.moving.insert(before, ("run_id", 0))

    def bytes(self, server, elapsed):
        if not self.moving:
            return self.raw
        text = self.template % tuple(server.value(name, base, elapsed) for name, base in self.moving)
        return b"$%d\r\n%s\r\n" % (len(text), text)


class Model:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.stream = self.socket.makefile("rb")
        self.known = {}

    def reply(self, command):
        if command not in self.known:
            self.socket.sendall(command)
            self.known[command] = Reply(self.read())
        return self.known[command]

    def read(self):
        line = self.stream.readline()
        kind, rest = line[:1], line[1:-2]
        if kind in b"$=" and int(rest) >= 0:
            return line + self.stream.read(int(rest) + 2)
        if kind in b"*~>%" and int(rest) > 0:
            return line + b"".join(self.read() for _ in range(int(rest) * (2 if kind == b"%" else 1)))
        return line


class Server:
    def __init__(self, number):
        chance = random.Random(number)
        self.identity = chance.getrandbits(160)
        self.pace = 0.0 if chance.random() < 0.3 else chance.uniform(0.1, 3)
        self.phase = chance.random()
        self.port = 0

    def value(self, name, base, elapsed):
        if name == "uptime_in_seconds":
            return base + elapsed
        if name == "run_id":
            return self.identity
        if name == "tcp_port":
            return self.port
        if name in RATES:
            return base + RATES[name] * self.pace * elapsed
        return base + SWINGS[name] * self.pace * abs((elapsed * 0.05 + self.phase) % 2 - 1)


class Connection(asyncio.Protocol):
    chunks = {}

    def __init__(self, server, model):
        self.server, self.model, self.rest = server, model, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        data = self.rest + data
        replies = self.chunks.get(data)
        if replies is None:
            commands, self.rest = parse(data)
            replies = [self.model.reply(command) for command in commands]
            if not self.rest and len(self.chunks) < 10_000:
                self.chunks[data] = replies
        else:
            self.rest = b""
        elapsed = time.monotonic() - STARTED
        self.transport.write(b"".join(reply.bytes(self.server, elapsed) for reply in replies))


def parse(data):
    """The whole commands of a pipeline, each as its bytes, and what is left."""
    commands, start = [], 0
    while True:
        position, end = start, data.find(b"\r\n", start)
        if end < 0 or data[position : position + 1] != b"*":
            return commands, data[start:]
        position = end + 2
        for _ in range(int(data[start + 1 : end])):
            end = data.find(b"\r\n", position)
            if end < 0:
                return commands, data[start:]
            position = end + 4 + int(data[position + 1 : end])
        if position > len(data):
            return commands, data[start:]
        commands.append(data[start:position])
        start = position


async def main(count, model_port, file):
    model, loop, ports = Model(model_port), asyncio.get_running_loop(), []
    for number in range(count):
        server = Server(number)
        listener = await loop.create_server(lambda server=server: Connection(server, model), "127.0.0.1", 0)
        server.port = listener.sockets[0].getsockname()[1]
        ports.append(server.port)
    with open(file + ".new", "w") as out:
        out.write("\n".join(map(str, ports)) + "\n")
    os.rename(file + ".new", file)
    await asyncio.Event().wait()


STARTED = time.monotonic()
if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
