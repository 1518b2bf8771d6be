/// In which rows of a block a series is present.
struct Presence {
  /// Whether it is in row 0.
  var startsPresent: Bool
  /// Rows at which this changes, rising, none of them 0.
  var toggles: [Int]

  var isWhole: Bool { startsPresent && toggles.isEmpty }

  /// The last row up to `row` in which the series is present.
  func last(atOrBefore row: Int) -> Int? {
    var found: Int? = startsPresent ? row : nil
    var isPresent = startsPresent
    for toggle in toggles {
      if toggle > row { break }
      isPresent.toggle()
      found = isPresent ? row : toggle - 1
    }
    return found
  }
}
