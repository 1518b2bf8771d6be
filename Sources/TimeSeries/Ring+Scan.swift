internal import Locked

/// What a full decoding went over.
package struct DecodeCounts {
  /// Samples of columns that were decoded.
  package var changed = 0
  /// Samples of derived columns that were computed.
  package var derived = 0
  /// All cells, constant ones with them.
  package var all = 0
  /// So that nothing is optimised away.
  package var checksum: Int64 = 0

  package init() {}
}

extension Ring {
  /// Bytes of the sealed blocks, all in: headers, stamps, index, summaries, streams, and the objects around them.
  public var sealedBytes: Int { state.withLock { $0.blockBytes } }

  /// Decodes every stored column of every sealed block.
  package func decodeAll() throws(RingCorruption) -> DecodeCounts {
    let chain = state.withLock { BlockChain(blocks: $0.blocks, fronts: $0.front) }
    let decoder = BlockDecoder(capacity: capacity)
    let column = Column(capacity: capacity)
    var counts = DecodeCounts()
    for (index, block) in chain.blocks.enumerated() {
      counts.all += block.rows * block.series
      for series in 0..<block.series where block.hasRecord(series) && !block.isDerived(series) {
        guard try decoder.decode(series, at: index, of: chain, into: column) else { continue }
        counts.changed += block.rows
        counts.checksum &+= column[block.rows - 1]
      }
    }
    return counts
  }
}

extension Ring {
  /// The sealed blocks as they are now.
  var blockChain: BlockChain { state.withLock { BlockChain(blocks: $0.blocks, fronts: $0.front) } }
}
