import CacheClients
import CacheModel
import Collectors
import NIOPosix
import Namespaces
import RESP

/// Namespaces found in a part of a server's keys, by SCAN, which touches none of them.
struct NamespaceSuggestion {
  let found: [KeyShapes.Found]
  let keys: Int
  /// Whether those were all keys of the database.
  let isWhole: Bool

  /// Walks over at most `limit` keys of the target's database, a thousand at a time and each time within its deadline. Of a master
  /// behind Sentinels, its own.
  static func make(for target: TargetConfiguration, limit: Int) async throws(ClientError) -> NamespaceSuggestion {
    let server = try await server(of: target)
    let client = RedisClient(
      endpoint: server.endpoint, clientName: "cachegauge-suggest", group: MultiThreadedEventLoopGroup.singleton)
    var shapes = KeyShapes()
    var cursor = "0"
    repeat {
      let deadline = ContinuousClock.now.advanced(by: max(target.poll.timeout, .seconds(2)))
      let reply: RESPValue
      do throws(ClientError) {
        reply = try await client.pipeline([RESPCommand("SCAN", cursor, "COUNT", "1000")], deadline: deadline)[0]
      } catch {
        await client.close()
        throw error
      }
      guard let parts = reply.array, parts.count == 2, let next = parts[0].string, let keys = parts[1].array else {
        await client.close()
        throw ClientError(
          reply.error?.code == "NOPERM" ? .permissionDenied : .serverError,
          "SCAN is refused (\(reply.error?.code ?? "no list"))")
      }
      for case .bulk(let key) in keys where shapes.count < limit { shapes.add(key.span) }
      cursor = next
    } while cursor != "0" && shapes.count < limit
    await client.close()
    return NamespaceSuggestion(found: shapes.found, keys: shapes.count, isWhole: cursor == "0")
  }

  /// Where the target's keys are: what it is itself, or the master that the first Sentinel names which answers.
  private static func server(of target: TargetConfiguration) async throws(ClientError) -> TargetConfiguration {
    guard let url = TargetURL.parse(target.url), let name = url.masterName else { return target }
    var failure = ClientError(.unreachable, "no Sentinel answers")
    for place in [url.place] + url.otherPlaces {
      let sentinel = RedisClient(
        endpoint: target.teller(at: place).endpoint, clientName: "cachegauge-topology",
        group: MultiThreadedEventLoopGroup.singleton)
      do throws(ClientError) {
        let master = try await master(named: name, by: sentinel, within: max(target.poll.timeout, .seconds(2)))
        await sentinel.close()
        let server = target.server(at: master)
        guard TargetURL.parse(server.url) != nil else {
          throw ClientError(.serverError, "the Sentinel names a master at no usable address")
        }
        return server
      } catch {
        await sentinel.close()
        failure = error
      }
    }
    throw failure
  }

  private static func master(
    named name: String, by sentinel: RedisClient, within timeout: Duration
  ) async throws(ClientError) -> TargetURL.Place {
    let replies = try await sentinel.pipeline(
      SentinelTopology.commands(master: name), deadline: .now.advanced(by: timeout))
    do throws(CollectorFailure) {
      let nodes = try SentinelTopology.read(replies).nodes
      if let master = nodes.first(where: { $0.role == .master }) { return .host(master.host, port: master.port) }
    } catch { throw ClientError(error) }
    throw ClientError(.serverError, "the Sentinel names no master")
  }

  /// How many keys are looked at where nobody says how many.
  static let looks = 20_000

  /// Finds the namespaces of each target that declares none but wants its misses observed, all at once. They stay what they are
  /// until cachegauge starts again; a target that does not answer, or has too few keys, goes without.
  static func complete(_ configuration: Configuration, limit: Int = looks) async -> Configuration {
    var result = configuration
    await withTaskGroup(of: (Int, NamespaceSuggestion?).self) { group in
      for (index, target) in configuration.targets.enumerated()
      where target.lacksNamespaces {
        group.addTask { (index, try? await make(for: target, limit: limit)) }
      }
      for await (index, suggestion) in group {
        guard let suggestion, suggestion.isOfEnough else { continue }
        result.targets[index].namespaces = Self.definitions(of: suggestion.found)
      }
    }
    return result
  }

  /// Whether it rests on keys enough to go by it without being asked.
  var isOfEnough: Bool { keys >= LookSchedule.leastKeys }

  /// What was found, as the configuration has it.
  static func definitions(of found: [KeyShapes.Found]) -> [NamespaceDefinition] {
    found.map { NamespaceDefinition(name: $0.name, keys: [$0.pattern]) }
  }

  /// Lines to paste into the configuration below a target.
  var text: String {
    let percent = { (share: Double) in
      let tenths = Int((share * 1000).rounded())
      return "\(tenths / 10).\(tenths % 10) %"
    }
    var text = "# From \(isWhole ? "all" : "the first") \(keys) keys that SCAN gave. Rename what you like;\n"
    text += "# of several patterns that match a key, the most specific wins.\n"
    if found.isEmpty { text += "# No part of the keys repeats often enough to name something.\n" }
    text += found.isEmpty ? "namespaces: []\n" : "namespaces:\n"
    for one in found {
      text += "  - name: \(one.name)\n    keys: [\(Self.quoted(one.pattern))] # \(percent(one.share)) of the keys\n"
    }
    let share = found.reduce(0) { $0 + $1.share }
    if keys > 0, share < 0.995 { text += "  # \(percent(1 - min(1, share))) of the keys are of none of these.\n" }
    return text
  }

  /// As YAML has it in double quotes.
  private static func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }.joined() + "\""
  }
}
