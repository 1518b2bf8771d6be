import CacheClients
import Collectors
import Glibc

/// A note in a file of what cachegauge switched on at which server, such as notification flags: written before, removed
/// after it is taken back. So a crash between leaves the note, and the next start knows what is its own.
struct ManagedFlags: Sendable {
  /// What the note says.
  struct Note: Sendable, Hashable {
    /// The server's process, by its run id: flags don't outlive it unless somebody rewrites its configuration.
    var runID: String
    /// The letters that were added.
    var added: String
  }

  private let directory: String
  private let path: String
  private let letters: Set<Character>

  /// The note about the server at `address`, and the setting `kind` of it, whose letters are these.
  init(
    directory: String, address: String, kind: String = "notify",
    letters: Set<Character> = Set(NotificationFlags.needed.letters)
  ) {
    self.directory = directory
    self.letters = letters
    let name = String(address.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? $0 : "_" })
    path = "\(directory)/\(kind)-\(name).note"
  }

  /// Where notes are by convention: what systemd gives, else under the user's home.
  static func defaultDirectory(_ environment: [String: String]) -> String? {
    if let given = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(given) }
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/cachegauge" }
    return environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.local/state/cachegauge" : nil }
  }

  /// Where notes are: where the configuration says, or else by convention.
  static func directory(_ given: String?) -> String? { given ?? defaultDirectory(ProcessEnvironment.all) }

  /// Why no note could be written there; nil where one could. Makes and writes nothing.
  static func obstacle(in directory: String?) -> String? {
    guard let directory else { return "there is no STATE_DIRECTORY, XDG_STATE_HOME or HOME to note it in" }
    var parts = directory.split(separator: "/")
    var status = stat()
    var nearest: String { "/" + parts.joined(separator: "/") }
    // What is missing is made when it is needed.
    while unsafe stat(nearest, &status) != 0, errno == ENOENT, !parts.isEmpty { parts.removeLast() }
    guard unsafe access(nearest, W_OK | X_OK) == 0 else { return "\(nearest) may not be written by this user" }
    return status.st_mode & S_IFMT == S_IFDIR ? nil : "\(nearest) is no directory"
  }

  /// The note; nil when there is none, or none that makes sense.
  func read() -> Note? {
    guard let bytes = try? contentsOfFile(at: path, upTo: 256) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, words[1].allSatisfy({ letters.contains($0) }) else {
      return nil
    }
    return Note(runID: String(words[0]), added: String(words[1]))
  }

  /// Writes the note so that it survives a crash; false when that is not possible.
  func write(_ note: Note) -> Bool {
    makeDirectories()
    let temporary = path + ".new"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    let bytes = Array("\(note.runID) \(note.added)\n".utf8)
    let isWritten = unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    close(descriptor)
    return unsafe isWritten && rename(temporary, path) == 0
  }

  /// Removes the note.
  func remove() { unsafe unlink(path) }

  private func makeDirectories() {
    var prefix = ""
    for part in directory.split(separator: "/") {
      prefix += "/\(part)"
      unsafe mkdir(prefix, 0o700)
    }
  }
}
