/// Up to 64 distinct values of a column (or of its differences), the most frequent first.
struct ValueDictionary {
  static let limit = 64
  private static let slots = 256

  private var keys: [Int64] = []
  private var counts: [Int] = []
  private var table = [Int16](repeating: -1, count: slots)
  private var origin: Int64 = 0
  private(set) var values: [Int64] = []

  /// Bytes that `write` takes.
  var size: Int { 1 + values.reduce(0) { $0 + varintSize(zigzag($1 &- origin)) } }

  /// Fills `ranks` for rows 1..<`count`; false when there are more than `limit` values.
  mutating func build(
    _ column: UnsafePointer<Int64>, _ count: Int, delta: Bool, ranks: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    reset()
    origin = delta ? 0 : unsafe column[0]
    for at in 1..<count {
      let value = unsafe delta ? column[at] &- column[at - 1] : column[at]
      guard let slot = find(value) else { return false }
      unsafe ranks[at - 1] = UInt64(slot)
      counts[slot] += 1
    }
    let order = keys.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    var rankOf = [UInt64](repeating: 0, count: order.count)
    for (rank, slot) in order.enumerated() { rankOf[slot] = UInt64(rank) }
    values = order.map { keys[$0] }
    for at in 0..<(count - 1) { unsafe ranks[at] = rankOf[Int(ranks[at])] }
    return true
  }

  func write(into writer: inout ByteWriter) {
    writer.varint(UInt64(values.count))
    for value in values { writer.signed(value &- origin) }
  }

  private mutating func reset() {
    for key in keys.indices { clear(keys[key]) }
    keys.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
  }

  private mutating func clear(_ key: Int64) {
    var slot = hash(key)
    while table[slot] >= 0 {
      table[slot] = -1
      slot = (slot + 1) & (Self.slots - 1)
    }
  }

  private mutating func find(_ value: Int64) -> Int? {
    var slot = hash(value)
    while table[slot] >= 0 {
      let index = Int(table[slot])
      if keys[index] == value { return index }
      slot = (slot + 1) & (Self.slots - 1)
    }
    if keys.count == Self.limit { return nil }
    table[slot] = Int16(keys.count)
    keys.append(value)
    counts.append(0)
    return keys.count - 1
  }

  private func hash(_ value: Int64) -> Int {
    Int((UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15) >> 56)
  }
}
