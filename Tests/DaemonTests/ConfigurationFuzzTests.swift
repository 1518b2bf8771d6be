import Foundation
import Randomness
import Testing

@testable import Daemon

private let example = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "examples/cachegauge.yml")

/// Loads bytes; whatever they are, the outcome is a configuration that can be shown again, or problems.
private func outcome(_ bytes: [UInt8]) -> Bool {
  var overrides = ConfigurationOverrides()
  overrides.configFile = "c.yml"
  let loaded: LoadedConfiguration
  do throws(ConfigurationErrors) {
    loaded = try LoadedConfiguration.load(overrides: overrides) { _ throws(ConfigurationFileError) in bytes }
  } catch {
    return error.problems.contains { $0.severity == .error && !$0.message.isEmpty }
  }
  do throws(ConfigurationErrors) {
    let again = try load(loaded.show())
    let (left, right) = (again.configuration, loaded.configuration)
    return withoutSecrets(left) == withoutSecrets(right)
  } catch {
    return false
  }
}

/// As it is shown.
private func withoutSecrets(_ configuration: Configuration) -> Configuration {
  var configuration = configuration
  for index in configuration.targets.indices {
    configuration.targets[index].password = nil
    let url = configuration.targets[index].url
    configuration.targets[index].url = TargetURL.parse(url)?.shown ?? url
  }
  return configuration
}

@Test(arguments: 0..<8) func `mutations of a valid file give a configuration or errors`(seed: UInt64) throws {
  let valid = try Array(Data(contentsOf: example))
  var random = SeededRandom(seed: seed)
  let spice = Array("[]{}:,#&*!|>'\"%@`-? \t\n\r<<~0\u{0}\u{e9}\u{2028}é".utf8)
  for _ in 0..<150 {
    var bytes = valid
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let position = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[position] = spice.randomElement(using: &random) ?? 0
      case 2: bytes.insert(spice.randomElement(using: &random) ?? 0, at: position)
      case 3: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...20, using: &random)))
      case 4: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 60)], at: position)
      default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &random))
      }
      if bytes.isEmpty { bytes = valid }
    }
    #expect(outcome(bytes), "\(String(decoding: bytes, as: UTF8.self))")
  }
}

@Test func `every beginning of a valid file gives a configuration or errors`() throws {
  let valid = try Array(Data(contentsOf: example))
  for end in stride(from: 0, to: valid.count, by: 7) { #expect(outcome(Array(valid[..<end])), "cut at \(end)") }
}

// What fuzzing has found: each gave a configuration that could not be read again.
@Test(arguments: [
  "targets: [{ url: redis://h, namespaces: [{ name: a, keys: [a], miss_cost: { seconds: 9223372036854775807 } }] }]",
  "targets: [{ url: redis://h, namespaces: [{ name: a, keys: [a], target: { hit_rate: 0% } }] }]",
  "poll: { interval: 1000000.5us }", "targets: [{ url: \"sentinel://a:1/m%20%2f\" }]",
])
func `a value that can't be shown as it is is refused, or shown so that it can`(text: String) {
  #expect(outcome(Array(text.utf8)))
}

@Test(arguments: ["[", "{a: ", "- ", "? ", "a: [", "{? ", "- - ? "])
func `deep nesting is an error`(unit: String) {
  let text = String(repeating: unit, count: 50_000)
  #expect(outcome(Array(text.utf8)))
}

@Test(arguments: ["[1, 2]", "{a: 1}"]) func `nesting beyond any configuration is an error`(core: String) {
  let text = "targets: " + String(repeating: "[", count: 40) + core + String(repeating: "]", count: 40)
  #expect(problems(text) == ["c.yml:1:42: error: the file is nested deeper than 32 levels"])
}

@Test(arguments: [
  "z: *h", "? *h\n: 1", "*h : 1", "z: {*h: 1}", "z: {? *h : 1}", "z: {[*h, *h]: 1}", "z: {{a: *h}: 1}", "- ? *h",
])
func `aliases that multiply are an error at once`(last: String) {
  var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
  for (previous, name) in zip("abcdefg", "bcdefgh") {
    let alias = "*\(previous)"
    text += "\(name): &\(name) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
  }
  #expect(outcome(Array((text + last).utf8)))
}
