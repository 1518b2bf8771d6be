import Testing

@testable import TimeSeries

/// What an earlier version wrote is read by every later one.
@Suite struct OldBlockTests {
  /// Row `index` of the block: late polls, wide values whose low bits are of 33 bits and then of 37, a parabola, and steps.
  static func row(_ index: Int) -> (time: Int64, values: [Int64]) {
    var bits = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 31) &* 0xBF58_476D_1CE4_E5B9
    bits ^= bits >> 29
    let delay = index % 16 == 3 ? Int64(bits % 300) : 0
    let wide = Int64(bits >> (index < 65 ? 30 : 26))
    return (
      1_795_219_200_000 + Int64(index) * 1000 + delay,
      [wide, Int64(index * index / 3) + Int64(bits % 5), Int64(index / 20)]
    )
  }

  @Test func `a block of version 1 has the values that were put into it`() throws {
    try check(Self.versionOne, 1, rows: 130, Self.row)
  }

  /// Of four series, the last of which is predicted from the first.
  @Test func `a block of version 2 has the values that were put into it`() throws {
    try check(Self.versionTwo, 2, rows: 90) { index in
      var row = Self.row(index)
      row.values.append(row.values[0] / 4 + row.values[2] * 4096)
      return row
    }
  }

  private func check(
    _ text: String, _ version: UInt8, rows count: Int, _ row: (Int) -> (time: Int64, values: [Int64])
  ) throws {
    let bytes = try #require(Self.decoded(text))
    #expect(bytes[0] == version)
    let rows = (0..<count).map(row)
    let scales = rows[0].values.map { _ in UInt8(0) }
    let block = try SealedBlock(bytes: bytes, scales: scales, derivations: .empty)
    let chain = BlockChain(blocks: [block], fronts: [])
    let decoder = BlockDecoder(capacity: 1024)
    let column = Column(capacity: 1024)
    try block.readTimes(into: column, decoder.rice)
    #expect((0..<block.rows).map { column[$0] } == rows.map(\.time))
    for series in scales.indices {
      #expect(try decoder.decode(series, at: 0, of: chain, into: column))
      #expect((0..<block.rows).map { column[$0] } == rows.map { $0.values[series] })
    }
  }

  /// Bytes of hexadecimal digits.
  private static func decoded(_ text: String) -> [UInt8]? {
    let digits = text.filter { !$0.isWhitespace }.compactMap { $0.hexDigitValue }
    return digits.count % 2 == 0
      ? stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) } : nil
  }

  private static let versionOne = """
    0108820003000300001867fba1010000e8ef07000d4611d00f8c10940fc213de0b94148c0b94138c0c86139a0cec13b40bf00fb00fc4
    10dc0e80cbff1fe1ff0f02ff7f4080ff3f8000fcff011000feff002000f0ff07000400f8ff0107000000000000000000000071024a00
    12008588e5e68a32ead5d6a0d104dfe1add631dc80bee2fe07cee4d4ed90820200214003a4496aea860a1123c7bf1f95fdb301ed11ab
    cbd8dce611b67b1b9be2bcef3d154f82488e0d4bc96e502341049d50ff36bdd69265a7e566838c08dd3bfc39aecd6e2ea2f7b7c73668
    f5d900585aac47364ff8f0aa41a81454b2d35d55b999862ea5734cbecdd88683733e05aed4ab83dde9cd4e1ada2190d688d6fd29f047
    8228997c7fe152e9986676cb4fe76b4dc7fe9d4f7e2ffd6a66a9dc7afe9840f2cc4b0409d27633cb87defa5d38d327e9afabfa45800a
    92a65bf85b787249b2f1e1e42d91f24a10caaedefb5881a5a2d42876d46c45b8cf9131b88a5ff2ae4f66bd9059ae2be1798f87375fc1
    74eeee097c8980576011dc084f58e78e4b672854e8a87e20304545c4d88c00a6ac7b5e833bd543f92c33813b2def0cde8ce7ac0f7c52
    55fcf129cf5576b0f1623ceff152ca29b081f3045ccb365441ef0b01057e32ec0dce0f3460e9cf234585fddef92c0d057a3230db6e3b
    2c827bb00e19f6d78b957e4aaf60c61206ca13b055372ef4b280fcaebbacb1bf4f175cee416dcbf69537c993926a028cf982d7ec20c0
    bfbc7729eb73b5a330c9462fe4878828582fdd20feb1e07ef2addce092a5f1533d30e9db1ff2a7fc8153626e72d341e64b67cf7a011b
    21c507811ac3f5352fcea62cb6be4ac1972594c0799e99220e4ffd222e9ea381165ade974339360ced448849e2ee5638b243a6b4fded
    5e0b1b2041719e6692cce0b926f38a52770e20f4b4fb052e6436260cb98dacce607accfb843560117ab75dc5575c3e04c2b5aaaf6416
    9cf7b3dfbee3046e67eb6f6527bbc9f2d55b5577fdafd6d66db7aa55b955a9aa4f8a00d65600ab2bd6de0e08829466a1e0cc82981204
    0b103814c16e9a0419c82090612ba981902a8e00aec362006592f6d928f72e55b6d99653294aabca722d5d4af36a5befdff22e9a1582
    000c0006e8020683dbb60124490202000f0000000000000000
    """

  private static let versionTwo = """
    02085a0004000400001867fba1010000a8b705001013d00f0683faff03550500883bf143c3b51ba5120f0000000000000000000000bf
    013800100040008588e5e68a32deb9a39ad504dfe1add63188f8a2b9fb06dc8f97f8dc6900a4a4496aea3254881819f1ef4765f16703
    da23b1ba8ccd61f308db3d6d6c8af3f0bda7e20982488e0d554a76831a48104127a2fe6d7a0d2d59765a72b341462474eff0e7c0b5d9
    cd05a2f7b7c7b041abcf06009616eb816c9ef001af1a844a032ad9e90e55e5661ad2a5748e29becdd886159cf329102bf5ea60b3d39b
    9d14a11d02696144ebfe54c01f09a22493ef2f1c52e99866b25b7e3a1f5ad3b17f319ffc5e3aaf6696ca613d7f4c40c9332f112441da
    6e06cb87defae3c2993e49faebaa7e810015240dba85bf8531b924d9188793b744525e094239aedefb58032c15a5068a1d355b81709f
    230383abf82573d727b31e4266b9ae223ceff130375fc17472774fe02b22e0155822b8119e3075eeb87430142a7414fa81c014a38818
    9b1100a6ac7baec19deaa13ecb4ce0aee59dc19b78cefac097aae28f4f3c57d9c1e6c578dee352ca29b0c17902ae650d55d0fb22a0c0
    4f86dee0fc40034b7f1e2915f67be7531a0af46430db6e3b1cc13d588786fdf562d54fe915cc2c61a03c81adba71a1cb02f2bb7e5963
    7f9f175cee410dffffffffffffffff92b62d89c98c1c8a00a22900d114acef0408829466a1e0cc829812040b103814c16e9a0419c820
    9061036592f6d928f72e55b6d99653294aabca722d5d4a738200080004a0010483db06240902000fcda2d9d9c20cb6eecaa69501b7f8
    cab50c82bea9eede01d3a3979eb71a48008001050001028040fe3f80a6d929f798e6b2949790cb4b535ecc6629a5e948293700000000
    00000000
    """
}
