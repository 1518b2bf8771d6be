import CacheModel

/// Whole parts of `count`, in proportion to `weights`, of which one at least is positive; roundings go to those that lack most.
func apportioned(_ count: Int64, over weights: [Double]) -> [Int64] {
  let sum = weights.reduce(0, +)
  let exact = weights.map { $0 * Double(count) / sum }
  var rest = count
  var parts = exact.map { exact in
    // Doubles may make more of a large count than there is.
    let part = min(rest, Int64(saturating: exact.rounded(.down)))
    rest -= part
    return part
  }
  let order = exact.indices.sorted { exact[$0] - Double(parts[$0]) > exact[$1] - Double(parts[$1]) }
  // What doubles have lost of a large count goes to the first of them.
  for place in order where rest > 0 {
    parts[place] += 1
    rest -= 1
  }
  if let first = order.first { parts[first] += rest }
  return parts
}
