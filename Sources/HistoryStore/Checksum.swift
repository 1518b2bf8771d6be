/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), as many file formats and protocols use it.
enum Checksum {
  private static let tables: [[UInt32]] = {
    var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
    for byte in 0..<256 {
      tables[0][byte] = (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
    }
    for table in 1..<8 {
      for byte in 0..<256 {
        let before = tables[table - 1][byte]
        tables[table][byte] = before >> 8 ^ tables[0][Int(before & 0xFF)]
      }
    }
    return tables
  }()

  /// The checksum of some bytes; eight at a time.
  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum: UInt32 = ~0
    var at = bytes.startIndex
    while bytes.endIndex - at >= 8 {
      let low = sum ^ word(bytes, at)
      let high = word(bytes, at + 4)
      sum =
        tables[7][Int(low & 0xFF)] ^ tables[6][Int(low >> 8 & 0xFF)] ^ tables[5][Int(low >> 16 & 0xFF)]
        ^ tables[4][Int(low >> 24)] ^ tables[3][Int(high & 0xFF)] ^ tables[2][Int(high >> 8 & 0xFF)]
        ^ tables[1][Int(high >> 16 & 0xFF)] ^ tables[0][Int(high >> 24)]
      at += 8
    }
    while at < bytes.endIndex {
      sum = sum >> 8 ^ tables[0][Int((sum ^ UInt32(bytes[at])) & 0xFF)]
      at += 1
    }
    return ~sum
  }

  private static func word(_ bytes: ArraySlice<UInt8>, _ at: Int) -> UInt32 {
    UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
  }
}
