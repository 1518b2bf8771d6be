import CacheClients
import CacheModel
import Collectors
import Logging
import NIOPosix
import RESP
import TimeSeries

/// Follows a cluster, or the master and replicas that Sentinels watch: asks one of those who know at each tick, brings
/// the servers to the fleet, and puts their snapshots together as one cache.
actor GroupFollower: FleetSource {
  private let target: TargetConfiguration
  private let identity: Target
  private let url: TargetURL
  private let assembly: TargetAssembly
  private let log: Logger
  private var state: GroupState
  private var history: TargetHistory
  /// Who is asked, and over what.
  private var teller: (place: TargetURL.Place, client: RedisClient)?
  private var connects: Int64 = 0
  /// Nodes that are not watched as this group's, with the reason of each.
  private var leftOut: [TargetFileFigures.LeftOut: [String]] = [:]

  /// A follower of `target`, which is a group. Makes its ring and shows it at once.
  init(_ target: TargetConfiguration, _ assembly: TargetAssembly) {
    guard let url = TargetURL.parse(target.url) else {
      preconditionFailure("the URL was checked when it was read")
    }
    self.target = target
    self.url = url
    self.assembly = assembly
    log = assembly.log
    let own = target.identity
    identity = Target(
      name: own.name, isNamed: true, kind: own.kind, address: own.address, labels: own.labels, part: .cluster)
    state = GroupState(target, identity, started: assembly.started)
    history = TargetHistory(
      ring: assembly.store.ring(named: own.name, period: target.poll.interval.wholeMilliseconds))
    state.resumeCauses(history.ring)
    assembly.snapshots.add(state.snapshot)
    assembly.snapshots.expect(own.name)
  }

  func run(_ fleet: Fleet) async {
    var schedule = TickSchedule(intervalMilliseconds: target.poll.interval.wholeMilliseconds)
    let clock = ContinuousClock()
    while !Task.isCancelled {
      let tick = schedule.next(after: WallClock.now)
      guard (try? await clock.sleep(for: .milliseconds(schedule.wait(at: WallClock.now, for: tick)))) != nil else {
        break
      }
      let start = clock.now
      await ask()
      await bring(fleet)
      // After its snapshots, so that nothing which they tell is missing in it.
      let nodes = self.nodes
      state.gather(
        nodes, counted: assembly.tallies.figures(of: identity.name), at: WallClock.now,
        seconds: (clock.now - start).inSeconds, connects: connects)
      history.append(state.snapshot, at: tick)
      state.recorded(refused: history.refused, oldest: history.oldest)
      if let shortage = history.takeShortage() { log.warning("\(shortage)", metadata: metadata) }
      state.judge(at: tick, history: history.ring)
      assembly.snapshots.publish(state.snapshot)
    }
    await teller?.client.close()
  }

  // MARK: Who the nodes are

  /// Asks until somebody tells: the one that told last, then nodes that answer, then the seeds; three at most, so that
  /// black holes do not hold up the roles that the nodes tell themselves. Who is behind what is known is asked last.
  private func ask() async {
    var failure: ClientError?
    var stale: Topology?
    for place in candidates.prefix(3) {
      do throws(ClientError) {
        let answer = try await ask(place)
        if let topology = state.topology, answer.epoch < topology.epoch, place != candidates.last {
          stale = stale ?? answer
          await forgetTeller()
          continue
        }
        return take(answer)
      } catch {
        failure = error
        await forgetTeller()
      }
    }
    if let stale { return take(stale) }
    let cause = failure?.cause ?? .unreachable
    if state.failure != cause {
      log.warning("nobody tells the nodes (\(cause.rawValue)): \(failure?.detail ?? "")", metadata: metadata)
    }
    state.failed(cause)
  }

  private func take(_ answer: Topology) {
    if state.failure != nil { log.notice("the nodes are told again", metadata: metadata) }
    state.told(answer, at: WallClock.now)
  }

  private func ask(_ place: TargetURL.Place) async throws(ClientError) -> Topology {
    let client: RedisClient
    if let teller, teller.place == place {
      client = teller.client
    } else {
      await forgetTeller()
      client = RedisClient(
        endpoint: target.teller(at: place).endpoint, clientName: "cachegauge-topology",
        group: MultiThreadedEventLoopGroup.singleton)
      teller = (place, client)
      connects += 1
    }
    let deadline = ContinuousClock.now.advanced(by: target.poll.timeout)
    let commands = url.masterName.map { SentinelTopology.commands(master: $0) } ?? ClusterTopology.commands
    let replies = try await client.pipeline(commands, deadline: deadline)
    do throws(CollectorFailure) {
      if url.masterName != nil { return try SentinelTopology.read(replies) }
      guard case .host(let host, _) = place else {
        preconditionFailure("nodes and seeds are hosts; the configuration refuses sockets")
      }
      return try ClusterTopology.read(replies, asked: host, prefersNames: url.isEncrypted)
    } catch {
      throw ClientError(error)
    }
  }

  private func forgetTeller() async {
    let client = teller?.client
    teller = nil
    await client?.close()
  }

  private var candidates: [TargetURL.Place] {
    var places: [TargetURL.Place] = []
    func add(_ place: TargetURL.Place) { if !places.contains(place) { places.append(place) } }
    if let teller { add(teller.place) }
    if url.masterName == nil {
      for node in state.topology?.nodes ?? [] where snapshot(of: node)?.isUp == true {
        add(.host(node.host, port: node.port))
      }
    }
    let seeds = [url.place] + url.otherPlaces + target.seeds.compactMap { TargetURL.parse($0)?.place }
    // Another seed goes first each time, so that all are tried however many are dead.
    let turn = Int(state.snapshot.polls) % seeds.count
    for place in seeds[turn...] + seeds[..<turn] { add(place) }
    return places
  }

  // MARK: The nodes as targets

  private func bring(_ fleet: Fleet) async {
    guard let topology = state.topology else {
      if state.snapshot.polls > 0 { assembly.snapshots.arrived(identity.name) }
      return
    }
    assembly.tallies.told(
      Dictionary(topology.nodes.map { (name(of: $0), $0.role) }, uniquingKeysWith: { $1 }), of: identity.name)
    let own = Fleet.Owner.group(identity.name)
    let earlier = await fleet.servers(before: own)
    var targets = topology.nodes.map(configuration)
    // A server may name what is no address, such as `?` where it knows none.
    targets.removeAll { TargetURL.parse($0.url) == nil }
    var leftOut: [TargetFileFigures.LeftOut: [String]] = [:]
    targets.removeAll { node in
      guard let other = TargetURL.parse(node.url).flatMap(earlier.name(at:)) else { return false }
      leftOut[.sameServer, default: []].append("\(node.identity.name) is the same server as \(other)")
      return true
    }
    let refused = await fleet.replace(targets, of: own)
    if !refused.isEmpty { leftOut[.nameTaken] = refused.map { "the name \($0) is taken" } }
    tell(leftOut)
    assembly.snapshots.arrived(identity.name)
  }

  /// Counts the nodes that are not watched as nodes of this group, and tells of them once.
  private func tell(_ leftOut: [TargetFileFigures.LeftOut: [String]]) {
    guard leftOut != self.leftOut else { return }
    self.leftOut = leftOut
    assembly.snapshots.note(
      TargetFileFigures(leftOut: leftOut.mapValues { Int64($0.count) }), of: identity.name)
    let reasons = leftOut.values.flatMap(\.self).sorted()
    if !reasons.isEmpty {
      log.warning("nodes are left out: \(reasons.joined(separator: "; "))", metadata: metadata)
    }
  }

  private func configuration(of node: Topology.Node) -> TargetConfiguration {
    var configuration = target.server(at: .host(node.host, port: node.port))
    configuration.name = name(of: node)
    configuration.labels = [Label("cluster", identity.name)] + target.labels
    configuration.part = .node(of: identity.name)
    return configuration
  }

  private func name(of node: Topology.Node) -> String { "\(identity.name)/\(node.address)" }

  private func snapshot(of node: Topology.Node) -> TargetSnapshot? { assembly.snapshots[name(of: node)] }

  /// By address.
  private var nodes: [String: TargetSnapshot] {
    var nodes: [String: TargetSnapshot] = [:]
    for node in state.topology?.nodes ?? [] { nodes[node.address] = snapshot(of: node) }
    return nodes
  }

  private var metadata: Logger.Metadata { ["cluster": "\(identity.name)"] }
}
