import CacheModel
import Testing

@testable import Daemon

@Test(arguments: [
  ("", "c.yml: error: the file is empty"),
  ("# only a comment\n", "c.yml: error: the file is empty"),
  ("~", "c.yml:1:1: error: the file is empty"),
  ("- a", "c.yml:1:1: error: the file is a list, but a mapping is wanted: listen, poll, targets, …"),
  ("a", "c.yml:1:1: error: the file is a single value, but a mapping is wanted: listen, poll, targets, …"),
  (
    "listen: :1\n---\nlisten: :2\n",
    "c.yml:2:1: error: a second document begins here; a configuration is one document\n  ---\n  ^"
  ),
  ("a: \u{7}", "c.yml:1:4: error: character U+0007 is not allowed"),
  ("a: b\n\u{2028}c", "c.yml:2:1: error: character U+2028 is not allowed"),
  (
    "listen: [::1]:9121",
    """
    c.yml:1:10: error: not YAML: while parsing a flow node, did not find expected node content; \
    quote an IPv6 address: "[::1]:9121"
      listen: [::1]:9121
               ^
    """
  ),
  (
    "targets:\n\t- url: redis://h",
    """
    c.yml:2:1: error: not YAML: while scanning for the next token, found character that cannot start any token; \
    indent with blanks, not with tabs
       - url: redis://h
      ^
    """
  ),
  (
    "keys: [*:roles]",
    """
    c.yml:1:9: error: not YAML: while scanning an alias, did not find expected alphabetic or numeric character; \
    quote a pattern that begins with *: "*:roles"
      keys: [*:roles]
              ^
    """
  ),
  (
    "keys: [*roles]",
    """
    c.yml:1:8: error: not YAML: found undefined alias; quote a pattern that begins with *: "*:roles"
      keys: [*roles]
             ^
    """
  ),
  (
    "password: @hunter2",
    """
    c.yml:1:11: error: not YAML: while scanning for the next token, found character that cannot start any token; \
    quote a value that begins with @, %, ` or a tab
      password … <redacted>
    """
  ),
  (
    "headers: { X-Key: @hunter2 }",
    """
    c.yml:1:19: error: not YAML: while scanning for the next token, found character that cannot start any token; \
    quote a value that begins with @, %, ` or a tab
      headers … <redacted>
    """
  ),
  (
    "x: [`, http://h/w?key=hunter2]",
    """
    c.yml:1:5: error: not YAML: while scanning for the next token, found character that cannot start any token; \
    quote a value that begins with @, %, ` or a tab
      … <redacted>
    """
  ),
  (
    "url: @redis://:hunter2@h",
    """
    c.yml:1:6: error: not YAML: while scanning for the next token, found character that cannot start any token; \
    quote a value that begins with @, %, ` or a tab
      … <redacted>
    """
  ),
  ("x: &a [1]\n? *a\n: 2", "c.yml:2:1: error: an alias, a list or a mapping can't be a key"),
])
func `a file that is no configuration at all gives one error`(text: String, message: String) {
  #expect(problems(text) == [message])
}

