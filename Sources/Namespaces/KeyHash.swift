/// A 64-bit hash of a key and its database, for sampling by key: the same in every process.
///
/// Costs about a nanosecond for each eight bytes. Not made against an adversary: keys chosen to collide spoil their
/// own namespace's causes and nothing else.
struct KeyHash {
  /// The hash of `key`, whose bits are all equally good.
  static func hash(_ key: Span<UInt8>, database: Int) -> UInt64 {
    var state = mix(UInt64(truncatingIfNeeded: database) ^ 0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93)
    var index = 0
    while index + 8 <= key.count {
      var word: UInt64 = 0
      for offset in 0..<8 { word |= UInt64(key[index + offset]) << UInt64(8 * offset) }
      state = mix(state ^ word, 0xA076_1D64_78BD_642F)
      index += 8
    }
    var tail = UInt64(key.count) << 56
    var shift: UInt64 = 0
    while index < key.count {
      tail ^= UInt64(key[index]) << shift
      shift += 8
      index += 1
    }
    return mix(state ^ tail, 0xE703_7ED1_A0B4_28DB)
  }

  /// Both halves of the product, folded; then once more, so that no bit of the sum is left without effect.
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = (left ^ 0x2545_F491_4F6C_DD1D).multipliedFullWidth(by: right)
    var folded = product.high ^ product.low ^ left
    folded = (folded ^ (folded >> 32)) &* 0x9FB2_1C65_1E98_DF25
    return folded ^ (folded >> 28)
  }
}
