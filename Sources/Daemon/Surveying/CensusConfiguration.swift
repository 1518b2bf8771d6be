/// Whether and at which cost keys are counted by walking over all of them.
public struct CensusConfiguration: Sendable, Hashable {
  /// Off by default.
  public var isOn = false
  /// The most of the server's time that walking may take, in 0.0001…0.2.
  public var share = 0.01
  /// From the end of a walk to the begin of the next.
  public var interval = Duration.seconds(600)
  /// How many elements of a nested value stand for all of them when it is measured; 0 measures each.
  public var samples = 5

  /// How many keys are asked in each poll for how long they have left to live: the server counts each as a hit.
  public var ttlSample = 0
  /// Whether some keys are asked by `DEBUG OBJECT` for how long they were not touched, which says what less memory would cost.
  public var idleTimes = false

  /// Off.
  public init() {}
}
