import Foundation

/// Other programs that tests hand their output to.
enum Program {
  /// Where a program lies, nil when it is not installed.
  static func path(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return folders.split(separator: ":").map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
  }

  /// Whether a missing program fails a test rather than skipping it.
  static let areRequired = ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1"

  /// Runs a program on `input` and answers its exit status and everything it printed.
  static func run(_ name: String, _ arguments: [String], input: [UInt8] = []) throws -> (
    status: Int32, output: String
  ) {
    guard let path = path(name) else { throw CocoaError(.executableNotLoadable) }
    let file = FileManager.default.temporaryDirectory.appending(path: "exposition-\(UUID().uuidString)")
    try Data(input).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
