import Glibc

/// The terminal at standard input and output: switched to single keys and a screen of its own, and back.
///
/// Everything that is changed here is changed back by ``restore()``, which may be called at any time and twice.
final class Terminal {
  private var before: termios?

  /// Whether there is a terminal to draw on and to read keys from.
  static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 }

  /// Whether standard output is a terminal that colours are wanted on: `NO_COLOR` is not set, `TERM` is not `dumb`.
  static var hasColor: Bool {
    let environment = ProcessEnvironment.all
    return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Columns and lines; 80 × 24 where the terminal does not say.
  static var size: (width: Int, height: Int) {
    var size = winsize()
    let known = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
    return known ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
  }

  /// Takes the screen: the alternate buffer, no cursor, no line wrap; keys come one by one and are not echoed.
  func take() {
    var attributes = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &attributes) == 0 else { return }
    before = attributes
    // Signals stay the terminal's business: Ctrl-C and Ctrl-Z do what they always do.
    attributes.c_lflag &= ~tcflag_t(ECHO | ICANON)
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &attributes)
    write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
  }

  /// Gives the screen back as it was.
  func restore() {
    guard var attributes = before else { return }
    before = nil
    write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
    _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &attributes)
  }

  /// Draws over what is there, line by line, so that nothing flickers.
  func draw(_ lines: [String]) {
    write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
  }

  /// The keys that were pressed and not read yet; nil when there is nobody at the other end any more.
  static func pressedKeys() -> [UInt8]? {
    var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&waiting, 1, 0) == 1 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }

  private func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR, errno != EAGAIN { return }
      bytes = bytes.dropFirst(max(0, count))
    }
  }
}
