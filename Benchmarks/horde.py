#!/usr/bin/env python3
"""Ten thousand HTTP clients that are up to nothing good, and one scraper among them.

    Benchmarks/horde.py [--clients 10000] [--seconds 30]

A third connects and says nothing, a third sends its request a byte a second, a third asks again and again and never reads. Who is cut
connects again. Meanwhile a scraper asks for /metrics twice a second, as patient as Prometheus (10 s), and cachegauge polls a
redis-server. Prints how the scraper fared, and how late polls were. The program is CACHEGAUGE, or a release build. Needs:
redis-server. As many clients as descriptors allow (`ulimit -Hn`).
"""
import argparse
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scale

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"


class Horde(threading.Thread):
    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.port, self.count, self.stop = port, count, False
        self.open, self.cut, self.refused = {}, 0, 0

    def join_in(self, number):
        client = socket.socket()
        client.setblocking(False)
        try:
            client.connect(("127.0.0.1", self.port))
        except BlockingIOError:
            pass
        except OSError:
            self.refused += 1
            client.close()
            return
        self.open[client] = [number, 0]

    def run(self):
        number = 0
        while not self.stop:
            begin = time.monotonic()
            for _ in range(min(1000, self.count - len(self.open))):
                self.join_in(number)
                number += 1
            for client, state in list(self.open.items()):
                try:
                    if state[0] % 3 == 1:
                        client.send(REQUEST[state[1] % len(REQUEST) :][:1])
                        state[1] += 1
                    elif state[0] % 3 == 2:
                        client.send(REQUEST)
                    elif client.recv(1) == b"":
                        raise ConnectionResetError
                except BlockingIOError:
                    pass
                except OSError:
                    self.cut += 1
                    client.close()
                    del self.open[client]
            time.sleep(max(0, 1 - (time.monotonic() - begin)))
        for client in self.open:
            client.close()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--clients", type=int, default=10_000)
    arguments.add_argument("--seconds", type=int, default=30)
    asked = arguments.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = min(asked.clients, hard - 100)
    program = scale.program()
    work = tempfile.mkdtemp()
    try:
        redis, listen = scale.free_port(), scale.free_port()
        scale.redis(redis, work)
        scale.until(lambda: scale.answers(redis))
        scale.start(program, "serve", f"redis://127.0.0.1:{redis}", "--listen", f"127.0.0.1:{listen}", "--log-level", "error")
        base = f"http://127.0.0.1:{listen}"
        scale.until(lambda: scale.answers(listen) and scale.get(base + "/-/ready")[0] == 200)
        before, _, _ = scale.metrics(base)
        horde = Horde(listen, clients)
        horde.start()
        time.sleep(clients / 1000 + 3)
        times, failures, most = [], 0, 0
        end = time.monotonic() + asked.seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            try:
                with urllib.request.urlopen(base + "/metrics", timeout=10) as answer:
                    answer.read()
                times.append(time.monotonic() - begin)
            except OSError:
                failures += 1
            most = max(most, len(horde.open))
            time.sleep(max(0, 0.5 - (time.monotonic() - begin)))
        horde.stop = True
        horde.join()
        time.sleep(2)
        after, _, up = scale.metrics(base)
        polls, late, within = scale.lateness(before, after)
        print(f"\n{most} clients at a time, {horde.cut} cut and come again, load {os.getloadavg()[0]:.1f}\n")
        scale.row("scrapes answered, of all", f"{len(times)} of {len(times) + failures}")
        if times:
            scale.row("a scrape: median", f"{statistics.median(times) * 1000:.0f} ms")
            scale.row("a scrape: slowest", f"{max(times) * 1000:.0f} ms")
        scale.row("polls begun within, 99 of 100", f"{late * 1000:.1f} ms", "50 ms", within >= 0.99)
        scale.row("polls missed", f"{after['cachegauge_polls_missed_total']:.0f}")
        scale.row("resident afterwards", f"{after['process_resident_memory_bytes'] / 2**20:.0f} MiB")
    finally:
        scale.end(work)


if __name__ == "__main__":
    main()
