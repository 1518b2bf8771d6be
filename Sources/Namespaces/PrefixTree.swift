/// A radix tree over literal prefixes in flat arrays; each node knows the nearest node above it that ends a prefix.
///
/// At most two nodes for each distinct prefix. A node's children are found by their first byte in a row of a table
/// that spans its lowest to its highest child.
struct PrefixTree: Sendable {
  struct Node: Sendable {
    /// Bytes between the parent's branch and this node's end, the branching byte not among them.
    var labelBegin: Int32
    var labelCount: Int32
    /// The children's row: `rowWidth` entries of ``rows`` from `rowBegin`, the first for the byte `rowLow`.
    var rowBegin: Int32 = 0
    var rowWidth: Int32 = 0
    var rowLow: Int32 = 0
    /// What ends here: positions in the caller's list.
    var firstEntry: Int32 = 0
    var entryCount: Int32 = 0
    /// The nearest node above with entries; -1 when there is none.
    var above: Int32
  }

  private(set) var nodes: [Node] = []
  private(set) var labels: [UInt8] = []
  private(set) var rows: [Int32] = []
  /// Entry numbers, grouped by node, in ascending order within one.
  private(set) var entries: [Int32] = []

  /// Builds the tree; entry `i` has the prefix `prefixes[i]`.
  init(_ prefixes: [ArraySlice<UInt8>]) {
    let sorted = prefixes.enumerated().map { Item(prefix: Array($0.element), entry: $0.offset) }
      .sorted { left, right in
        left.prefix == right.prefix
          ? left.entry < right.entry : left.prefix.lexicographicallyPrecedes(right.prefix)
      }
    if !sorted.isEmpty { _ = build(sorted[...], depth: 0, above: -1) }
  }

  private struct Item {
    var prefix: [UInt8]
    var entry: Int
  }

  private mutating func build(_ items: ArraySlice<Item>, depth: Int, above: Int32) -> Int32 {
    guard let first = items.first, let last = items.last else {
      preconditionFailure("a node is built for at least one prefix")
    }
    // Sorted, so that what the first and the last share is shared by all.
    let end = depth + zip(first.prefix[depth...], last.prefix[depth...]).prefix { $0 == $1 }.count
    let index = Int32(nodes.count)
    var node = Node(labelBegin: Int32(labels.count), labelCount: Int32(end - depth), above: above)
    labels += first.prefix[depth..<end]
    let ending = items.prefix { $0.prefix.count == end }
    node.firstEntry = Int32(entries.count)
    node.entryCount = Int32(ending.count)
    entries += ending.map { Int32($0.entry) }
    nodes.append(node)
    buildChildren(of: index, items.dropFirst(ending.count), at: end, above: ending.isEmpty ? above : index)
    return index
  }

  private mutating func buildChildren(of index: Int32, _ items: ArraySlice<Item>, at end: Int, above: Int32) {
    guard let low = items.first?.prefix[end], let high = items.last?.prefix[end] else { return }
    let begin = rows.count
    rows += repeatElement(-1, count: Int(high - low) + 1)
    nodes[Int(index)].rowBegin = Int32(begin)
    nodes[Int(index)].rowWidth = Int32(high - low) + 1
    nodes[Int(index)].rowLow = Int32(low)
    var rest = items
    while let byte = rest.first?.prefix[end] {
      let group = rest.prefix { $0.prefix[end] == byte }
      rows[begin + Int(byte - low)] = build(group, depth: end + 1, above: above)
      rest = rest.dropFirst(group.count)
    }
  }

  /// The deepest node with entries whose prefix `key` begins with; -1 when there is none. Follow
  /// ``Node/above`` for the shorter ones.
  @inline(__always)
  func deepest(_ key: Span<UInt8>) -> Int32 {
    let nodes = nodes.span
    let labels = labels.span
    let rows = rows.span
    guard nodes.count > 0 else { return -1 }
    var index: Int32 = 0
    var position = 0
    while true {
      let node = nodes[Int(index)]
      let count = Int(node.labelCount)
      guard count <= key.count - position else { return node.above }
      let begin = Int(node.labelBegin)
      var offset = 0
      while offset < count {
        if key[position + offset] != labels[begin + offset] { return node.above }
        offset += 1
      }
      position += count
      let here = node.entryCount > 0 ? index : node.above
      guard position < key.count else { return here }
      let column = Int(key[position]) - Int(node.rowLow)
      guard column >= 0, column < Int(node.rowWidth) else { return here }
      let child = rows[Int(node.rowBegin) + column]
      guard child >= 0 else { return here }
      index = child
      position += 1
    }
  }
}
