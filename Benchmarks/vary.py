#!/usr/bin/env python3
"""Makes another trace of one (docs/ring.md, "Traces"): gzipped JSON lines in, plain JSON lines out.

    vary.py KIND[,KIND…] TRACE

    thin       every fourth poll, stamped a second apart: four times the load
    slow       a quarter of the load: of the changes between two polls a quarter each
    bursts     idle, usual and fast stretches of 20 s to 5 min
    late       commands, namespaces and errors appear one by one; CONFIG RESETSTAT twice
    restart    two restarts: a hole of 12 s, and all counters from 0
    jitter     stamps a few milliseconds off
    double     every field of commands and namespaces twice, an hour's third apart: about twice as many series
    decimals   60 more gauges with 2 to 6 decimals that walk
"""
import gzip
import json
import random
import sys

GROUPS = ("cmdstat_", "ns_", "errorstat_", "latency_percentiles_")
CLOCKS = {"uptime_in_seconds": 1, "server_time_usec": 1_000_000, "lru_clock": 1}


def read(path):
    with gzip.open(path) as lines:
        return [json.loads(line) for line in lines]


def stamped(polls, datas):
    """The fields, a second apart from the first poll's stamp."""
    return [{"t": polls[0]["t"] + 1000 * at, "d": data} for at, data in enumerate(datas)]


def digits(text):
    return len(text.partition(".")[2])


def scaled(text):
    return int(text.replace(".", ""))


def printed(value, places):
    if not places:
        return str(value)
    body = str(abs(value)).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + body[:-places] + "." + body[-places:]


def counters(polls):
    """Fields that rise and never fall."""
    last, first, fallen = {}, {}, set()
    for poll in polls:
        for name, text in poll["d"].items():
            value = float(text)
            first.setdefault(name, value)
            if value < last.get(name, value):
                fallen.add(name)
            last[name] = value
    return {name for name in last if name not in fallen and last[name] > first[name]} - set(CLOCKS)


def thin(polls, rng):
    return stamped(polls, [poll["d"] for poll in polls[::4]])


def slow(polls, rng):
    rising, datas = counters(polls), []
    for before, after in zip(polls[: len(polls) // 4], polls[1:]):
        for quarter in range(4):
            data = dict(before["d"])
            for name, text in before["d"].items():
                other = after["d"].get(name)
                if other and other != text and digits(other) == digits(text):
                    # Each event falls into one of the four.
                    left = (scaled(other) - scaled(text)) * quarter / 4
                    value = scaled(text) + int(left + rng.random() * (quarter > 0))
                    if quarter and name in rising:
                        value = max(value, scaled(datas[-1][name]))
                    data[name] = printed(value, digits(text))
            datas.append(data)
    return stamped(polls, datas)


def bursts(polls, rng):
    datas, at, clock = [], 0.0, {name: None for name in CLOCKS}
    while at < len(polls) - 1:
        speed = rng.choice([0, 1, 1, 3])
        for _ in range(rng.randint(20, 300)):
            if at >= len(polls) - 1:
                break
            data = dict(polls[int(at)]["d"])
            for name, step in CLOCKS.items():
                if name in data:
                    noise = rng.randint(-400, 400) if step > 1 else 0
                    clock[name] = (clock[name] if clock[name] is not None else int(data[name])) + step
                    data[name] = str(clock[name] + noise)
            datas.append(data)
            at += speed
    return stamped(polls, datas)


def late(polls, rng):
    groups = sorted({name.partition(".")[0] for poll in polls for name in poll["d"] if name.startswith(GROUPS)})
    birth = {group: rng.choice([0, rng.randrange(len(polls))]) for group in groups}
    resets = [len(polls) // 3, len(polls) * 4 // 5]
    rising, base, datas = counters(polls), {}, []
    for at, poll in enumerate(polls):
        if at in resets:
            base = {name: text for name, text in poll["d"].items() if name in rising and name.startswith("cmdstat_")}
            birth.update({group: at + rng.randrange(120) for group in groups if group.startswith(("cmdstat", "error"))})
        data = {}
        for name, text in poll["d"].items():
            if at < birth.get(name.partition(".")[0], 0):
                continue
            data[name] = printed(scaled(text) - scaled(base[name]), digits(text)) if name in base else text
        datas.append(data)
    return [{"t": poll["t"], "d": data} for poll, data in zip(polls, datas)]


def restart(polls, rng):
    rising, base, shift, result = counters(polls) | {"uptime_in_seconds"}, {}, 0, []
    for at, poll in enumerate(polls):
        if at in (len(polls) // 4, len(polls) * 2 // 3):
            base = {name: text for name, text in poll["d"].items() if name in rising}
            shift += 12_000
        data = {}
        for name, text in poll["d"].items():
            data[name] = printed(scaled(text) - scaled(base[name]), digits(text)) if name in base else text
        result.append({"t": poll["t"] + shift, "d": data})
    return result


def jitter(polls, rng):
    return [{"t": poll["t"] + rng.choice([0, 0, 1, 1, 2, 3, 7]), "d": poll["d"]} for poll in polls]


def double(polls, rng):
    third = len(polls) // 3
    result = []
    for at, poll in enumerate(polls[:-third]):
        data = dict(poll["d"])
        for name, text in polls[at + third]["d"].items():
            if name.startswith(GROUPS):
                group, _, part = name.partition(".")
                data[f"{group}b.{part}"] = text
        result.append({"t": poll["t"], "d": data})
    return result


def decimals(polls, rng):
    walks = [[rng.randint(1000, 10_000_000), rng.choice([3, 30, 3000]), 2 + at % 5, rng.choice([1, 1, 20])]
             for at in range(60)]
    result = []
    for poll in polls:
        data = dict(poll["d"])
        for at, walk in enumerate(walks):
            if rng.randrange(walk[3]) == 0:
                walk[0] = abs(walk[0] + round(rng.gauss(0, walk[1])))
            data[f"app_gauge_{at}"] = printed(walk[0], walk[2])
        result.append({"t": poll["t"], "d": data})
    return result


KINDS = {kind.__name__: kind for kind in (thin, slow, bursts, late, restart, jitter, double, decimals)}


def main():
    kinds, path = sys.argv[1].split(","), sys.argv[2]
    polls, rng = read(path), random.Random(11)
    for kind in kinds:
        polls = KINDS[kind](polls, rng)
    for poll in polls:
        print(json.dumps(poll, separators=(",", ":")))


main()
