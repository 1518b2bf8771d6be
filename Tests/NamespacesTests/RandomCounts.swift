import Glibc
import Randomness

/// A Poisson number, by the normal approximation where it is large.
func poisson(_ mean: Double, _ random: inout SeededRandom) -> Int {
  func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }
  if mean > 20 {
    let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
    return max(0, Int((mean + normal * mean.squareRoot()).rounded()))
  }
  var (count, product) = (0, unit())
  let limit = exp(-mean)
  while product > limit {
    count += 1
    product *= unit()
  }
  return count
}

/// How many of `count` reads miss, each with this probability; by the normal approximation where they are many.
func binomial(_ count: Int, _ part: Double, _ random: inout SeededRandom) -> Int {
  func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }
  let variance = Double(count) * part * (1 - part)
  guard variance > 4 else { return (0..<count).count { _ in unit() < part } }
  let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
  return max(0, min(count, Int((Double(count) * part + normal * variance.squareRoot()).rounded())))
}
