extension RecordHead {
  /// How a column follows from what its stream holds: value = first + unit × (stream + prediction), where the stream begins with 0;
  /// without a unit, value = stream + prediction, where it begins with the first value.
  struct Recipe {
    /// What divides all distances from the first value.
    var unit: Int64 = 1
    var prediction: Prediction?

    /// Whether the stream is the column.
    var isPlain: Bool { unit == 1 && prediction == nil }
  }
}

extension RecordHead.Recipe {
  /// Units are below this.
  static let unitLimit: UInt64 = 1 << 62

  /// Reads what follows a head that has one.
  @inline(__always)
  init(_ reader: inout ByteReader, series: Int) throws(RingCorruption) {
    let header = try reader.byte()
    if header >> 6 > 0 {
      prediction = try RecordHead.Prediction(header, &reader, series: series)
      return
    }
    guard reader.version >= 3 else { throw reader.failure(.badReference) }
    let code = try reader.varint()
    unit = Int64(truncatingIfNeeded: (code | 1) &<< UInt64(header))
    guard code & 1 == 1 else { return }
    prediction = try RecordHead.Prediction(try reader.byte(), &reader, series: series)
  }

  func write(into writer: inout ByteWriter) {
    if unit != 1 {
      let exponent = unit.trailingZeroBitCount
      writer.bytes.append(UInt8(exponent))
      writer.varint(UInt64(unit) >> UInt64(exponent) & ~1 | (prediction == nil ? 0 : 1))
    }
    prediction?.write(into: &writer)
  }
}

extension RecordHead.Prediction {
  /// Reads what follows a prediction's first byte.
  fileprivate init(_ header: UInt8, _ reader: inout ByteReader, series: Int) throws(RingCorruption) {
    shift = header & 63
    for _ in 0..<(header >> 6) {
      let id = try reader.count(upTo: series - 1)
      append(Term(series: id, multiplier: try reader.signed()))
    }
    guard count > 0 else { throw reader.failure(.badReference) }
  }

  fileprivate func write(into writer: inout ByteWriter) {
    writer.bytes.append(UInt8(count) << 6 | shift)
    for at in 0..<count {
      writer.varint(UInt64(terms[at].series))
      writer.signed(terms[at].multiplier)
    }
  }
}
