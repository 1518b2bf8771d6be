/// The fewest insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
///
/// Takes time proportional to the product of the lengths; words beyond 64 characters count as unlike anything.
func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.utf8.prefix(65)), Array(right.utf8.prefix(65)))
  if a.count > 64 || b.count > 64 { return .max }
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
      current.append(cost)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}

/// The word that `word` was probably meant to be: the nearest that differs in at most a third of its characters.
///
/// Case, hyphens and missing underscores don't count as differences.
func nearest(to word: String, among known: [String]) -> String? {
  let plain = unpunctuated(word)
  let ranked = known.map { (name: $0, distance: editDistance(plain, unpunctuated($0))) }
  guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
  return best.distance <= max(1, max(plain.utf8.count, best.name.utf8.count) / 3) ? best.name : nil
}

private func unpunctuated(_ word: String) -> String {
  word.lowercased().filter { $0 != "-" && $0 != "_" }
}
