#!/usr/bin/env python3
"""Writes a trace of a private redis-server under load to standard output: one JSON line a poll (docs/ring.md, "Traces").

    trace.py POLLS SECONDS_BETWEEN      stamps are a second apart, however fast it polls
"""
import json
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

NUMBER = re.compile(r"^-?\d+(\.\d+)?%?$")


def command(connection, *words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    connection.sendall(b"".join(parts))


def reply(stream):
    line = stream.readline()
    if line[:1] == b"$" and line != b"$-1\r\n":
        return stream.read(int(line[1:]) + 2)[:-2]
    return line


def fields(info):
    result = {}
    for line in info.decode(errors="replace").splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            continue
        pairs = [part.partition("=") for part in value.split(",")] if "=" in value else [("", "", value)]
        for key, _, text in pairs:
            if NUMBER.match(text):
                result[f"{name}.{key}" if key else name] = text.rstrip("%")
    return result


def load(connection, stream, rng, phase):
    """A burst of common commands, of a rate that drifts."""
    count = max(5, int(rng.gauss(80 + 60 * phase, 20)))
    for _ in range(count):
        key = f"menu:{int(rng.paretovariate(0.6)) % 20000}"
        kind = rng.random()
        if kind < 0.7:
            command(connection, "GET", key)
        elif kind < 0.85:
            command(connection, "SET", key, "x" * rng.randrange(20, 900), "EX", rng.randrange(5, 600))
        elif kind < 0.93:
            command(connection, "HINCRBY", f"stats:{rng.randrange(8)}", "hits", 1)
        else:
            command(connection, rng.choice(["EXISTS", "TTL", "DEL", "STRLEN"]), key)
    for _ in range(count):
        reply(stream)


def main():
    polls, pause = int(sys.argv[1]), float(sys.argv[2])
    directory = tempfile.mkdtemp()
    path = directory + "/redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", directory,
         "--maxmemory", "6mb", "--maxmemory-policy", "allkeys-lru"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        connection = socket.socket(socket.AF_UNIX)
        for attempt in range(100):
            try:
                connection.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        stream = connection.makefile("rb")
        rng = random.Random(7)
        start = int(time.time()) * 1000
        for poll in range(polls):
            load(connection, stream, rng, (poll // 200) % 3)
            command(connection, "INFO", "ALL")
            print(json.dumps({"t": start + poll * 1000, "d": fields(reply(stream))}, separators=(",", ":")))
            time.sleep(pause)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(directory, ignore_errors=True)


main()
