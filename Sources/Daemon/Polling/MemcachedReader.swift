import CacheClients
import CacheModel
import Collectors
import MemcachedProtocol
import TimeSeries

/// Reads Memcached servers.
final class MemcachedReader: CacheReader {
  private let client: MemcachedClient
  private var collection: MemcachedCollection
  private var setting: PrefixSetting

  init(_ client: MemcachedClient, _ options: MemcachedCollectionOptions, _ setting: PrefixSetting) {
    self.client = client
    self.setting = setting
    collection = MemcachedCollection(options: options)
  }

  var executor: EventLoopExecutor { client.executor }
  var connectionsOpened: Int64 { get async { await client.connectionsOpened } }

  func poll(at tick: UnixTime, deadline: ContinuousClock.Instant) async throws(ClientError) -> CollectedPoll {
    var collected = collection.receive(try await client.pipeline(collection.begin(at: tick), deadline: deadline))
    if let isOn = collection.countsPrefixes, let process = collected.facts.runID,
      try await change(setting.next(isOn: isOn, process: process), deadline) == .on
    {
      // It counts from now on, so that nothing is wrong.
      collected.prefixes?.isOn = true
    }
    if setting.lacksNote { collected.prefixes?.whyOff = .noteNotWritten }
    return collected
  }

  /// Switches counting by prefix, where that is asked for; answers what was done.
  private func change(
    _ step: PrefixSetting.Step?, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> PrefixSetting.Step? {
    guard let step else { return nil }
    let replies = try await client.pipeline([step.command], deadline: deadline)
    guard replies.first?.isDone == true else {
      setting.failed()
      return nil
    }
    setting.succeeded(step)
    collection.noteCounting(step == .on)
    return step
  }

  /// Its keys can't be walked over.
  func take(surveyed series: [(SeriesDefinition, FixedPoint)]) {}

  func abandon() -> Int64 {
    collection.abandon()
    return 0
  }

  /// Takes back what was switched on; gives up after three seconds, three times, and leaves the note for the next start.
  func close() async {
    for _ in 0..<3 where setting.isOurs {
      let client = self.client
      // A task of its own: the poller's is cancelled by now, and would end the call before its answer.
      let replies = await Task {
        try? await client.pipeline([PrefixSetting.Step.off.command], deadline: .now.advanced(by: .seconds(3)))
      }.value
      if replies?.first?.isDone == true { setting.succeeded(.off) }
    }
    await client.close()
  }
}

extension MemcachedReply {
  /// Whether a setting was taken: in the text protocol a word, in the binary one statistics without any.
  fileprivate var isDone: Bool { self == .status("OK") || self == .lines([]) }
}
