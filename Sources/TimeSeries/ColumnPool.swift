/// Columns of scratch memory, kept for reuse. One thread.
final class ColumnPool {
  private let capacity: Int
  private var columns: [Column] = []

  /// Columns for blocks of up to `capacity` rows.
  init(capacity: Int) { self.capacity = capacity }

  func take() -> Column { columns.popLast() ?? Column(capacity: capacity) }

  func give(_ column: Column) { columns.append(column) }
}

extension Column {
  /// Takes rows, or only some of them, and presence of another column.
  func copy(_ other: Column, only rows: [Int]? = nil) {
    reset(rows: other.rows)
    if let rows {
      for row in rows { self[row] = other[row] }
    } else {
      unsafe values.update(from: other.values, count: other.rows)
    }
    filled = other.filled
    isPartial = other.isPartial || rows != nil
    startsPresent = other.startsPresent
    toggles = other.toggles
  }
}
