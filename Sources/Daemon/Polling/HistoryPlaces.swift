import TimeSeries

/// Decides which series of a target have a place in its ring where its share has no room for all of them.
///
/// What health asks of the whole target comes first; then hits and misses of each namespace, for which room is kept until they
/// come; what is left is for the other series of namespaces and those of the server itself, at least half of it for each, as far as
/// they need it. What has no place is counted once, and tried again when the share has grown.
struct HistoryPlaces {
  /// What a series is for.
  enum Worth {
    /// Health's own of the whole target.
    case vital
    /// Hits or misses of a namespace for which room is kept.
    case lookups
    /// Anything else of a namespace.
    case detail
    /// The server's own.
    case server
  }

  /// Where a series is.
  enum Place {
    case unknown
    case refused
    case known(SeriesID)
  }

  let ring: Ring
  /// How many series have, or had, no place.
  private(set) var refused: Int64 = 0
  /// Whether what has no place is tried again.
  private(set) var isRetrying = false
  private var triedShare = 0
  private var lookups = Tally()
  private var detail = Tally()
  private var server = Tally()

  /// Bytes that series of one worth take, and will take when all are there.
  private struct Tally {
    var taken = 0
    var needed = 0

    var missing: Int { max(0, needed - taken) }
  }

  /// Bytes that are kept for lookups to come.
  private var kept = 0

  /// Bytes left for anything but vital series. Those may come late, as a warning does when it begins to hold: what they take then must
  /// not be what is kept for lookups. Some ten of them, and of a small share less.
  private var spare: Int {
    let room = ring.seriesRoom
    return max(0, room.free - min(4096, room.share / 128))
  }

  init(ring: Ring) {
    self.ring = ring
  }

  /// Before each row: whether the share has grown.
  mutating func begin() {
    let share = ring.seriesRoom.share
    isRetrying = triedShare > 0 && share > triedShare
    triedShare = share
  }

  /// Takes that so many bytes will be needed, in sum. For lookups no room is kept any more: it is to be kept anew.
  mutating func expect(lookups: Int? = nil, detail: Int? = nil) {
    if let lookups {
      self.lookups.needed = lookups
      kept = 0
    }
    if let detail { self.detail.needed = detail }
  }

  /// Takes that the server has a further series.
  mutating func expectServer(_ name: String) { server.needed += SeriesRoom.bytes(ofSeriesNamed: name) }

  /// Keeps room for lookups that take so many bytes; false where there is none.
  mutating func keep(_ bytes: Int) -> Bool {
    guard kept + bytes <= spare else { return false }
    kept += bytes
    return true
  }

  /// The id of the series at `place`, registered when it is first asked for; nil where it has no place. `isAllowed` says what was
  /// decided of a group that it is of. What the ring has already, from an earlier life, has its place in any case.
  mutating func id(
    _ place: inout Place, _ name: @autoclosure () -> String, _ kind: SeriesKind, _ worth: Worth,
    isAllowed: Bool? = nil
  ) -> SeriesID? {
    switch place {
    case .known(let id): return id
    case .refused where !isRetrying: return nil
    case .unknown, .refused: break
    }
    let name = name()
    let bytes = SeriesRoom.bytes(ofSeriesNamed: name)
    let known = ring.id(named: name)
    if let id = known ?? (isAllowed ?? allows(bytes, worth) ? ring.register(name, kind: kind) : nil) {
      place = .known(id)
      take(bytes, worth)
      return id
    }
    if case .unknown = place { refused += 1 }
    place = .refused
    return nil
  }

  /// Whether ``id(_:_:_:_:isAllowed:)`` would look for a place.
  func isOpen(_ place: Place) -> Bool {
    switch place {
    case .unknown: true
    case .refused: isRetrying
    case .known: false
    }
  }

  /// Whether so many more bytes may be taken.
  func allows(_ bytes: Int, _ worth: Worth) -> Bool {
    let left = spare - kept
    let others = detail.taken + server.taken + left
    return switch worth {
    case .vital, .lookups: true
    case .detail: bytes <= left && detail.taken + bytes <= max(others / 2, others - server.needed)
    case .server: bytes <= left && server.taken + bytes <= max(others / 2, others - detail.needed)
    }
  }

  private mutating func take(_ bytes: Int, _ worth: Worth) {
    switch worth {
    case .vital: break
    case .lookups:
      kept = max(0, kept - bytes)
      lookups.taken += bytes
    case .detail: detail.taken += bytes
    case .server: server.taken += bytes
    }
  }

  /// What would hold all, as a sentence for the log.
  var shortage: String {
    let room = ring.seriesRoom
    let wanted = room.used + lookups.missing + detail.missing + server.missing
    let sentence =
      "history has no room for \(refused) series or more, which are on /metrics only (cachegauge_series_refused_total)"
    let share = (wanted + wanted / 8) * SeriesRoom.part
    guard room.series < room.maximumSeries, room.share > 0, share > room.share else {
      return "\(sentence): a target has at most \(room.maximumSeries) there; spread its namespaces over fewer"
    }
    let scale = Double(share) / Double(room.share)
    let megabytes = Int64((Double(room.budget) * scale / Double(1 << 20)).rounded(.up))
    return
      "\(sentence): \(room.share >> 10) KiB of history.memory are this target's; history.memory: \(megabytes)MiB would hold all"
  }
}
