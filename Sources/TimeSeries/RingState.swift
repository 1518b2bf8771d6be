/// Everything of a ring that changes; lives under the ring's lock.
struct RingState: Sendable {
  /// Bytes charged for a series beside its name.
  static let bytesPerSeries = 224
  static let unborn = Int64.min
  /// Blocks of fewer rows are hardly smaller than their journals.
  static let leastRows = 64

  let configuration: Configuration
  /// The poll interval, milliseconds.
  private(set) var period: Int64
  private(set) var blockDuration: Int64
  var share = 0
  var rollupShare = 0

  var names: [String] = []
  var idByName: [String: Int] = [:]
  var counters = BitSet(count: 0)
  /// Counters that a new epoch says nothing of.
  var lasting = BitSet(count: 0)
  var nameBytes = 0
  var dropped = 0

  // Per series, dense.
  var last: [Int64] = []
  var scales: [UInt8] = []
  var adjustments: [Int64] = []
  var births: [Birth] = []
  var present = BitSet(count: 0)
  var born = BitSet(count: 0)
  var pending = BitSet(count: 0)
  /// Series whose digits changed since the last block was closed.
  var rescaled = BitSet(count: 0)
  /// Scratch of `append`: the lanes of the row that differ.
  var changed: [UInt64] = []
  /// Values before the oldest sealed block.
  var front: [Front] = []

  var lastTime: Int64?
  var lastEpoch: UInt64 = 0
  var rowCount = 0
  /// Oldest first; rollup rows lead.
  var blocks: [SealedBlock] = []
  var rollups = 0
  var blockBytes = 0
  var rollupBytes = 0
  /// Closed and not yet sealed, oldest first.
  var closed: [OpenBlock] = []
  var open: OpenBlock?
  /// The number of the newest open block; the first is 1.
  var sequence: UInt64 = 0
  /// What waits for a file; nil where none is written.
  var recorder: RowRecorder?
  /// Sealed blocks since the last key block.
  var sinceKey = 0

  struct Birth: Sendable, Equatable {
    var time: Int64
    var value: Int64
    var scale: UInt8
  }

  struct Front: Sendable {
    var value: Int64 = 0
    var adjustment: Int64 = 0
    var scale: UInt8 = 0
  }

  init(configuration: Configuration, period: Int64) {
    self.configuration = configuration
    self.period = max(1, period)
    blockDuration = Self.duration(period: self.period, configuration)
  }

  mutating func setPeriod(_ period: Int64) {
    self.period = max(1, period)
    blockDuration = Self.duration(period: self.period, configuration)
  }

  /// The configured duration, or the first multiple of an hour, six hours or a day that holds 40 rows.
  private static func duration(period: Int64, _ configuration: Configuration) -> Int64 {
    for factor: Int64 in [1, 6, 36] where configuration.blockDuration * factor / period >= 40 {
      return configuration.blockDuration * factor
    }
    return configuration.blockDuration * 144
  }

  /// Bytes charged against the share.
  var used: Int {
    let journals = closed.reduce(open?.bytesUsed ?? 0) { $0 + $1.bytesUsed }
    return fixedBytes + journals + blockBytes
  }

  var fixedBytes: Int { 512 + last.count * Self.bytesPerSeries + nameBytes }

  // MARK: Series

  mutating func register(_ name: String, _ kind: SeriesKind) -> SeriesID? {
    if let known = idByName[name] { return SeriesID(rawValue: Int32(known)) }
    let entry = SeriesEntry(name: name, isCounter: kind != .gauge, isLasting: kind == .lastingCounter)
    if last.count >= configuration.maximumSeries || SeriesRoom.bytes(ofSeriesNamed: name) > seriesRoom.free {
      dropped += 1
      return nil
    }
    let index = addSeries(entry)
    recorder?.registered(index, entry)
    return SeriesID(rawValue: Int32(index))
  }

  /// Makes a series without asking for room; returns its place.
  mutating func addSeries(_ entry: SeriesEntry) -> Int {
    let index = last.count
    names.append(entry.name)
    idByName[entry.name] = index
    nameBytes += Self.bytes(ofName: entry.name)
    counters[index] = entry.isCounter
    lasting[index] = entry.isLasting
    present[index] = false
    born[index] = false
    pending[index] = false
    last.append(0)
    scales.append(0)
    adjustments.append(0)
    births.append(Birth(time: Self.unborn, value: 0, scale: 0))
    front.append(Front())
    return index
  }

