/// Since when a server's process runs, by the whole seconds that it says.
enum ProcessAge {
  /// By how many milliseconds its seconds may be too many.
  private static let slack: Int64 = 2000

  /// Whether a process with this `uptime`, in seconds, began within the last so many milliseconds; false where nobody knows.
  static func began(_ uptime: Int64?, within milliseconds: Int64) -> Bool {
    guard let uptime else { return false }
    return (0...max(0, milliseconds + slack) / 1000).contains(uptime)
  }
}
