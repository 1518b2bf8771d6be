#!/usr/bin/env python3
"""What watching costs a redis-server under redis-benchmark: cachegauge with notifications, with everything, and off, alternated.

    Benchmarks/observe.py [--rounds 20] [--seconds 2] [--pipeline 16] [--misses 5] [--modes off,flag,events,all]

One redis-server, one redis-benchmark that never stops. A round is off, on, on, off, some seconds each, so that whatever else the
machine does weighs on both alike; its figure is the ratio of the two in the middle to the two around. Printed for each mode: the
median of the rounds and its 95 % interval (bootstrap), of throughput, and of commands for each second that the server had a
processor, which other work on the machine disturbs less; and how much of a processor cachegauge took. The mode `off` never starts cachegauge: what it gives is the noise. The mode `flag` doesn't, either, but sets the
server's `notify-keyspace-events` to `Em`, which nobody listens to: what it gives is the least that hearing of misses can cost.

The server is kept on one processor, what loads and what watches it on the others. Wants redis-server and redis-benchmark, and a
release build of cachegauge (CACHEGAUGE=path).
"""
import argparse
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

KEYS = 100_000


class Redis:
    """A connection that asks one question at a time."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.stream = self.connection.makefile("rb")

    def ask(self, *words):
        self.connection.sendall(
            b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(str(w).encode()), str(w).encode()) for w in words))
        line = self.stream.readline()
        is_text = line[:1] == b"$" and line[:2] != b"$-"
        return self.stream.read(int(line[1:]) + 2)[:-2].decode() if is_text else line.decode()

    def commands(self):
        return int(self.ask("INFO", "stats").split("total_commands_processed:")[1].split()[0])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(port, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            return Redis(port)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.port = free_port()
        processors = sorted(os.sched_getaffinity(0))
        self.own, self.others = processors[:1], processors[1:] or processors
        self.server = self.spawn(
            self.own, "redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--dir", directory,
            "--notify-keyspace-events", "")
        self.redis = started(self.port)
        self.redis.ask(
            "EVAL",
            "for i = 0, %d do if i %% 100 >= %d then redis.call('SET', 'menu:' .. string.format('%%012d', i), 'x') end end"
            % (KEYS - 1, options.misses), 0)
        self.load = self.spawn(
            self.others, "redis-benchmark", "-p", self.port, "-c", "50", "-P", options.pipeline, "-n", 1_000_000, "-l", "-r",
            KEYS, "-q", "GET", "menu:__rand_int__")
        self.gauge = None
        for mode, sample in (("events", "false"), ("all", "true")):
            with open(f"{directory}/{mode}.yml", "w", encoding="utf-8") as file:
                file.write(
                    f"listen: 127.0.0.1:0\ntargets:\n  - url: redis://127.0.0.1:{self.port}\n"
                    f"    observe: {{ events: true, sample: {sample}, manage: true, state_directory: {directory} }}\n"
                    '    namespaces: [{ name: menu, keys: ["menu:*"] }]\n')

    def spawn(self, processors, *words):
        return subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(f"{self.directory}/log", "ab"), preexec_fn=lambda: os.sched_setaffinity(0, processors))

    def now(self):
        with open(f"/proc/{self.server.pid}/schedstat", encoding="ascii") as file:
            nanoseconds = int(file.read().split()[0])
        return self.redis.commands(), time.monotonic(), nanoseconds / 1e9

    def piece(self):
        """Commands a second, and commands for each second of the server's processor."""
        before = self.now()
        time.sleep(self.options.seconds)
        after = self.now()
        commands = after[0] - before[0]
        return commands / (after[1] - before[1]), commands / (after[2] - before[2])

    def own_seconds(self):
        """Seconds of a processor that cachegauge has taken."""
        if not self.gauge:
            return 0
        with open(f"/proc/{self.gauge.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def watch(self, mode):
        if mode == "flag":
            self.redis.ask("CONFIG", "SET", "notify-keyspace-events", "Em")
        elif mode != "off":
            gauge = os.environ.get("CACHEGAUGE", ".build/release/cachegauge")
            self.gauge = self.spawn(self.others, gauge, "serve", "--config", f"{self.directory}/{mode}.yml")
        time.sleep(self.options.warm)

    def leave(self):
        if self.gauge:
            self.gauge.send_signal(signal.SIGTERM)
            self.gauge.wait(30)
            self.gauge = None
        self.redis.ask("CONFIG", "SET", "notify-keyspace-events", "")
        time.sleep(0.3)

    def round(self, mode):
        first = self.piece()
        self.watch(mode)
        own = self.own_seconds()
        on = self.piece(), self.piece()
        own = (self.own_seconds() - own) / (2 * self.options.seconds)
        self.leave()
        last = self.piece()
        return [(on[0][i] + on[1][i]) / (first[i] + last[i]) for i in range(2)], first, own

    def end(self):
        self.leave()
        for process in (self.load, self.server):
            process.kill()
            process.wait()


def interval(values):
    medians = sorted(statistics.median(random.choices(values, k=len(values))) for _ in range(4000))
    return medians[100], medians[3899]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--warm", type=float, default=1.5, help="seconds after cachegauge's start that do not count")
    parser.add_argument("--pipeline", type=int, default=16)
    parser.add_argument("--misses", type=int, default=5, help="per cent of the reads")
    parser.add_argument("--modes", default="off,flag,events,all")
    options = parser.parse_args()
    modes = options.modes.split(",")
    signal.signal(signal.SIGTERM, lambda *_: exit(1))
    directory = tempfile.mkdtemp()
    bench = Bench(options, directory)
    found = {mode: ([], []) for mode in modes}
    owns = {mode: [] for mode in modes}
    rates = []
    print(f"load average before: {os.getloadavg()[0]:.1f}, pipeline {options.pipeline}, {options.misses} % misses", flush=True)
    try:
        time.sleep(2)
        for _ in range(options.rounds):
            for mode in modes:
                ratios, alone, own = bench.round(mode)
                rates.append(alone)
                owns[mode].append(own)
                for kind in range(2):
                    found[mode][kind].append(ratios[kind])
    finally:
        bench.end()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"off: {statistics.median(r[0] for r in rates):,.0f} commands a second, "
          f"{1e6 / statistics.median(r[1] for r in rates):.2f} microseconds of the server's processor for each")
    for kind, name in enumerate(("throughput", "commands for each second of the server's processor")):
        print(f"{name}, of off:")
        for mode in modes:
            values = found[mode][kind]
            low, high = interval(values)
            print(f"  {mode:7} median {statistics.median(values):.3f} ({low:.3f}...{high:.3f}), "
                  f"rounds {min(values):.3f}...{max(values):.3f}")
    for mode in modes:
        if any(owns[mode]):
            print(f"cachegauge took in {mode}: median {statistics.median(owns[mode]):.1%} of a processor")
    print(f"load average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
