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
    "c.yml:1:44: error: targets[0].namespaces[0].counters: is read from Redis only; Memcached counts by prefix itself (stats detail on)"
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

@Test(arguments: [
  ("port: 6379", "c.yml:3:5: error: targets[0].port: `port` is not a key; write url: redis://host:port"),
  ("host: h", "c.yml:3:5: error: targets[0].host: `host` is not a key; write url: redis://host:port"),
  ("passwordfile: x", "c.yml:3:5: error: targets[0]: unknown key \"passwordfile\"; did you mean password_file?"),
  ("password: ''", "c.yml:3:15: error: targets[0].password: is empty; remove it, or give the password"),
  (
    "password: hunter2",
    """
    c.yml:3:15: warning: targets[0].password: stands in the file as plain text; password_file keeps it out of it
    """
  ),
  (
    "username: u",
    "c.yml:3:15: warning: targets[0].username: has no effect without password or password_file"
  ),
  ("preset: prod", "c.yml:3:13: error: targets[0].preset: \"prod\" is none of development, production"),
  (
    "preset: prodution",
    "c.yml:3:13: error: targets[0].preset: \"prodution\" is none of development, production; did you mean production?"
  ),
  (
    "tls: {ca_file: x}",
    "c.yml:3:10: error: targets[0].tls: is given, but the url says redis://, which has no TLS; write rediss://"
  ),
  ("census: {share: 50%}", "c.yml:3:21: error: targets[0].census.share: \"50%\" lies outside 0.01%…20%"),
  (
    "census: {interval: 1ms}",
    "c.yml:3:24: error: targets[0].census.interval: \"1ms\" lies outside 100ms…7d"
  ),
  (
    "checks: {key_groups: '(a'}",
    "c.yml:3:26: error: targets[0].checks.key_groups[0]: \"(a\" has a ( without its )"
  ),
  (
    "checks: {keys: ['user:[a']}",
    "c.yml:3:21: error: targets[0].checks.keys[0]: \"user:[a\": [ has no matching ]: close it, escape a - before ] as \\-, or write \\[ for the character itself"
  ),
  (
    "collect: {client_ports: true}",
    "c.yml:3:29: error: targets[0].collect.client_ports: has no effect without clients: true; write both, or remove it"
  ),
  (
    "collect: {client: true}",
    "c.yml:3:15: error: targets[0].collect: unknown key \"client\"; did you mean clients?"
  ),
  (
    "observe: {manage: true}",
    "c.yml:3:23: error: targets[0].observe.manage: has no effect without events: true; write both, or remove it"
  ),
  (
    "observe: {events: true, sample: true, sample_share: 10%}",
    "c.yml:3:57: error: targets[0].observe.sample_share: \"10%\" lies outside 0.1%…5%"
  ),
  (
    "observe: {events: true, state_directory: var}",
    "c.yml:3:46: error: targets[0].observe.state_directory: \"var\" is no absolute path"
  ),
  (
    "poll: {interval: 1}",
    "c.yml:3:22: error: targets[0].poll.interval: \"1\" has no unit; write 1s for seconds or 1ms for milliseconds"
  ),
  (
    "poll: {timeout: 2s}",
    """
    c.yml:3:21: warning: targets[0].poll.timeout: timeout 2s is not below interval 1s, so a slow answer costs the next poll
    """
  ),
  ("namespaces: {}", "c.yml:3:17: error: targets[0].namespaces: is a mapping, but a list of namespaces is wanted"),
  ("namespaces:\n- {keys: a}", "c.yml:4:7: error: targets[0].namespaces[0]: has no name"),
  ("namespaces:\n- {name: '', keys: a}", "c.yml:4:14: error: targets[0].namespaces[0].name: is empty"),
  (
    "namespaces:\n- {name: a}",
    "c.yml:4:7: error: targets[0].namespaces[0].keys: is missing; give the patterns of this namespace's keys, such as [\"a:*\"]"
  ),
  (
    "namespaces:\n- {name: a, keys: []}",
    "c.yml:4:23: error: targets[0].namespaces[0].keys: is empty; give at least one pattern"
  ),
  (
    "namespaces:\n- {name: a, keys: x}\n- {name: a, keys: y}",
    "c.yml:5:14: error: targets[0].namespaces[1].name: \"a\" is taken by the namespace in line 4"
  ),
  (
    "namespaces:\n- {name: a, keys: [\"x:*\"]}\n- {name: b, keys: [y, \"x:*\"]}",
    "c.yml:5:27: error: targets[0].namespaces[1].keys[1]: \"x:*\" is claimed already by namespace \"a\" in line 4"
  ),
  (
    "namespaces:\n- {name: other, keys: x}",
    "c.yml:4:14: error: targets[0].namespaces[0].name: \"other\" stands for keys of no namespace; choose another name"
  ),
])
func `a problem in a target has its place, path and what was meant`(lines: String, message: String) {
  #expect(problems(inTarget(lines)) == [message])
}

