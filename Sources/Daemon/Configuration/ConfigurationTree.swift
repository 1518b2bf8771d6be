/// A value of a configuration file with its place; lines and columns count from 1, columns in Unicode scalars.
struct ConfigurationNode {
  indirect enum Value {
    /// `isPlain` is false for quoted and block texts, which are never null.
    case scalar(String, isPlain: Bool)
    case sequence([ConfigurationNode])
    case mapping([ConfigurationEntry])
  }

  var value: Value
  var place: Place
}

/// One key of a mapping and its value.
struct ConfigurationEntry {
  var key: String
  var place: Place
  var value: ConfigurationNode
}

/// A line and a column of a file, both from 1.
struct Place: Hashable {
  var line: Int
  var column: Int
}

extension ConfigurationNode {
  /// Whether the value is left out, `~` or `null`.
  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = value else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// Whether the value is a list without items.
  var isEmptyList: Bool {
    guard case .sequence(let items) = value else { return false }
    return items.isEmpty
  }

  /// Where the value of `key` stands in an item of this list; where the list does, if it stands in none.
  func place(of key: String, inItem index: Int) -> Place {
    guard case .sequence(let items) = value, items.indices.contains(index),
      case .mapping(let entries) = items[index].value, let entry = entries.last(where: { $0.key == key })
    else { return place }
    return entry.value.place
  }

  /// What the value is, for messages.
  var kindName: String {
    switch value {
    case .scalar: isNull ? "nothing" : "a single value"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
