#!/usr/bin/env python3
"""Writes a manual page from what `cachegauge --experimental-dump-help` prints: the argument parser is the one source of both."""
import json
import sys


def escape(text):
    text = (text or "").replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def names(argument):
    return [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]


def arguments(command):
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True):
            continue
        value = argument.get("valueName") or "value"
        if argument["kind"] == "positional":
            head = f"\\fI{escape(value)}\\fR"
        else:
            head = ", ".join(f"\\fB{escape(name)}\\fR" for name in names(argument))
            if argument["kind"] == "option":
                head += f" \\fI{escape(value)}\\fR"
        yield head, escape(argument.get("abstract") or "")


def section(command, path, out):
    out.append(f".SS {escape(' '.join(path))}")
    out.append(escape(command.get("abstract") or ""))
    if command.get("discussion"):
        out.append(".PP\n" + escape(command["discussion"]))
    for head, text in arguments(command):
        out.append(f".TP\n{head}\n{text}")
    for child in command.get("subcommands", []):
        if child["commandName"] != "help" and child.get("shouldDisplay", True):
            section(child, path + [child["commandName"]], out)


def main():
    command = json.load(sys.stdin)["command"]
    out = [
        '.TH CACHEGAUGE 1 "" "cachegauge" "User Commands"',
        ".SH NAME",
        "cachegauge \\- " + escape(command["abstract"]),
        ".SH SYNOPSIS",
        "\\fBcachegauge\\fR [\\fIcommand\\fR] [\\fIoptions\\fR] [\\fIurl\\fR]",
        ".SH DESCRIPTION",
        escape(command.get("discussion") or ""),
        ".SH COMMANDS",
    ]
    for child in command.get("subcommands", []):
        if child["commandName"] != "help":
            section(child, ["cachegauge", child["commandName"]], out)
    out += [
        ".SH SIGNALS",
        "SIGTERM and SIGINT end it in order; SIGHUP has its configuration file read again.",
        ".SH FILES",
        ".TP\n\\fI/etc/cachegauge/cachegauge.yml\\fR\nThe configuration of the service.",
        ".TP\n\\fI/var/lib/cachegauge\\fR\nHistory, where the configuration says so.",
    ]
    print("\n".join(out))


main()
