#!/usr/bin/env python3
"""One cachegauge and very many targets: how late polls begin, and what it costs.

    Benchmarks/scale.py [--targets 1000] [--real 20] [--seconds 60] [--remote-write] [--set FILE]

Starts real redis-servers for a few of the targets and Benchmarks/responder.py for the others, all polled once a second by one
cachegauge with default settings; --set adds a file's lines to its configuration. Prints a table with what is aimed at. The
program is CACHEGAUGE, or a release build. Needs: redis-server, redis-benchmark, redis-cli, curl; with --remote-write prometheus.
"""
import argparse
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
processes = []


def start(*command, **options):
    process = subprocess.Popen(command, **options)
    processes.append(process)
    return process


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("scale: gave up waiting")
        time.sleep(0.1)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def get(url, *arguments):
    """Status, seconds and bytes as curl measures them; content is thrown away."""
    out = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{time_total} %{size_download}", *arguments, url],
        capture_output=True, text=True).stdout.split()
    return int(out[0]), float(out[1]), int(out[2])


def redis(port, directory):
    return start("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory,
                 stdout=subprocess.DEVNULL)


def model(port, directory):
    """A server that was in use, for the responder to copy."""
    redis(port, directory)
    until(lambda: answers(port))
    subprocess.run(["redis-benchmark", "-p", str(port), "-q", "-n", "2000"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    commands = ["MGET a b", "EXPIRE mylist 100000", "HGETALL myset", "TTL mylist", "SETEX e 1000 v", "DEL nothing",
                "EXISTS a", "HSET h f v", "HGET h f", "ZADD z 1 a", "ZRANGE z 0 1", "SMEMBERS s", "UNLINK nothing",
                "TYPE a", "GETEX a", "HMGET h f", "SCARD s", "ZCARD z"]
    subprocess.run(["redis-cli", "-p", str(port)], input="\n".join(commands), text=True, stdout=subprocess.DEVNULL)


def metrics(base):
    with urllib.request.urlopen(base + "/metrics") as answer:
        lines = answer.read().decode().splitlines()
    own = [line for line in lines if line.startswith(("cachegauge_", "process_"))]
    series = sum(1 for line in lines if not line.startswith("#"))
    up = sum(1 for line in lines if line.startswith("cache_up") and line.endswith(" 1"))
    values = {}
    for line in own:
        name, value = line.rsplit(" ", 1)
        values[name] = float(value)
    return values, series, up


def lateness(before, after):
    """Seconds that 99 of 100 polls began within, and the share that began within 50 ms."""
    def places(values):
        return {float(m[1]): v for k, v in values.items()
                if (m := re.fullmatch(r'cachegauge_poll_lateness_seconds_bucket\{le="(.+)"\}', k))}
    first, last = places(before), places(after)
    counts = sorted((bound, last[bound] - first.get(bound, 0)) for bound in last)
    total = counts[-1][1]
    low, below = 0.0, 0.0
    for bound, count in counts:
        if count >= 0.99 * total:
            width = (min(bound, 10) - low) * (0.99 * total - below) / max(1, count - below)
            break
        low, below = bound, count
    return total, low + width, dict(counts)[0.05] / total


def row(what, value, aim="", holds=None):
    mark = "" if holds is None else "reached" if holds else "MISSED"
    print(f"{what:<52} {value:>16}  {aim:<12} {mark}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--targets", type=int, default=1000)
    arguments.add_argument("--real", type=int, default=20)
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--remote-write", action="store_true")
    arguments.add_argument("--set")
    asked = arguments.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    work = tempfile.mkdtemp()
    try:
        measure(asked, program(), work)
    finally:
        end(work)


def program():
    """CACHEGAUGE, or a release build."""
    if path := os.environ.get("CACHEGAUGE"):
        return path
    build = ["swift", "build", "-c", "release"]
    subprocess.run([*build, "--product", "cachegauge"], cwd=HERE + "/..", check=True, stdout=sys.stderr)
    path = subprocess.run([*build, "--show-bin-path"], cwd=HERE + "/..", check=True, capture_output=True, text=True)
    return path.stdout.strip() + "/cachegauge"


def end(work):
    for process in reversed(processes):
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
    shutil.rmtree(work)


def measure(asked, program, work):
    model_port = free_port()
    model(model_port, work)
    ports = [model_port]
    for _ in range(asked.real - 1):
        ports.append(free_port())
        redis(ports[-1], work)
    start(sys.executable, HERE + "/responder.py", str(asked.targets - len(ports)), str(model_port), work + "/ports")
    until(lambda: os.path.exists(work + "/ports"))
    ports += [int(line) for line in open(work + "/ports")]
    listen, receiver = free_port(), free_port()
    with open(work + "/cachegauge.yml", "w") as file:
        file.write(f"listen: 127.0.0.1:{listen}\nlog: {{ level: error }}\n")
        if asked.set:
            file.write(open(asked.set).read())
        if asked.remote_write:
            file.write(f"remote_write:\n  - url: http://127.0.0.1:{receiver}/api/v1/write\n")
        file.write("targets:\n")
        for number, port in enumerate(ports):
            file.write(f"  - {{ name: cache-{number}, url: \"redis://127.0.0.1:{port}\" }}\n")
    if asked.remote_write:
        open(work + "/prometheus.yml", "w").write("{}\n")
        start("prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/tsdb",
              f"--web.listen-address=127.0.0.1:{receiver}", "--web.enable-remote-write-receiver",
              stderr=subprocess.DEVNULL)
        until(lambda: answers(receiver))
    daemon = start(program, "serve", "--config", work + "/cachegauge.yml")
    base = f"http://127.0.0.1:{listen}"
    until(lambda: answers(listen) and get(base + "/-/ready")[0] == 200)
    time.sleep(15)
    run(asked, base, daemon.pid, len(ports))


def run(asked, base, pid, targets):
    before, _, _ = metrics(base)
    begin = time.monotonic()
    time.sleep(asked.seconds)
    after, series, up = metrics(base)
    quiet = time.monotonic() - begin
    polls, late, within = lateness(before, after)
    cpu = (after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) / quiet
    pages = {}
    for name, path, options in [
        ("metrics, gzip", "/metrics", ["-H", "Accept-Encoding: gzip"]), ("metrics, plain", "/metrics", []),
        ("health, JSON", "/api/cache/health", []), ("report, JSON", "/api/cache/report", []), ("page", "/", []),
    ]:
        found = []
        for _ in range(7):
            found.append(get(base + path, *options))
            time.sleep(1.1)
        pages[name] = (statistics.median(f[1] for f in found), max(f[1] for f in found), found[-1][2])
    scraped, _, _ = metrics(base)
    _, beside, beside_within = lateness(after, scraped)
    resident = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024
    print(f"\n{targets} targets at 1 s, {up} up, {series} series on /metrics, measured over {quiet:.0f} s, "
          f"load {os.getloadavg()[0]:.1f}\n")
    row("polls begun a second", f"{polls / quiet:.1f}", f"{targets}")
    row("polls begun within, 99 of 100", f"{late * 1000:.1f} ms", "50 ms", within >= 0.99)
    row("  while every page below is asked for", f"{beside * 1000:.1f} ms", "50 ms", beside_within >= 0.99)
    row("planned polls that did not take place", f"{after['cachegauge_polls_missed_total'] - before['cachegauge_polls_missed_total']:.0f}")
    row("cores", f"{cpu:.2f}", "1", cpu <= 1)
    row("resident after it", f"{resident:.0f} MiB", "300 MB", resident * 1.048576 <= 300)
    row("history, of that", f"{after['cachegauge_history_bytes'] / 2**20:.0f} MiB")
    for name, (median, worst, size) in pages.items():
        aim = ("100 ms", median <= 0.1) if name == "metrics, gzip" else ("", None)
        row(f"{name}: median of 7, worst {worst * 1000:.0f} ms", f"{median * 1000:.0f} ms", *aim)
        row("  bytes", f"{size:,}")
    sent = {k: v for k, v in scraped.items() if k.startswith("cachegauge_remote_write")}
    for name, value in sorted(sent.items()):
        row(name, f"{value:,.0f}")


if __name__ == "__main__":
    main()
