/// A hash of these bytes that is the same in every process, on every machine and in every version: FNV-1a, 64 bits. Not for bytes
/// that somebody may choose so that they collide.
public func stableHash(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
