/// One series' rows of one block, carried forward through absences. Scratch memory of one thread, which is why its
/// properties do without checks of exclusive access at run time: they would cost as much as the work.
@safe final class Column {
  /// Values that may be written behind the last row.
  static let overrun = 8

  let values: UnsafeMutablePointer<Int64>
  let capacity: Int
  @safe @exclusivity(unchecked) private(set) var rows = 0
  /// Rows from the first that hold values.
  @safe @exclusivity(unchecked) var filled = 0
  /// Whether only the rows that were asked for are right.
  @safe @exclusivity(unchecked) var isPartial = false
  /// Whether row 0 is present.
  @safe @exclusivity(unchecked) var startsPresent = true
  /// Rows at which presence changes, rising, none of them 0.
  @safe @exclusivity(unchecked) var toggles: [Int] = []

  init(capacity: Int) {
    self.capacity = capacity
    unsafe values = .allocate(capacity: max(1, capacity) + Self.overrun)
  }

  deinit { unsafe values.deallocate() }

  func reset(rows: Int) {
    precondition(rows <= capacity, "columns are sized for the longest block")
    self.rows = rows
    filled = rows
    isPartial = false
    startsPresent = true
    if !toggles.isEmpty { toggles.removeAll(keepingCapacity: true) }
  }

  subscript(row: Int) -> Int64 {
    get {
      precondition(row >= 0 && row < rows, "rows are found by the block's own stamps")
      return unsafe values[row]
    }
    set { unsafe values[row] = newValue }
  }

  /// Sets rows `from`..<`to`.
  @inline(__always)
  func fill(_ from: Int, _ to: Int, _ value: Int64) {
    let stop = min(to, rows)
    var at = from
    while at < stop {
      unsafe values[at] = value
      at &+= 1
    }
  }

  /// Settles presence from the state before row 0.
  func finish(present wasPresent: Bool) {
    startsPresent = wasPresent
    if toggles.first == 0 {
      toggles.removeFirst()
      startsPresent = !wasPresent
    }
  }

  /// Gives the rows before the first present one its value, so that a birth costs nothing.
  func backfill() {
    guard !startsPresent, let birth = toggles.first else { return }
    fill(0, birth, self[birth])
  }

  var isUniform: Bool { toggles.isEmpty }

  /// Whether all rows hold the same value.
  var isConstant: Bool {
    for at in 1..<max(1, rows) where unsafe values[at] != values[0] { return false }
    return true
  }

  func isPresent(_ row: Int) -> Bool {
    if toggles.isEmpty { return startsPresent }
    var present = startsPresent
    for toggle in toggles {
      if toggle > row { break }
      present.toggle()
    }
    return present
  }

  /// Calls `body` with each run of present rows.
  func forEachPresentRun(_ body: (Range<Int>) -> Void) {
    var present = startsPresent
    var start = 0
    for toggle in toggles {
      if present { body(start..<toggle) }
      present.toggle()
      start = toggle
    }
    if present && start < rows { body(start..<rows) }
  }
}
