/// The sealed blocks of a ring as of one moment, oldest first, and the values from before them.
struct BlockChain: Sendable {
  var blocks: [SealedBlock]
  var fronts: [RingState.Front]

  /// A series' value, and what resets had added, at the end of the blocks before `end`: from the nearest record, no
  /// further back than the last key block, or from before the oldest block.
  func state(of series: Int, isCounter: Bool, before end: Int) throws(RingCorruption) -> CounterState {
    var value: (Int64, UInt8)?
    var adjustment: Int64? = isCounter ? nil : 0
    var at = end - 1
    while at >= 0 && (value == nil || adjustment == nil) {
      if peek(at, { $0.isSilent(series) }) {
        at -= 1
        continue
      }
      let block = blocks[at]
      if value == nil || block.flags.contains(.corrections), let head = try block.head(series) {
        value = value ?? (head.last, block.scale(series))
        if let correction = head.correction { adjustment = adjustment ?? correction.end }
      }
      if value == nil && block.isDerived(series) { value = (try derivedLast(series, at), block.scale(series)) }
      if block.flags.contains(.key) && series < block.series { adjustment = adjustment ?? 0 }
      at -= 1
    }
    let front = series < fronts.count ? fronts[series] : RingState.Front()
    return CounterState(
      value: value?.0 ?? front.value, adjustment: adjustment ?? front.adjustment, scale: value?.1 ?? front.scale)
  }

  /// Gives `body` a block without holding on to it, which would cost as much as a look at it; the chain does.
  @inline(__always)
  func peek<T>(_ at: Int, _ body: (SealedBlock) -> T) -> T {
    unsafe Unmanaged.passUnretained(blocks[at])._withUnsafeGuaranteedRef(body)
  }

  /// The last value in `block` of a series that has neither a record in it nor is derived there.
  func constant(_ series: Int, in index: Int) throws(RingCorruption) -> Int64 {
    try state(of: series, isCounter: false, before: index).value
  }

  /// The last value of a derived column without a record, from the last values of its sources.
  private func derivedLast(_ series: Int, _ index: Int) throws(RingCorruption) -> Int64 {
    let block = blocks[index]
    guard let derivation = block.derivations[series] else {
      throw RingCorruption(code: .badReference, offset: 0)
    }
    var lasts: [Int64] = []
    for source in derivation.sources {
      guard !block.isDerived(source) else { throw RingCorruption(code: .badReference, offset: 0) }
      if let head = try block.head(source) {
        let isPresent = block.startsPresent(source) != (head.toggles.count % 2 == 1)
        lasts.append(isPresent ? head.last : 0)
      } else {
        lasts.append(block.startsPresent(source) ? try constant(source, in: index) : 0)
      }
    }
    return derivation.value(digits: block.scale(series)) { lasts[$0] }
  }
}
