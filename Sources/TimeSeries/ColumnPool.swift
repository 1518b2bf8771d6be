/// Columns of scratch memory, kept for reuse. One thread.
final class ColumnPool {
  private let capacity: Int
  private var columns: [Column] = []
  /// More of them are made anew each time: at 8 KiB a column, 4 MiB stay.
  private static let kept = 512

  /// Columns for blocks of up to `capacity` rows.
  init(capacity: Int) { self.capacity = capacity }

  func take() -> Column { columns.popLast() ?? Column(capacity: capacity) }

  func give(_ column: Column) { if columns.count < Self.kept { columns.append(column) } }
}

extension Column {
  /// Takes rows and presence of another column.
  func copy(_ other: Column) {
    reset(rows: other.rows)
    unsafe values.update(from: other.values, count: other.rows)
    filled = other.filled
    isPartial = other.isPartial
    startsPresent = other.startsPresent
    toggles = other.toggles
  }
}
