/// What keys take that live longer: as many more as they live longer, but for the stores that hits spare.
struct AdvisedRoom {
  private let added: Double
  private let left: Double
  private let isBound: Bool

  /// `growth` is how much more the keys will be, as a part of them. Where nobody counts what they take, it is at most all that is used.
  /// Nil where the server has no limit, or does not tell.
  init?(bytes: Double?, used: Double?, maximum: Double?, growth: Double) {
    guard let used, let maximum else { return nil }
    added = (bytes ?? used) * max(0, growth)
    left = max(0, maximum - used)
    isBound = bytes == nil
  }

  /// With a tenth to spare.
  var suffices: Bool { added <= left * 0.9 }

  /// What the keys take, and how much is left where that is too little.
  var text: String {
    let need = "its keys \(isBound ? "may take up to" : "would take") \(Wording.bytes(added)) more"
    return suffices ? need : "\(need) and only \(Wording.bytes(left)) are left below maxmemory"
  }
}
