/// How a Rice stream says how many low bits the values of each mini-block have: one length for all, or for each its distance
/// from the smallest, in four bits or in two. Of a distance all ones say that every value of the mini-block is zero: it has no
/// bits at all.
struct RiceLengths {
  /// Bits of a distance; 0 where all lengths are `base`.
  private let width: Int
  private let base: Int
  /// The length of each mini-block; nil where all values are zero.
  let minis: [Int?]

  private init(_ width: Int, base: Int, _ ks: [Int?]) {
    self.width = width
    self.base = base
    let limit = base + Self.most(width)
    minis = width == 0 ? ks.map { _ in base } : ks.map { k in k.map { max(base, min($0, limit)) } }
  }

  /// The greatest distance.
  private static func most(_ width: Int) -> Int { width == 0 ? 0 : (1 << width) - 2 }

  private static let smallestBaseBeyond = 32

  /// The cheapest for `count` values, of whose mini-blocks `ks` are the best lengths.
  static func smallest(_ values: UnsafePointer<UInt64>, _ count: Int, _ ks: [Int?]) -> RiceLengths {
    let known = Set(ks.compactMap { $0 }).sorted()
    guard let low = known.first, let high = known.last else { return RiceLengths(4, base: 0, ks) }
    var best: (lengths: RiceLengths, bits: Int)?
    func consider(_ width: Int, _ base: Int) {
      let lengths = RiceLengths(width, base: base, ks)
      let bits = unsafe lengths.cost(values, count, limit: best?.bits ?? .max)
      if let bits, best.map({ bits < $0.bits }) ?? true { best = (lengths, bits) }
    }
    if low < smallestBaseBeyond {
      consider(4, low)
      // Where lengths differ much, two bits seldom do.
      if high - low <= 4 {
        for base in low...max(low, high - most(2)) where base < smallestBaseBeyond { consider(2, base) }
      }
    }
    for k in known { consider(0, k) }
    return best?.lengths ?? RiceLengths(0, base: high, ks)
  }

  /// Bits of the lengths and of the values with them; nil where that is more than `limit`.
  private func cost(_ values: UnsafePointer<UInt64>, _ count: Int, limit: Int) -> Int? {
    var bits = (minis.count * width + 7) / 8 * 8
    for (index, k) in minis.enumerated() {
      let start = index * RiceStream.mini
      if let k { unsafe bits += RiceStream.cost(values + start, min(RiceStream.mini, count - start), k) }
      if bits > limit { return nil }
    }
    return bits
  }

  /// Writes the stream's first byte and the distances.
  func write(into writer: inout ByteWriter) {
    let flag: UInt8 = width == 0 ? RiceStream.uniformFlag : width == 2 ? RiceStream.shortFlag : 0
    writer.bytes.append(UInt8(base) | flag)
    if width == 0 { return }
    let perByte = 8 / width
    for start in stride(from: 0, to: minis.count, by: perByte) {
      var byte: UInt8 = 0
      for (at, k) in minis[start..<min(minis.count, start + perByte)].enumerated() {
        byte |= UInt8(k.map { $0 - base } ?? Self.most(width) + 1) << UInt8(at * width)
      }
      writer.bytes.append(byte)
    }
  }
}
