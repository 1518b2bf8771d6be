import FoundationEssentials

/// One value of a JSON document that may be a statistic.
enum JSONScalar: Sendable, Hashable {
  case integer(Int64)
  case number(Double)
  case text(String)
}

/// Finds values in JSON documents by their paths. Only what lies on a path is decoded; the rest is scanned once.
struct JSONPicker: Sendable {
  /// A part of the paths' tree.
  fileprivate struct Node: Sendable {
    var children: [String: Node] = [:]
    var every: [Node] = []
    /// Positions of the paths that end here.
    var ends: [Int] = []

    mutating func insert(_ tokens: ArraySlice<JSONPath.Token>, _ position: Int) {
      switch tokens.first {
      case nil: ends.append(position)
      case .name(let name): children[name, default: Node()].insert(tokens.dropFirst(), position)
      case .every:
        if every.isEmpty { every.append(Node()) }
        every[0].insert(tokens.dropFirst(), position)
      }
    }
  }

  /// Why a document gives nothing.
  enum Failure: Error, Sendable, Hashable {
    /// It is no JSON.
    case noJSON
    /// The paths lead to more values than ``maximumValues``.
    case tooManyValues
  }

  /// The most values that all paths together may lead to.
  static let maximumValues = 10_000

  private let root: Node
  private let count: Int

  init(_ paths: [JSONPath]) {
    var root = Node()
    for (position, path) in paths.enumerated() { root.insert(path.tokens[...], position) }
    self.root = root
    count = paths.count
  }

  /// For each path, in their order, the numbers and texts that it leads to; `null`, lists and objects are none.
  func pick(from document: [UInt8]) throws(Failure) -> [[JSONScalar]] {
    let decoder = JSONDecoder()
    decoder.userInfo[.search] = Search(root: root, count: count)
    do {
      return try decoder.decode(Picked.self, from: Data(document)).values
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .noJSON
    }
  }
}

private struct Search: Sendable {
  let root: JSONPicker.Node
  let count: Int
}

extension CodingUserInfoKey {
  fileprivate static var search: CodingUserInfoKey {
    guard let key = CodingUserInfoKey(rawValue: "search") else { preconditionFailure("every text is a key") }
    return key
  }
}

private struct Name: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// What a search finds in a document.
private struct Picked: Decodable {
  private(set) var values: [[JSONScalar]]
  private var visited = 0

  init(from decoder: any Decoder) throws {
    guard let search = decoder.userInfo[.search] as? Search else { preconditionFailure("it was put there") }
    values = Array(repeating: [], count: search.count)
    try visit(decoder, search.root)
  }

  private mutating func visit(_ decoder: any Decoder, _ node: JSONPicker.Node) throws {
    visited += 1
    guard visited <= JSONPicker.maximumValues else { throw JSONPicker.Failure.tooManyValues }
    if !node.ends.isEmpty, let scalar = JSONScalar(decoder) {
      for end in node.ends { values[end].append(scalar) }
    }
    if node.children.isEmpty && node.every.isEmpty { return }
    if let members = try? decoder.container(keyedBy: Name.self) {
      for (name, child) in node.children where members.contains(Name(stringValue: name)) {
        try visit(members.superDecoder(forKey: Name(stringValue: name)), child)
      }
      for child in node.every {
        for key in members.allKeys { try visit(members.superDecoder(forKey: key), child) }
      }
    } else if var items = try? decoder.unkeyedContainer() {
      while !items.isAtEnd {
        let position = items.currentIndex
        let item = try items.superDecoder()
        if let child = node.children[String(position)] { try visit(item, child) }
        for child in node.every { try visit(item, child) }
      }
    }
  }
}

extension JSONScalar {
  /// The value that stands there; nil for what is neither a number nor a text.
  fileprivate init?(_ decoder: any Decoder) {
    guard let value = try? decoder.singleValueContainer(), !value.decodeNil() else { return nil }
    if let number = try? value.decode(Int64.self) {
      self = .integer(number)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else {
      return nil
    }
  }
}
