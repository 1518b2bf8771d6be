/// Whether keys of a namespace are stored when they are missed, by what is heard of them next: a removal says that they were, another
/// miss that they were not.
struct StoringHabit: Sendable {
  private var stored = 0.0
  private var unstored = 0.0

  /// A key that was missed is removed.
  mutating func addRemoval() { add(1, 0) }

  /// A key that was missed is missed again, later than it would take to store it.
  mutating func addMiss() { add(0, 1) }

  /// The part of the misses after which the key is not stored, in 0…1.
  var unstoredPart: Double { unstored > 0 ? unstored / (stored + unstored) : 0 }

  private mutating func add(_ stored: Double, _ unstored: Double) {
    self.stored += stored
    self.unstored += unstored
    guard self.stored + self.unstored > 1024 else { return }
    self.stored /= 2
    self.unstored /= 2
  }
}
