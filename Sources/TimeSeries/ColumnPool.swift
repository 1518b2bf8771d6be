/// Columns of scratch memory, kept for reuse. One thread.
final class ColumnPool {
  private let capacity: Int
  private var columns: [Column] = []
  private var taken = 0
  /// More of them are made anew each time, as long as the block: at 8 KiB a column, 4 MiB stay.
  private static let kept = 512

  /// Columns for blocks of up to `capacity` rows.
  init(capacity: Int) { self.capacity = capacity }

  /// A column for a block of `rows` rows.
  func take(rows: Int) -> Column {
    taken += 1
    return columns.popLast() ?? Column(capacity: taken <= Self.kept ? capacity : rows)
  }

  func give(_ column: Column) {
    taken -= 1
    if columns.count < Self.kept, column.capacity == capacity { columns.append(column) }
  }
}

extension Column {
  /// Takes rows and presence of another column.
  func copy(_ other: Column) {
    reset(rows: other.rows)
    unsafe values.update(from: other.values, count: other.rows)
    filled = other.filled
    isPartial = other.isPartial
    startsPresent = other.startsPresent
    if !other.toggles.isEmpty { toggles = other.toggles }
  }
}
