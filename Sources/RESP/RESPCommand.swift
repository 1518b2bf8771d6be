import CHiredis

/// A command as a client sends it: an array of bulk strings.
public struct RESPCommand: Sendable, Hashable {
  /// The command's words; the first is its name.
  public let arguments: [[UInt8]]

  /// A command of text words; at least one.
  public init(_ arguments: String...) {
    self.init(arguments.map { Array($0.utf8) })
  }

  /// A command of any bytes; an empty one is a programmer's error.
  public init(_ arguments: [[UInt8]]) {
    precondition(!arguments.isEmpty, "a command has a name")
    self.arguments = arguments
  }

  /// The name in capitals, with its subcommand for those commands that are nothing without: fit for logs, since
  /// neither keys nor passwords are part of it.
  public var name: String {
    let words = arguments.prefix(2).map { String(decoding: $0, as: UTF8.self).uppercased() }
    let compound: Set = ["CLIENT", "CLUSTER", "COMMAND", "CONFIG", "LATENCY", "MEMORY", "SLOWLOG"]
    return compound.contains(words[0]) ? words.joined(separator: " ") : words[0]
  }

  /// The bytes on the wire, by hiredis' formatter.
  public var encoded: [UInt8] {
    let lengths = arguments.map(\.count)
    let joined = Array(arguments.joined())
    return unsafe joined.withUnsafeBytes { bytes in
      var pointers: [UnsafePointer<CChar>?] = unsafe []
      // An empty argument still needs an address; its length of 0 keeps it from being read.
      let base = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
      var offset = 0
      for length in lengths {
        unsafe pointers.append(base?.advanced(by: offset).assumingMemoryBound(to: CChar.self))
        offset += length
      }
      var target: UnsafeMutablePointer<CChar>?
      let count = unsafe redisFormatCommandArgv(&target, Int32(arguments.count), &pointers, lengths)
      guard count >= 0, let formatted = unsafe target else { preconditionFailure("memory is exhausted") }
      defer { unsafe redisFreeCommand(formatted) }
      return unsafe Array(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
    }
  }
}
