import Daemon

/// Loads a text as the file `c.yml`.
func load(
  _ text: String?, environment: [String: String] = [:],
  overrides: ConfigurationOverrides = ConfigurationOverrides()
) throws(ConfigurationErrors) -> LoadedConfiguration {
  var overrides = overrides
  if text != nil { overrides.configFile = "c.yml" }
  return try LoadedConfiguration.load(overrides: overrides, environment: environment) {
    path throws(ConfigurationFileError) in
    guard let text, path == "c.yml" else { throw ConfigurationFileError("does not exist") }
    return Array(text.utf8)
  }
}

/// All problems of a text, one a line, warnings included; empty when there are none.
func problems(
  _ text: String?, environment: [String: String] = [:],
  overrides: ConfigurationOverrides = ConfigurationOverrides()
) -> [String] {
  do throws(ConfigurationErrors) {
    return try load(text, environment: environment, overrides: overrides).warnings.map(\.description)
  } catch {
    return error.problems.map(\.description)
  }
}

/// A file of one target that has these lines.
func inTarget(_ lines: String) -> String {
  "targets:\n  - url: redis://h\n"
    + lines.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n")
}

/// A file of one target with one namespace that has these lines.
func inNamespace(_ lines: String) -> String {
  inTarget(
    "namespaces:\n  - name: n\n    keys: [\"n:*\"]\n"
      + lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
}
