#!/usr/bin/env python3
"""Holds what cachegauge says of misses, causes and hit ratios against an application that knows the truth of each of its reads.

    Benchmarks/truth.py [--rate 50000] [--seconds 420] [--parts 5] [--seed 1] [--maxmemory 0] [--declare] [--databases 1]

One redis-server, one application (Sources/truth-load: cache-aside; GET and MGET; random namespaces, times to live from 1 s to none,
deletions, shares of the reads that wander), one cachegauge with everything on. Every ten seconds the hit ratios of the latest one
and five minutes, with their intervals, are held against what the application counted in the same time, and so are those that follow from
the counters of hits and misses; at the end, misses and causes of the whole run. Wants redis-server, and a release build of cachegauge (CACHEGAUGE=path).
"""
import argparse
import bisect
import collections
import datetime
import json
import math
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

from observe import free_port, started

HERE = os.path.dirname(os.path.abspath(__file__))
CAUSES = ["cold", "expired", "evicted", "invalidated"]


class Truth:
    """What the application said so far: times, and counts at them."""

    def __init__(self, stream, parts):
        self.stream = stream
        self.namespaces = [stream.readline().split() for _ in range(parts)]
        self.times, self.counts = [], []
        self.reader = threading.Thread(target=self.read, daemon=True)

    def read(self):
        for line in self.stream:
            words = line.split()
            self.counts.append([int(word) for word in words[1:]])
            self.times.append(float(words[0]))

    def at(self, moment):
        """Counts at a time, between two lines in proportion."""
        index = min(max(1, bisect.bisect(self.times, moment)), len(self.times) - 1)
        low, high = self.times[index - 1], self.times[index]
        part = min(1, max(0, (moment - low) / (high - low)))
        return [a + (b - a) * part for a, b in zip(self.counts[index - 1], self.counts[index])]

    def ratios(self, begin, end):
        """Each namespace's hit ratio in a time; None without a read."""
        change = [b - a for a, b in zip(self.at(begin), self.at(end))]
        pieces = [change[i * 5:i * 5 + 5] for i in range(len(self.namespaces))]
        return [piece[0] / sum(piece) if sum(piece) > 0 else None for piece in pieces]


