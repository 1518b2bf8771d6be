import CacheModel
import Testing

@testable import Daemon

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
