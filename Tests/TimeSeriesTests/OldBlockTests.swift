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
    let bytes = try #require(Self.decoded(Self.versionOne))
    #expect(bytes[0] == 1)
    let block = try SealedBlock(bytes: bytes, scales: [0, 0, 0], derivations: .empty)
    let chain = BlockChain(blocks: [block], fronts: [])
    let decoder = BlockDecoder(capacity: 1024)
    let column = Column(capacity: 1024)
    let rows = (0..<130).map { Self.row($0) }
    try block.readTimes(into: column, decoder.rice)
    #expect((0..<block.rows).map { column[$0] } == rows.map(\.time))
    for series in 0..<3 {
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
}