@Test(arguments: [
  ("lisen: :1", "c.yml:1:1: error: unknown key \"lisen\"; did you mean listen?"),
  (
    "zzzzzz: 1",
    """
    c.yml:1:1: error: unknown key "zzzzzz"; known here: listen, metrics_path, poll, polls_at_once, shard, history, log, web, legacy_names, expose_keys, targets, target_files, scrape, remote_write
    """
  ),
  ("url: redis://h", "c.yml:1:1: error: url: `url` belongs to a target: targets: [{ url: … }]"),
  ("listen: 9121", "c.yml:1:9: error: listen: \"9121\" has no port; write :9121 or 127.0.0.1:9121"),
  ("listen:", "c.yml:1:1: error: listen: has no value; give one or remove the line"),
  ("listen: [a]", "c.yml:1:9: error: listen: is a list, but a single value is wanted"),
  (
    "poll: 1s",
    "c.yml:1:7: error: poll: is a single value, but a mapping is wanted: interval, slow_interval, timeout"
  ),
  (
    "poll: {interval: 15}",
    "c.yml:1:18: error: poll.interval: \"15\" has no unit; write 15s for seconds or 15ms for milliseconds"
  ),
  ("poll: {interval: 50ms}", "c.yml:1:18: error: poll.interval: \"50ms\" lies outside 100ms…1h"),
  ("poll: {timeout: 1h}", "c.yml:1:17: error: poll.timeout: \"1h\" lies outside 10ms…5m"),
  ("poll: {timout: 1s}", "c.yml:1:8: error: poll: unknown key \"timout\"; did you mean timeout?"),
  ("poll: {interval: 20s}", "c.yml:1:18: error: poll.interval: slow_interval 15s is below interval 20s"),
  (
    "poll: {timeout: 1s}",
    "c.yml:1:17: warning: poll.timeout: timeout 1s is not below interval 1s, so a slow answer costs the next poll"
  ),
  ("history: {memory: 5k}", "c.yml:1:19: error: history.memory: \"5k\" is too little; at least 1MiB"),
  (
    "history: {memory: 9223372036854775807}",
    "c.yml:1:19: error: history.memory: \"9223372036854775807\" is too much; at most 1024GiB"
  ),
  (
    "history: {rollup_memory: 2000GiB}",
    "c.yml:1:26: error: history.rollup_memory: \"2000GiB\" is too much; at most 1024GiB"
  ),
  ("log: {format: jsn}", "c.yml:1:15: error: log.format: \"jsn\" is none of text, json; did you mean json?"),
  ("expose_keys: maybe", "c.yml:1:14: error: expose_keys: \"maybe\" is neither true nor false"),
  ("expose_keys: true\nexpose_keys: false", "c.yml:2:1: error: `expose_keys` is given twice; first in line 1"),
  ("\"log\": {}\nlog: {}", "c.yml:2:1: error: `log` is given twice; first in line 1"),
  ("<<: 1", "c.yml:1:5: error: << needs a mapping or a list of mappings"),
])
func `a problem outside targets has its place, path and what was meant`(text: String, message: String) {
  #expect(problems(text + "\ntargets: [{url: redis://h}]") == [message])
}

@Test(arguments: [
  ("listen: :1", "c.yml: error: targets: is missing, and neither REDIS_URL nor a URL argument names one"),
  ("targets:", "c.yml:1:1: error: targets: is empty; give at least one target with its url"),
  ("targets: []", "c.yml:1:10: error: targets: is empty; give at least one target with its url"),
  (
    "targets: [{url: memcached://h, observe: {events: true}}]",
    "c.yml:1:41: error: targets[0].observe: is for Redis and its relatives; Memcached has none of it, remove it"
  ),
  (
    "targets:\n  - url: memcached://h\n    cluster: true",
    "c.yml:3:14: error: targets[0].cluster: is for Redis and its relatives; Memcached has none of it, remove it"
  ),
  (
    "targets: [{url: redis://h, cluster: {seeds: [memcached://h]}}]",
    "c.yml:1:46: error: targets[0].cluster.seeds[0]: is a Memcached server, which is no part of a cluster: "
      + "write redis://host:port"
  ),
  (
    "target_files: [{paths: [a.json], cluster: true}]",
    "c.yml:1:34: error: target_files[0].cluster: has no place here; clusters and Sentinels are listed under targets"
  ),
  (
    "targets: [{url: redis://h, memcached: {manage: true}}]",
    "c.yml:1:39: error: targets[0].memcached: has no effect on a redis:// target; remove it"
  ),
  (
    "targets: [{url: memcached://h, memcached: {slab_classes: 64}}]",
    "c.yml:1:58: error: targets[0].memcached.slab_classes: \"64\" lies outside 0…63"
  ),
  (
    "targets: [{url: memcached://h/1}]",
    "c.yml:1:17: error: targets[0].url: a Memcached server has no databases; end the URL at its port"
  ),
  (
    "targets: [{url: memcached://h, namespaces: [{name: a, keys: [\"a:*\"], counters: {hash: s}}]}]",
    "c.yml:1:80: error: targets[0].namespaces[0].counters: is read from Redis only; Memcached counts by prefix itself (stats detail on)"
  ),
  ("targets: {url: h}", "c.yml:1:10: error: targets: is a mapping, but a list of targets is wanted"),
  (
    "targets: [redis://h]",
    "c.yml:1:11: error: targets[0]: is a single value, but a target is a mapping; write url: in front of it"
  ),
  (
    "targets: [1]",
    "c.yml:1:11: error: targets[0]: is a single value, but a mapping is wanted: name, url, username, …"
  ),
  (
    "targets:\n- {name: a, url: h}\n- {name: a, url: i}",
    "c.yml:3:10: error: targets[1].name: \"a\" is taken by the target in line 2"
  ),
  (
    "targets:\n- {name: a, url: h}\n- {url: i}",
    "c.yml:3:3: error: targets[1]: has no name; with several targets each needs one"
  ),
])
func `a problem with the list of targets has its place`(text: String, message: String) {
  #expect(problems(text) == [message])
}

