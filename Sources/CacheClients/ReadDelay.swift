/// For how long what is read from a socket may have lain there. Times are milliseconds of a steady clock.
///
/// A read that finds the socket's end shows that whatever comes later was not there yet. So what the next read finds is younger
/// than that, however long this process was held up between the two.
struct ReadDelay: Sendable {
  /// Where a read waited for so long and then found but little, the socket was empty: it woke the reader at once.
  private static let quiet: Int64 = 100
  private static let little = 2048

  private var asked: Int64?
  private var taken: Int64?
  /// Nothing that is read now was there before.
  private var empty: Int64?

  /// The socket may be read from now on.
  mutating func ask(at now: Int64) { asked = now }

  /// So many bytes were read; answers for how many milliseconds they may have lain there at most, 0 for the very first.
  mutating func take(_ bytes: Int, at now: Int64) -> Int64 {
    if let asked, now - asked >= Self.quiet, bytes < Self.little { empty = now }
    asked = nil
    taken = now
    return empty.map { max(0, now - $0) } ?? 0
  }

  /// The socket is empty.
  mutating func end() { empty = taken ?? empty }
}
