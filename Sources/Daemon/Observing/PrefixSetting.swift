import MemcachedProtocol

/// Whether a Memcached server counts by prefix (`stats detail`): switches it on where allowed, and off again what this
/// or an earlier run that crashed has switched on.
struct PrefixSetting {
  /// What to say to the server.
  enum Step: String, Sendable {
    case on
    case off

    var command: MemcachedCommand { MemcachedCommand("stats detail \(rawValue)") }
  }

  /// What the note about it is called, and says.
  static let kind = "stats-detail"
  static let on = Step.on.rawValue

  /// Whether it is on since we said so.
  private(set) var isOurs = false
  /// Whether it is not switched on since that could not be noted.
  private(set) var lacksNote = false
  private let manages: Bool
  private let notes: ManagedFlags?
  private var process: String?
  private var isRefused = false
  /// Whether the server was told to switch it on and has not answered: it may have done so.
  private var isInDoubt = false

  /// - Parameter notes: where own switching is noted; nil when there is no such place, so that nothing is switched.
  init(manages: Bool, notes: ManagedFlags?) {
    self.manages = manages
    self.notes = notes
  }

  /// What to do, the setting of this process of the server being known; nil when nothing.
  mutating func next(isOn: Bool, process: String) -> Step? {
    if process != self.process {
      // What an earlier run switched on at this very process is ours; at a former one it is gone.
      isOurs = notes?.read()?.runID == process
      isRefused = false
      isInDoubt = false
      self.process = process
    }
    lacksNote = false
    if !manages { return isOurs ? .off : nil }
    if isOn, isInDoubt { isOurs = true }
    isInDoubt = false
    if isOn || isRefused { return nil }
    isInDoubt = notes?.write(ManagedFlags.Note(runID: process, added: Self.on)) == true
    lacksNote = !isInDoubt
    return isInDoubt ? .on : nil
  }

  /// The server has done it.
  mutating func succeeded(_ step: Step) {
    isOurs = step == .on
    isInDoubt = false
    if step == .off { notes?.remove() }
  }

  /// The server does not do it; not tried again until another process answers.
  mutating func failed() {
    isRefused = true
    isInDoubt = false
    if !isOurs { notes?.remove() }
  }
}
