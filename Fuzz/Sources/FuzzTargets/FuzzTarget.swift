/// One parser of bytes from outside, and what is to hold whatever those are.
///
/// A run either returns or ends the process: a trap, a `preconditionFailure` of a property that does not hold, a hang.
public struct FuzzTarget: Sendable {
  /// Short and unique; also the name of its folder of examples.
  public let name: String
  /// What a mutation may put in: words of the language that it reads.
  public let tokens: [[UInt8]]
  /// More examples than those in files.
  public let examples: @Sendable () -> [[UInt8]]
  /// The most bytes of an input.
  public let longest: Int
  /// Makes a fresh parser's run. What it keeps between runs is dropped every ``lifetime`` runs.
  public let make: @Sendable () -> ([UInt8]) -> Void

  /// Runs that share what one call of ``make`` made.
  public static let lifetime: UInt64 = 256

  init(
    _ name: String, tokens: [String], longest: Int = 4096, examples: @escaping @Sendable () -> [[UInt8]] = { [] },
    _ make: @escaping @Sendable () -> ([UInt8]) -> Void
  ) {
    self.name = name
    self.tokens = tokens.map { Array($0.utf8) }
    self.longest = longest
    self.examples = examples
    self.make = make
  }

  /// All of them, in the order in which they run.
  public static let all: [FuzzTarget] = protocols + statistics + texts + storage

  /// Ends the process when a property does not hold.
  static func require(_ holds: Bool, _ property: String) {
    if !holds { preconditionFailure("the property does not hold: \(property)") }
  }
}
