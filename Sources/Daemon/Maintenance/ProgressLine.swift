import Glibc

/// A bar on standard error that shows how far a long work has come; nothing where that is no terminal.
struct ProgressLine: Sendable {
  private let isShown = isatty(STDERR_FILENO) == 1
  /// How much there is to do; 0 where that is not known.
  let total: Int64

  /// Draws `done` of ``total`` over what was drawn before.
  func show(_ done: Int64, _ text: String) {
    guard isShown else { return }
    let part = total > 0 ? max(0, min(1, Double(done) / Double(total))) : 0
    let filled = Int(part * 30)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
    write("\r[\(bar)] \(Int(part * 100)) %  \(text)\u{1B}[K")
  }

  /// Takes the bar away.
  func clear() {
    if isShown { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