@Test func `what follows a URL's question mark is a warning`() {
  let message =
    "c.yml:1:17: warning: targets[0].url: what follows the URL's ? is ignored, but for the db of a unix:// URL"
  #expect(problems("targets: [{url: \"rediss://h?ssl_cert_reqs=none\"}]") == [message])
}

@Test func `two targets at one place are a warning, two databases of one server are not`() {
  let message =
    "c.yml:1:55: warning: targets[1].url: is the place of targets[0] too, so sums over targets count this server twice"
  #expect(problems("targets: [{name: a, url: redis://h:1}, {name: b, url: redis://h:1/0}]") == [message])
  #expect(problems("targets: [{name: a, url: redis://h:1}, {name: b, url: redis://h:1/2}]") == [])
}

@Test func `credentials given twice are errors`() {
  #expect(
    problems("targets: [{url: redis://u:p@h, username: v, password: q, password_file: f}]") == [
      "c.yml:1:17: error: targets[0].url: has a user, and username is given too",
      "c.yml:1:17: error: targets[0].url: has a password, and password is given too",
      "c.yml:1:17: warning: targets[0].password: stands in the file as plain text; password_file keeps it out of it",
      "c.yml:1:55: error: targets[0].password: is given together with password_file; keep one of them",
    ])
}

@Test func `all problems of a file are reported together, from top to bottom`() {
  let text = """
    lisen: :9121
    poll: {interval: 15, timout: 1s}
    targets:
      - name: a
        url: redis://h:99999
        url: redis://h:99999
        namespaces:
          - {name: m, keys: ["m:*"], ttl: 1, ttl: 2}
          - {name: m, keys: ["m:*"]}
      - {name: a, nmae: b, url: http://h}
    """
  #expect(
    problems(text) == [
      "c.yml:1:1: error: unknown key \"lisen\"; did you mean listen?",
      "c.yml:2:18: error: poll.interval: \"15\" has no unit; write 15s for seconds or 15ms for milliseconds",
      "c.yml:2:22: error: poll: unknown key \"timout\"; did you mean timeout?",
      "c.yml:6:5: error: `url` is given twice; first in line 5",
      "c.yml:6:10: error: targets[0].url: the URL's port is no number in 1…65535",
      "c.yml:8:42: error: `ttl` is given twice; first in line 8",
      "c.yml:8:47: error: targets[0].namespaces[0].ttl: \"2\" has no unit; write 2s for seconds or 2ms for milliseconds",
      "c.yml:9:16: error: targets[0].namespaces[1].name: \"m\" is taken by the namespace in line 8",
      "c.yml:9:26: error: targets[0].namespaces[1].keys[0]: \"m:*\" is claimed already by namespace \"m\" in line 8",
      "c.yml:10:12: error: targets[1].name: \"a\" is taken by the target in line 4",
      "c.yml:10:15: error: targets[1]: unknown key \"nmae\"; did you mean name?",
      "c.yml:10:29: error: targets[1].url: is an endpoint of statistics; say what is where in its answer: json: { hits: /…, misses: /… }",
    ])
}
