import Randomness

extension SeededRandom {
  /// From 0 on; 0 for a bound of 0.
  mutating func below(_ bound: Int) -> Int { bound > 0 ? Int.random(in: 0..<bound, using: &self) : 0 }

  mutating func element<T>(of list: [T]) -> T { list[below(list.count)] }
}
