import CacheModel
import RESP
import TestSupport
import TimeSeries

@testable import Collectors

extension RedisCollection {
  /// A whole poll with a real server; `commands` is told each pipeline's.
  mutating func poll(
    _ connection: RawRedis, at seconds: Int64, commands: ([RESPCommand]) -> Void = { _ in }
  ) throws -> CollectedPoll {
    try poll(at: seconds) { asked in
      commands(asked)
      return try connection.pipeline(asked)
    }
  }

  /// A whole poll with replies that `answer` makes.
  mutating func poll(at seconds: Int64, _ answer: ([RESPCommand]) throws -> [RESPValue]) rethrows -> CollectedPoll {
    let time = UnixTime(seconds: seconds)
    var commands = begin(at: time)
    while true {
      switch receive(try answer(commands), at: time) {
      case .more(let further): commands = further
      case .done(let collected): return collected
      }
    }
  }
}

extension CollectedPoll {
  /// A series' value by its key, `redis_db_keys{db="db0"}`; nil when it is not in the sample.
  subscript(_ key: String) -> FixedPoint? {
    var found: FixedPoint?
    sample.forEachPresent { index, value in
      if sample.catalog[index].key == key { found = value }
    }
    return found
  }

  /// All series with their values.
  var series: [String: FixedPoint] {
    var all: [String: FixedPoint] = [:]
    sample.forEachPresent { all[sample.catalog[$0].key] = $1 }
    return all
  }

  /// The record of one collector.
  func status(_ name: String) -> CollectorStatus? { collectors.first { $0.name == name } }
}

extension RESPCommand {
  /// The command as a person would type it.
  var text: String { arguments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }
}

extension RESPValue {
  /// A bulk string of text.
  static func text(_ text: String) -> RESPValue { .bulk(Array(text.utf8)) }

  /// An error line.
  static func failure(_ line: String) -> RESPValue { .error(RESPErrorReply(line: line)) }
}
