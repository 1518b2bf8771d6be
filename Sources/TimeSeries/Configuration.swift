/// Limits of all rings of a process.
public struct Configuration: Sendable {
  /// Bytes for samples and per-series state, of all rings together. Default 64 MiB.
  public var memory: Int
  /// Bytes for rollup rows, of all rings together. Default 16 MiB.
  public var rollupMemory: Int
  /// Wall-clock length of a block and of a rollup row, milliseconds. Default ten minutes.
  public var blockDuration: Int64
  /// Rows after which a block is closed early, 1…4096. Default 1,024.
  public var maximumRows: Int
  /// Series that one ring takes, 1…65,535, as far as their state fits into a quarter of its share. Default 65,535.
  public var maximumSeries: Int
  /// Exact relations between series, by name, to be looked for when a block is sealed. Default none.
  public var rules: [DerivationRule]

  /// Values out of range are brought to the nearest in range.
  public init(
    memory: Int = 64 << 20, rollupMemory: Int = 16 << 20, blockDuration: Int64 = 600_000, maximumRows: Int = 1024,
    maximumSeries: Int = 65_535, rules: [DerivationRule] = []
  ) {
    self.memory = memory
    self.rollupMemory = rollupMemory
    self.blockDuration = max(1, blockDuration)
    self.maximumRows = min(4096, max(1, maximumRows))
    self.maximumSeries = min(65_535, max(1, maximumSeries))
    self.rules = rules
  }
}
