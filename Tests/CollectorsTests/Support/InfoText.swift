import RESP
import TestSupport
import TimeSeries

@testable import Collectors

/// One line of INFO as this test reads it, apart from the collectors' own reader.
struct InfoEntry {
  let section: String
  let field: String
  let value: String

  /// The value as an exact number; nil when it is none. A percent sign is taken off.
  var number: FixedPoint? {
    let text = value.last == "%" ? String(value.dropLast()) : value
    return FixedPoint.parse(Array(text.utf8))
  }

  /// `a=1,b=2` by name.
  var pairs: [String: String] {
    let words = value.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    return Dictionary(words.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
  }

  /// All lines of a reply.
  static func all(of text: String) -> [InfoEntry] {
    var section = ""
    var entries: [InfoEntry] = []
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("# ") {
        section = line.dropFirst(2).lowercased()
      } else if let colon = line.firstIndex(of: ":") {
        entries.append(
          InfoEntry(
            section: section, field: String(line[..<colon]), value: String(line[line.index(after: colon)...])))
      }
    }
    return entries
  }
}

/// What one poll asked and was answered, by the command's text.
struct Transcript {
  private(set) var replies: [String: RESPValue] = [:]
  /// The pipelines, in order.
  private(set) var pipelines: [[String]] = []

  /// Sends commands and remembers what came.
  mutating func ask(_ commands: [RESPCommand], _ connection: RawRedis) throws -> [RESPValue] {
    let answers = try connection.pipeline(
      commands.map { $0.arguments.map { String(decoding: $0, as: UTF8.self) } })
    pipelines.append(commands.map(\.text))
    for (command, answer) in zip(commands, answers) { replies[command.text] = answer }
    return answers
  }

  /// The lines of an INFO reply.
  func info(_ command: String) -> [InfoEntry] { InfoEntry.all(of: replies[command]?.string ?? "") }
}

extension RedisCollection {
  /// A whole poll with a real server and what was said in it.
  mutating func transcribedPoll(_ connection: RawRedis, at seconds: Int64) throws -> (CollectedPoll, Transcript) {
    var transcript = Transcript()
    let collected = try poll(at: seconds) { try transcript.ask($0, connection) }
    return (collected, transcript)
  }
}