def fetch(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def wait(port, condition):
    for _ in range(600):
        try:
            if condition(fetch(port, "/metrics")):
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("cachegauge is not ready")


def compare(truth, port, found, past, counted):
    """Holds the ratios of the latest poll against the truth of the same time, and those by counters since about as long before."""
    target = json.loads(fetch(port, "/api/cache/report"))["targets"][0]
    # The same answer says when its figures were taken, and how long before each window began.
    moment = datetime.datetime.fromisoformat(target["last_success"].replace("Z", "+00:00")).timestamp()
    counts = {name: (target["namespaces"][name]["hits"], target["namespaces"][name]["misses"]) for name, _, _ in truth.namespaces}
    for window in (60, 300):
        before = [(time, then) for time, then in past if time >= truth.times[0] and abs(moment - time - window) < 5]
        for time, then in before[:1]:
            real = truth.ratios(time, moment)
            for index, (name, _, _) in enumerate(truth.namespaces):
                if None not in counts[name] + then[name] and real[index] is not None:
                    hits, misses = (now - old for now, old in zip(counts[name], then[name]))
                    counted[window].append((hits / max(1, hits + misses), real[index]))
    past.append((moment, counts))
    windows = (target["sampling"] or {}).get("windows", {})
    for window in (60, 300):
        covered = windows.get(f"{window // 60}m", {"covered_seconds": window - 0.5})["covered_seconds"]
        if covered < window - 1 or moment - covered < truth.times[0]:
            continue
        real = truth.ratios(moment - covered, moment)
        for index, (name, _, _) in enumerate(truth.namespaces):
            told = (target["namespaces"][name]["sampled"] or {}).get(f"{window // 60}m")
            if told and real[index] is not None:
                found[window].append((name, told["hit_rate"], told["interval"], real[index]))


def report(truth, port, found, counted):
    for window, rows in sorted(found.items()):
        error = math.sqrt(sum((told - real) ** 2 for _, told, _, real in rows) / len(rows)) * 100
        held = sum(low <= real <= high for _, _, (low, high), real in rows) / len(rows)
        width = sum(high - low for _, _, (low, high), _ in rows) / len(rows) * 50
        print(f"hit ratios over {window} s: {len(rows)}, error {error:.2f} points (root mean square), intervals ±{width:.2f} points "
              f"held {held * 100:.1f} %; worst {max(abs(told - real) for _, told, _, real in rows) * 100:.2f}")
    for window, rows in sorted(counted.items()):
        error = math.sqrt(sum((told - real) ** 2 for told, real in rows) / len(rows)) * 100
        print(f"by counters over {window} s: {len(rows)}, error {error:.2f} points (root mean square)")
    target = json.loads(fetch(port, "/api/cache/report"))["targets"][0]
    off, exact, worst, weight, right = 0, True, 0.0, 0, 0.0
    for index, (name, ttl, keys) in enumerate(truth.namespaces):
        real = truth.counts[-1][index * 5:index * 5 + 5]
        observed = target["namespaces"][name]["observed"]
        missed = sum(real[1:])
        exact = exact and observed["misses"] == missed
        shares = [(observed["causes"][cause]["misses"] / max(1, missed), count / max(1, missed))
                  for cause, count in zip(CAUSES, real[1:])]
        off = max(abs(told - true) for told, true in shares) * 100
        worst = max(worst, off)
        print(f"  {name}: {keys} keys, time to live {int(ttl) / 1000:g} s (used: {observed['ttl']}), {real[0]} hits, {missed} misses "
              f"({observed['misses'] - missed:+d}), causes off by {off:.2f} points, " +
              ", ".join(f"{cause} {true * 100:.1f} %" for cause, (_, true) in zip(CAUSES, shares)))
    events = target["events"]
    print(f"misses {'exact' if exact else 'NOT exact'}, worst share of a cause off by {worst:.2f} points; keys remembered "
          f"{events['sampled_keys']} (1 of {1 / events['sample_ratio']:g}), {events['memory_bytes'] / 1e6:.1f} MB, "
          f"difference {events['difference_misses']}, gaps {events['gaps']}; sampling {json.dumps(target['sampling'])}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=50_000, help="reads a second")
    parser.add_argument("--seconds", type=int, default=420)
    parser.add_argument("--parts", type=int, default=5, help="namespaces")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--maxmemory", default="0")
    parser.add_argument("--declare", action="store_true", help="times to live in the configuration")
    options = parser.parse_args()
    load = os.environ.get("TRUTH_LOAD")
    if not load:
        subprocess.run(["swift", "build", "-c", "release", "--package-path", HERE, "--product", "truth-load"], check=True)
        load = f"{HERE}/.build/release/truth-load"
    signal.signal(signal.SIGTERM, lambda *_: exit(1))
    directory, processes = tempfile.mkdtemp(), []
    redis_port, port = free_port(), free_port()

    def spawn(*words, **more):
        processes.append(subprocess.Popen([str(word) for word in words], **more))
        return processes[-1]

    with open(f"{directory}/log", "wb") as log:
        try:
            spawn("redis-server", "--port", redis_port, "--bind", "127.0.0.1", "--save", "", "--dir", directory, "--maxmemory",
                  options.maxmemory, "--maxmemory-policy", "allkeys-lru", stdout=log)
            started(redis_port)
            application = spawn(load, redis_port, options.seconds, options.rate, options.parts, options.seed,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            truth = Truth(application.stdout, options.parts)
            lines = "".join(
                f'      - {{ name: {name}, keys: ["{name}:*"]' + (f", ttl: {ttl}ms" if options.declare and ttl != "0" else "") + " }\n"
                for name, ttl, _ in truth.namespaces)
            with open(f"{directory}/gauge.yml", "w", encoding="utf-8") as file:
                file.write(f"listen: 127.0.0.1:{port}\ntargets:\n  - url: redis://127.0.0.1:{redis_port}\n    observe: {{ events: true, "
                           f"sample: true, manage: true, state_directory: {directory} }}\n    namespaces:\n{lines}")
            spawn(os.environ.get("CACHEGAUGE", ".build/release/cachegauge"), "serve", "--config", f"{directory}/gauge.yml", stdout=log,
                  stderr=log)
            wait(port, lambda text: "\ncache_events_subscribed" in text and "cache_events_subscribed 1" in text)
            print(f"load average before: {os.getloadavg()[0]:.1f}")
            application.stdin.write("\n")
            application.stdin.flush()
            truth.reader.start()
            found, past, counted = collections.defaultdict(list), [], collections.defaultdict(list)
            while application.poll() is None:
                time.sleep(10)
                if application.poll() is None:
                    compare(truth, port, found, past, counted)
            truth.reader.join()
            time.sleep(3)
            reads = sum(truth.counts[-1])
            print(f"{reads} reads, {reads / (truth.times[-1] - truth.times[0]):,.0f} a second; load average {os.getloadavg()[0]:.1f}")
            report(truth, port, found, counted)
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait()
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
