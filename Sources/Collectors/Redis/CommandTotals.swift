/// `calls` and `usec` of each command, from INFO commandstats. Cheap to fill in every poll; the first look-up by name
/// makes an index, which few polls need.
struct CommandTotals: Sendable {
  struct Entry: Sendable {
    let command: String
    var calls: Int64 = 0
    var microseconds: Int64 = 0
  }

  private var entries: [Entry] = []
  private var positions: [String: Int] = [:]

  var isEmpty: Bool { entries.isEmpty }

  /// Changes the entry of `command`; one command's numbers come one after the other.
  mutating func update(_ command: String, _ change: (inout Entry) -> Void) {
    if entries.last?.command != command { entries.append(Entry(command: command)) }
    change(&entries[entries.count - 1])
  }

  /// The numbers of a command; nil when it was never called.
  subscript(_ command: String) -> Entry? {
    mutating get {
      if positions.isEmpty {
        positions = Dictionary(
          entries.indices.map { (entries[$0].command, $0) }, uniquingKeysWith: { _, last in last })
      }
      return positions[command].map { entries[$0] }
    }
  }

  /// As the subscript, without an index: for one look-up in a poll.
  func first(_ command: String) -> Entry? { entries.first { $0.command == command } }
}