  static func bytes(ofName name: String) -> Int { 2 * (name.utf8.count + 32) }

  /// What registering may take of the share.
  var seriesRoom: SeriesRoom {
    SeriesRoom(
      budget: configuration.memory, share: share, used: fixedBytes, series: last.count,
      maximumSeries: configuration.maximumSeries)
  }

  /// Whether what series cost leaves room for their rows.
  var seriesFit: Bool { fixedBytes <= share / 2 }

  // MARK: Closing

  mutating func closeOpen() {
    guard let block = open else { return }
    open = nil
    if block.rows == 0 { return }
    block.scales = scales
    closed.append(block)
  }

  mutating func openBlock(_ index: Int64) {
    let carried = CarriedState(
      values: last, adjustments: adjustments, present: present, born: born, pending: pending, rescaled: rescaled)
    sequence += 1
    if recorder != nil {
      let checkpoint = Checkpoint(self, carried: carried)
      recorder?.begin(checkpoint)
    }
    open = OpenBlock(index: index, sequence: sequence, carried: carried, series: last.count, shape: blockShape)
  }

  /// Puts the sealed form in the place of the oldest closed block.
  mutating func replaceClosed(_ block: OpenBlock, by sealed: SealedBlock) {
    guard let first = closed.first, first === block else {
      preconditionFailure("one sealer works at a time, oldest first")
    }
    closed.removeFirst()
    blocks.append(sealed)
    blockBytes += sealed.bytesUsed
    sinceKey = sealed.flags.contains(.key) ? 1 : sinceKey + 1
    trim(reserve: 0)
  }

  // MARK: Budget

  /// Makes room by turning the oldest blocks into rollup rows until `reserve` more bytes fit; false if they don't
  /// even then. The sealer keeps room ahead, so that an append seldom has to.
  @discardableResult
  mutating func trim(reserve: Int) -> Bool {
    let excess = used + reserve - share
    if excess <= 0 { return true }
    var freed = 0
    while freed < excess, blocks.count > rollups {
      let block = blocks[rollups]
      freed += block.bytesUsed
      let rollup = rollupShare > 0 ? makeRollup() : nil
      replaceOldest(block, by: rollup)
    }
    return freed >= excess
  }

  /// The block to be rolled up next, if `reserve` more bytes don't fit.
  func nextToRollUp(reserve: Int) -> (chain: BlockChain, index: Int)? {
    guard rollupShare > 0, blocks.count > rollups, used + reserve > share else { return nil }
    return (BlockChain(blocks: blocks, fronts: front), rollups)
  }

  private func makeRollup() -> SealedBlock {
    let column = Column(capacity: configuration.maximumRows)
    let decoder = BlockDecoder(capacity: configuration.maximumRows)
    do throws(RingCorruption) {
      let chain = BlockChain(blocks: blocks, fronts: front)
      return try Rollup.make(chain, rollups, decoder: decoder, column: column)
    } catch {
      preconditionFailure("blocks in memory are as the sealer wrote them or were checked when loaded: \(error)")
    }
  }

  /// Puts the rollup row in the place of the oldest full block, if that is still `block`; nil drops the block, and
  /// the rollups before it.
  mutating func replaceOldest(_ block: SealedBlock, by rollup: SealedBlock?) {
    guard blocks.count > rollups, blocks[rollups] === block else { return }
    blockBytes -= block.bytesUsed
    rowCount -= block.rows
    guard let rollup else {
      for _ in 0...rollups { dropFirst() }
      rollups = 0
      rollupBytes = 0
      return
    }
    blocks[rollups] = rollup
    rollups += 1
    rollupBytes += rollup.bytesUsed
    trimRollups()
  }

  mutating func trimRollups() {
    while rollupBytes > rollupShare, rollups > 0 {
      rollupBytes -= blocks[0].bytesUsed
      rollups -= 1
      dropFirst()
    }
  }

  /// Makes the values at the end of the oldest block, which leaves the ring, those before the oldest block.
  private mutating func dropFirst() {
    let block = blocks.removeFirst()
    let chain = BlockChain(blocks: [block], fronts: front)
    for series in 0..<block.series where block.hasRecord(series) || block.isDerived(series) {
      do throws(RingCorruption) {
        let state = try chain.state(of: series, isCounter: counters[series], before: 1)
        front[series] = Front(value: state.value, adjustment: state.adjustment, scale: state.scale)
      } catch {
        preconditionFailure("blocks in memory are as the sealer wrote them or were checked when loaded: \(error)")
      }
    }
  }
}
