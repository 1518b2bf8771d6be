/// Command lines written for redis_exporter.
public enum ExporterArguments {
  /// The option that carries what has no flag of its own here: `NAME=VALUE`.
  public static let option = "exporter-flag"

  /// The same arguments as our own parser takes them: redis_exporter's flags, with one dash or two, with `=` or without, become ours or ``option``.
  /// All other arguments, and what follows `--`, stay as they are; so do those of `clear`, which redis_exporter has not, and whose
  /// `--namespace` is another.
  public static func translated(_ arguments: [String]) -> [String] {
    if arguments.first == "clear" { return arguments }
    var result: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" { return result + [argument] + rest }
      guard let (flag, given) = parts(argument) else {
        result.append(argument)
        continue
      }
      if flag.name == "version" {
        result.append("--version")
        continue
      }
      let value = given ?? (flag.isSwitch ? "true" : rest.popFirst())
      if case .own = flag.effect {
        // Our parser takes an empty value only when it stands by itself.
        result +=
          value.map { $0.isEmpty ? ["--\(flag.name)", ""] : ["--\(flag.name)=\($0)"] } ?? ["--\(flag.name)"]
      } else {
        result.append("--\(option)=\(flag.name)=\(value ?? "")")
      }
    }
    return result
  }

  private static func parts(_ argument: String) -> (flag: ExporterFlag, value: String?)? {
    guard argument.hasPrefix("-") else { return nil }
    let text = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let flag = ExporterFlag.named(parts[0]) else { return nil }
    return (flag, parts.count > 1 ? String(parts[1]) : nil)
  }
}
