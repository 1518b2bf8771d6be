import Glibc
import Randomness

/// One namespace of the application: how its keys are read and stored.
struct Part {
  let name: String
  let keys: Int
  /// Milliseconds; 0 for keys that live until they are evicted.
  let ttl: Int64
  let bytes: Int
  /// Deletions for each read.
  let deletions: Double
  /// Its share of the reads wanders around this, one full swing in `swing` seconds.
  let weight: Double
  let swing: Double
  /// Walker's alias table of Zipf's law over the keys.
  private let chance: [Double]
  private let alias: [Int32]

  /// Of whatever kind, by chance.
  init(_ position: Int, _ random: inout SeededRandom) {
    let names = ["menu", "session", "search", "price", "geo", "flags", "cart", "page", "user", "feed"]
    name = names[position % names.count]
    keys = Int(random.between(200, 60_000, logarithmic: true))
    ttl = [0, 1000, 2000, 5000, 20_000, 60_000, 300_000][Int(random.unit * 7)]
    bytes = Int(random.between(20, 800, logarithmic: true))
    deletions = random.unit < 0.5 ? 0 : random.between(0, 0.02)
    weight = random.between(0.3, 3)
    swing = random.between(20, 200)
    (chance, alias) = Self.table((1...keys).map { [skew = random.between(0, 1.1)] in pow(Double($0), -skew) })
  }

  /// Its share of the reads `seconds` after the start, relative to the others'.
  func weight(at seconds: Double) -> Double { weight * (1 + 0.5 * sin(2 * .pi * seconds / swing)) }

  /// One of its keys.
  func pick(_ random: inout SeededRandom) -> Int {
    let point = random.unit * Double(keys)
    let column = min(keys - 1, Int(point))
    return point - Double(column) < chance[column] ? column : Int(alias[column])
  }

  private static func table(_ weights: [Double]) -> ([Double], [Int32]) {
    let mean = weights.reduce(0, +) / Double(weights.count)
    var chance = weights.map { $0 / mean }
    var alias = weights.indices.map { Int32($0) }
    var small = chance.indices.filter { chance[$0] < 1 }
    var large = chance.indices.filter { chance[$0] >= 1 }
    while let little = small.popLast(), let much = large.last {
      alias[little] = Int32(much)
      chance[much] -= 1 - chance[little]
      if chance[much] < 1 {
        large.removeLast()
        small.append(much)
      }
    }
    for rest in small + large where chance[rest] > 1 || alias[rest] == Int32(rest) { chance[rest] = 1 }
    return (chance, alias)
  }
}

extension SeededRandom {
  /// In 0..<1.
  var unit: Double { mutating get { Double(next() >> 11) / Double(1 << 53) } }

  /// Between two bounds, evenly or evenly by their logarithms.
  mutating func between(_ low: Double, _ high: Double, logarithmic: Bool = false) -> Double {
    logarithmic ? exp(log(low) + (log(high) - log(low)) * unit) : low + (high - low) * unit
  }
}
