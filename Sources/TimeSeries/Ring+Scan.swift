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

extension Ring {
  /// How a series lies in the newest sealed block: its encoding, and the series that it is predicted or follows from. For
  /// people who look for what is dear.
  package func storage(of id: SeriesID) throws(RingCorruption) -> String {
    let names = state.withLock { $0.names }
    guard let block = blockChain.blocks.last else { return "not sealed" }
    func text(_ series: Int) throws(RingCorruption) -> String {
      if block.isDerived(series), let derivation = block.derivations[series] {
        var parts: [String] = []
        for source in derivation.sources { parts.append("\(names[source]) (\(try text(source)))") }
        return "follows from \(parts.joined(separator: ", "))"
      }
      guard let range = try block.record(series) else { return "constant" }
      return try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
        let head = try RecordHead(&reader, rows: block.rows, series: block.series)
        let recipe = head.hasRecipe ? try RecordHead.Recipe(&reader, series: block.series) : RecordHead.Recipe()
        let unit = recipe.unit == 1 ? "" : " of \(recipe.unit)"
        guard let prediction = recipe.prediction else { return "\(head.encoding)\(unit)" }
        return "\(head.encoding)\(unit), predicted from \(names[prediction.terms[0].series])"
      }
    }
    return try text(id.index)
  }
}
