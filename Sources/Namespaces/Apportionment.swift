/// Whole parts of `count`, in proportion to `weights`, of which one at least is positive; roundings go to those that lack most.
func apportioned(_ count: Int64, over weights: [Double]) -> [Int64] {
  let sum = weights.reduce(0, +)
  let exact = weights.map { $0 * Double(count) / sum }
  var parts = exact.map { Int64($0.rounded(.down)) }
  let order = exact.indices.sorted { exact[$0] - Double(parts[$0]) > exact[$1] - Double(parts[$1]) }
  for place in order.prefix(Int(count - parts.reduce(0, +))) { parts[place] += 1 }
  return parts
}
