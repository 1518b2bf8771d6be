/// The most frequent of many names in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi 2005), with counts that fade.
///
/// Every name whose part of the whole is above 1/``capacity`` is among those kept. A count is never too small, and too large by at most
/// its `excess`.
struct HeavyHitters: Sendable {
  /// A name that is kept.
  struct Entry: Sendable {
    var hash: UInt64
    var name: [UInt8]
    var count: Double
    /// How much of ``count`` may belong to names that had this place before.
    var excess: Double
  }

  /// How many names are kept.
  static let capacity = 128
  private(set) var entries: [Entry] = []
  /// By hash.
  private var places: [UInt64: Int] = [:]
  /// Of all names.
  private(set) var total = 0.0

  /// Counts a name once. Costs about 50 ns for a name that is kept, and as much as looking at all places for one that is not.
  mutating func add(_ name: Span<UInt8>, hash: UInt64) {
    total += 1
    if let place = places[hash] {
      entries[place].count += 1
    } else if entries.count < Self.capacity {
      places[hash] = entries.count
      entries.append(Entry(hash: hash, name: name.indices.map { name[$0] }, count: 1, excess: 0))
    } else {
      replace(name, hash)
    }
  }

  /// Lets what is old count less.
  mutating func fade(_ factor: Double) {
    total *= factor
    for place in entries.indices {
      entries[place].count *= factor
      entries[place].excess *= factor
    }
  }

  private mutating func replace(_ name: Span<UInt8>, _ hash: UInt64) {
    var least = 0
    for place in entries.indices where entries[place].count < entries[least].count { least = place }
    places[entries[least].hash] = nil
    places[hash] = least
    entries[least].hash = hash
    entries[least].excess = entries[least].count
    entries[least].count += 1
    entries[least].name.removeAll(keepingCapacity: true)
    for index in name.indices { entries[least].name.append(name[index]) }
  }
}