@Test(arguments: [
  (
    "ttl: 3600",
    "c.yml:6:14: error: targets[0].namespaces[0].ttl: \"3600\" has no unit; write 3600s for seconds or 3600ms for milliseconds"
  ),
  ("ttl: 0s", "c.yml:6:14: error: targets[0].namespaces[0].ttl: is zero; remove it if keys have no time to live"),
  ("ttl: 1s\nttl: 2s", "c.yml:7:9: error: `ttl` is given twice; first in line 6"),
  (
    "target: {hit_rate: 85}",
    "c.yml:6:28: error: targets[0].namespaces[0].target.hit_rate: \"85\" is more than 1; write 85% if you mean percent"
  ),
  (
    "target: {hit_rate: 0.5, critical: 50%}",
    "c.yml:6:43: error: targets[0].namespaces[0].target.critical: 0.5 is not below hit_rate 0.5"
  ),
  ("target: {critical: 0.5}", "c.yml:6:17: error: targets[0].namespaces[0].target: has no hit_rate"),
  (
    "target: {hitrate: 1}",
    "c.yml:6:18: error: targets[0].namespaces[0].target: unknown key \"hitrate\"; did you mean hit_rate?"
  ),
  (
    "critical: true",
    """
    c.yml:6:9: error: targets[0].namespaces[0].critical: unknown key "critical"; write essential: true if this \
    namespace alone can make the target unhealthy, or target: { critical: 0.5 } for the hit rate that is an emergency
    """
  ),
  (
    "hit_rate: 1",
    "c.yml:6:9: error: targets[0].namespaces[0].hit_rate: `hit_rate` stands in target: { hit_rate: 0.85 }"
  ),
  ("miss_cost: {}", "c.yml:6:20: error: targets[0].namespaces[0].miss_cost: has neither seconds nor amount"),
  ("miss_cost: {seconds: -1}", "c.yml:6:30: error: targets[0].namespaces[0].miss_cost.seconds: \"-1\" is negative"),
  (
    "counters: {hits: a}",
    "c.yml:6:19: error: targets[0].namespaces[0].counters: has no misses; without hash, hits and misses are two keys"
  ),
  (
    "counters: {hash: }",
    "c.yml:6:20: error: targets[0].namespaces[0].counters.hash: has no value; give one or remove the line"
  ),
  (
    "essential: maybe", "c.yml:6:20: error: targets[0].namespaces[0].essential: \"maybe\" is neither true nor false"
  ),
])
func `a problem in a namespace has its place, path and what was meant`(lines: String, message: String) {
  #expect(problems(inNamespace(lines)) == [message])
}

@Test func `a pattern that is none says so at its place`() {
  let found = problems(inTarget("namespaces:\n- {name: a, keys: [\"x[\"]}"))
  #expect(found.count == 1)
  #expect(found.first?.hasPrefix("c.yml:4:24: error: targets[0].namespaces[0].keys[0]: \"x[\": [ has no") == true)
  #expect(found.first?.hasSuffix("(at character 2)") == true)
}

@Test(arguments: [
  ("certificate_file: c", "c.yml:4:25: error: targets[0].tls.certificate_file: needs key_file beside it"),
  ("key_file: c", "c.yml:4:17: error: targets[0].tls.key_file: needs certificate_file beside it"),
  (
    "cert_file: c",
    "c.yml:4:7: error: targets[0].tls.cert_file: unknown key \"cert_file\"; did you mean certificate_file?"
  ),
  (
    "insecure_skip_verify: true",
    """
    c.yml:4:29: warning: targets[0].tls.insecure_skip_verify: takes any certificate, so anyone can pose as the server
    """
  ),
])
func `a problem with TLS has its place`(line: String, message: String) {
  #expect(problems("targets:\n  - url: rediss://h\n    tls:\n      \(line)") == [message])
}

@Test(arguments: [
  ("fast_burn: 0.5", "c.yml:4:18: error: targets[0].health.fast_burn: \"0.5\" is below 1"),
  (
    "raise_after: 60",
    "c.yml:4:20: error: targets[0].health.raise_after: \"60\" has no unit; write 60s for seconds or 60ms for milliseconds"
  ),
  (
    "memory_warnig: 1",
    "c.yml:4:7: error: targets[0].health: unknown key \"memory_warnig\"; did you mean memory_warning?"
  ),
])
func `a problem with a threshold of health has its place`(line: String, message: String) {
  #expect(problems(inTarget("health:\n  \(line)")) == [message])
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
