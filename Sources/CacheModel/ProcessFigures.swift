/// What the operating system says of cachegauge's own process. Each is nil where it can't be read.
public struct ProcessFigures: Sendable, Hashable {
  /// User and system time together, in seconds.
  public var cpuSeconds: Double?
  /// Resident memory in bytes.
  public var residentBytes: Int64?
  /// Address space in bytes.
  public var virtualBytes: Int64?
  /// Open file descriptors.
  public var openFiles: Int64?
  /// The most file descriptors that the process may open; nil where there is no limit, too.
  public var maxFiles: Int64?
  /// When the process started.
  public var startTime: UnixTime?

  /// Figures of a process; nil for each that is not known.
  public init(
    cpuSeconds: Double? = nil, residentBytes: Int64? = nil, virtualBytes: Int64? = nil,
    openFiles: Int64? = nil, maxFiles: Int64? = nil, startTime: UnixTime? = nil
  ) {
    self.cpuSeconds = cpuSeconds
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
    self.openFiles = openFiles
    self.maxFiles = maxFiles
    self.startTime = startTime
  }
}
