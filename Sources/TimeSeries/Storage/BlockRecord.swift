/// A sealed block or rollup row with all that reading it alone needs: what blocks in memory share, and the values
/// from before it, so that the loss of an earlier block falsifies nothing.
struct BlockRecord {
  var sequence: UInt64
  var isRollup: Bool
  /// Series born in it.
  var births: [(series: Int, birth: RingState.Birth)] = []
  /// Values before its first row, by series; for one that is born later, nothing to go by.
  var before: [CounterState] = []
  var scales: [UInt8] = []
  var derivations: [Int: Derivation] = [:]
  var bytes: [UInt8] = []
}

extension BlockRecord {
  /// The block at `index` of a chain. Costs a look-back for each series.
  init(_ chain: BlockChain, _ index: Int, births: [RingState.Birth], counters: BitSet) throws(RingCorruption) {
    let block = chain.blocks[index]
    sequence = block.sequence
    isRollup = block.flags.contains(.rollup)
    bytes = block.bytes
    scales = (0..<block.series).map { block.scale($0) }
    for series in 0..<block.series {
      before.append(try chain.state(of: series, isCounter: counters[series], before: index))
      if block.isDerived(series) { derivations[series] = block.derivations[series] }
      let birth = births[series]
      if birth.time >= block.firstTime && birth.time <= block.lastTime { self.births.append((series, birth)) }
    }
  }

  var record: RingRecord {
    var writer = ByteWriter()
    writer.varint(sequence)
    writer.varint(UInt64(births.count))
    for (series, birth) in births {
      writer.varint(UInt64(series))
      birth.write(into: &writer)
    }
    writer.varint(UInt64(before.count))
    for (state, scale) in zip(before, scales) {
      writer.bytes.append(scale)
      writer.bytes.append(state.scale)
      writer.signed(state.value)
      writer.signed(state.adjustment)
    }
    writer.varint(UInt64(derivations.count))
    for (series, derivation) in derivations.sorted(by: { $0.key < $1.key }) {
      writer.varint(UInt64(series))
      derivation.write(into: &writer)
    }
    writer.bytes += bytes
    return RingRecord(isRollup ? .rollup : .block, writer.bytes)
  }

  init(_ record: RingRecord) throws(RingCorruption) {
    self = try record.read { reader throws(RingCorruption) in
      var block = BlockRecord(sequence: try reader.varint(), isRollup: record.kind == .rollup)
      for _ in 0..<(try reader.count(upTo: Int(UInt16.max))) {
        let series = try reader.count(upTo: Int(UInt16.max))
        block.births.append((series, try RingState.Birth(&reader)))
      }
      for _ in 0..<(try reader.count(upTo: Int(UInt16.max))) {
        block.scales.append(try reader.byte())
        let scale = try reader.byte()
        let value = try reader.signed()
        block.before.append(CounterState(value: value, adjustment: try reader.signed(), scale: scale))
      }
      for _ in 0..<(try reader.count(upTo: block.before.count)) {
        let series = try reader.count(upTo: Int(UInt16.max))
        block.derivations[series] = try Derivation(&reader)
      }
      block.bytes = Array(record.bytes[reader.position...])
      return block
    }
  }
}

extension Derivation {
  func write(into writer: inout ByteWriter) {
    switch self {
    case .linear(let terms):
      writer.bytes.append(0)
      Self.write(terms, into: &writer)
    case .ratio(let numerator, let denominator, let factor):
      writer.bytes.append(1)
      Self.write(numerator, into: &writer)
      Self.write(denominator, into: &writer)
      writer.put(factor.bitPattern)
    }
  }

  private static func write(_ terms: [Term], into writer: inout ByteWriter) {
    writer.varint(UInt64(terms.count))
    for term in terms {
      writer.varint(UInt64(term.series))
      writer.signed(term.coefficient)
    }
  }

  init(_ reader: inout ByteReader) throws(RingCorruption) {
    switch try reader.byte() {
    case 0: self = .linear(try Self.terms(&reader))
    case 1:
      let numerator = try Self.terms(&reader)
      let denominator = try Self.terms(&reader)
      self = .ratio(numerator, denominator, Float(bitPattern: try reader.fixed(UInt32.self)))
    default: throw reader.failure(.unknownEncoding)
    }
  }

  private static func terms(_ reader: inout ByteReader) throws(RingCorruption) -> [Term] {
    var terms: [Term] = []
    for _ in 0..<(try reader.count(upTo: Int(UInt16.max))) {
      let series = try reader.count(upTo: Int(UInt16.max))
      terms.append(Term(series: series, coefficient: try reader.signed()))
    }
    return terms
  }
}
