/// Tables that successive blocks share for as long as they don't change.
struct SharedTables {
  private(set) var scales: [UInt8] = []
  private(set) var derivations = DerivationTable.empty

  /// Takes over what changed; returns the bytes of tables that replace another.
  mutating func renew(_ found: [Int: Derivation], _ newScales: [UInt8]) -> Int {
    var bytes = 0
    let merged = derivations.merging(found)
    if merged !== derivations {
      if !derivations.isEmpty { bytes += merged.bytesUsed }
      derivations = merged
    }
    if newScales != scales {
      if !scales.isEmpty { bytes += newScales.count + 32 }
      scales = newScales
    }
    return bytes
  }
}
