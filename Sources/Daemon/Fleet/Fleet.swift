import CacheModel
import Logging
import TimeSeries

/// All targets at work: takes them in and ends them while the others go on.
///
/// A target is known by its name. Who brought it (the configuration, a file, a cluster, a scrape) owns it; a name that
/// another owner has is refused. When a target ends, its series end at once; its history stays readable, and is taken
/// up again when it comes back, for ``historyStays``. Then its share of the memory goes to the others.
actor Fleet {
  /// Who brought a target.
  enum Owner: Hashable, Sendable {
    case configuration
    case files
    case group(String)
    case scrape
  }

  private struct Member {
    let configuration: TargetConfiguration
    /// As its owner gave it: without the namespaces that were found since.
    let given: TargetConfiguration
    let url: TargetURL?
    let owner: Owner
    var task: Task<Void, Never>?
    /// What hears of its keys, while it does.
    var watch: (parts: TargetWatch, task: Task<Void, Never>)?
    var isEnding = false

    init(_ configuration: TargetConfiguration, _ owner: Owner, given: TargetConfiguration? = nil) {
      self.configuration = configuration
      self.given = given ?? configuration
      self.owner = owner
      url = TargetURL.parse(configuration.url)
    }
  }

  /// How long a former target's history is kept.
  static let historyStays = Duration.seconds(3600)

  private let assembly: TargetAssembly
  private let log: Logger
  private var history: HistoryService?
  private var members: [String: Member] = [:]
  private var resting: [String: TargetRun] = [:]
  private var former: [String: ContinuousClock.Instant] = [:]
  /// Whose files are being closed.
  private var leaving: Set<String> = []
  private var made = 0
  /// Names of clusters and Sentinels' groups in the configuration's order, which no target may have.
  private let groups: [String]
  private var isRunning = false

  /// The configuration's targets, at rest. Throws when a namespace's pattern can't be read.
  init(_ assembly: TargetAssembly) throws {
    self.assembly = assembly
    log = assembly.log
    groups = assembly.configuration.groups.map(\.identity.name)
    for target in assembly.configuration.ownTargets {
      let run = try assembly.run(of: target, position: made, pollsAtOnce: false)
      made += 1
      assembly.snapshots.add(run.first)
      let name = run.first.target.name
      resting[name] = run
      members[name] = Member(target, .configuration)
    }
  }

  /// Works until the task is cancelled; returns when everything is closed. Targets that come later are kept in
  /// `history`'s files, too.
  func run(history: HistoryService?) async {
    self.history = history
    isRunning = true
    for (name, run) in resting { start(run, name) }
    resting = [:]
    while (try? await Task.sleep(for: .seconds(5))) != nil { await housekeeping() }
    isRunning = false
    let tasks = members.values.flatMap { [$0.task, $0.watch?.task] }.compactMap(\.self)
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  /// The targets of `owner` are these from now on: new ones begin, changed ones begin anew with their history, those
  /// that are missing end. One that is given as it was before keeps what ``change(_:to:of:)`` has made of it. Answers the names that
  /// are refused since another owner has them.
  func replace(_ targets: [TargetConfiguration], of owner: Owner) async -> [String] {
    var refused: [String] = []
    let names = Set(targets.map(\.identity.name))
    for (name, member) in members where member.owner == owner && !names.contains(name) { await end(name) }
    for target in targets {
      let name = target.identity.name
      if let member = members[name] {
        if member.owner == owner, target == member.configuration || target == member.given { continue }
        if member.owner != owner || member.isEnding {
          refused.append(name)
          continue
        }
        await change(member, to: target)
        continue
      } else if groups.contains(name) {
        refused.append(name)
        continue
      }
      await add(target, owner)
    }
    return refused
  }

  /// Begins one target of `owner` anew with another configuration, if it still has this one and is at work; answers whether it was.
  func change(_ old: TargetConfiguration, to new: TargetConfiguration, of owner: Owner) async -> Bool {
    let name = old.identity.name
    guard let member = members[name], member.owner == owner, member.configuration == old, !member.isEnding,
      member.task != nil, new.identity.name == name
    else { return false }
    await change(member, to: new, given: member.given)
    return true
  }

  /// Begins a target anew. What hears of its keys goes on if it suits the other configuration, too.
  private func change(_ member: Member, to new: TargetConfiguration, given: TargetConfiguration? = nil) async {
    let watch = new.isHeard(like: member.configuration) ? member.watch : nil
    let name = new.identity.name
    if watch != nil { members[name]?.watch = nil }
    await end(name)
    await add(new, member.owner, given: given, watch: watch)
  }

  /// Takes one target in beside the owner's others; false when its name is another owner's.
  func add(_ target: TargetConfiguration, of owner: Owner) async -> Bool {
    let name = target.identity.name
    if let member = members[name] { return member.owner == owner && !member.isEnding }
    if groups.contains(name) { return false }
    await add(target, owner)
    return members[name]?.owner == owner
  }

  /// Ends one target of `owner`.
  func remove(_ name: String, of owner: Owner) async {
    guard members[name]?.owner == owner else { return }
    await end(name)
  }

  /// The name of the target that `text` means: its name, or else its place, over the scheme that the text has, if any; of
  /// several at one place the first by name. Those that are asked for do not hide those that are listed.
  func name(of text: String) -> String? {
    if let member = members[text], !member.isEnding { return text }
    if groups.contains(text) { return text }
    guard let url = TargetURL.parse(text), url.password == nil else { return nil }
    let matching = members.filter { _, member in
      guard !member.isEnding, let known = member.url, known.isSameServer(as: url) else { return false }
      return !text.contains("://") || known.isSameProtocol(as: url)
    }
    return matching.min {
      ($0.value.owner == .scrape ? 1 : 0, $0.key) < ($1.value.owner == .scrape ? 1 : 0, $1.key)
    }?.key
  }

  /// The servers that `owner` is not to bring again: for files those of the configuration and of groups, for a group those of
  /// the groups before it. The configuration's own targets keep nobody from a group, whose sums need all nodes.
  func servers(before owner: Owner) -> ServerIndex {
    func goesBefore(_ other: Owner) -> Bool {
      switch (other, owner) {
      case (.configuration, .files), (.group, .files): true
      case (.group(let earlier), .group(let name)):
        (groups.firstIndex(of: earlier) ?? 0) < (groups.firstIndex(of: name) ?? 0)
      default: false
      }
    }
    var servers = ServerIndex()
    for (name, member) in members.sorted(by: { $0.key < $1.key }) where goesBefore(member.owner) && !member.isEnding
    {
      if let url = member.url { servers.insert(name, url) }
    }
    return servers
  }

  /// A server that the configuration lists by itself and that is a node of a group, too, is watched twice.
  private func tellTwin(of name: String, _ member: Member) {
    guard let url = member.url else { return }
    let twin = members.first { other in
      switch (other.value.owner, member.owner) {
      case (.configuration, .group), (.group, .configuration): other.value.url?.isSameServer(as: url) == true
      default: false
      }
    }
    guard let twin else { return }
    log.warning(
      "the server is that of \(twin.key), too: sums over targets count it twice", metadata: ["target": "\(name)"])
  }

  /// `watch` is what hears of its keys already; it ends where the target can't be taken in.
  private func add(
    _ target: TargetConfiguration, _ owner: Owner, given: TargetConfiguration? = nil,
    watch: (parts: TargetWatch, task: Task<Void, Never>)? = nil
  ) async {
    while !isRunning {
      guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return await end(watch) }
    }
    let name = target.identity.name
    // Before anything is awaited, so that nobody else takes the name.
    var member = Member(target, owner, given: given)
    member.watch = watch
    members[name] = member
    tellTwin(of: name, member)
    let isBack = former.removeValue(forKey: name) != nil
    while leaving.contains(name) { try? await Task.sleep(for: .milliseconds(10)) }
    if !isBack, owner != .scrape, let history {
      let ring = assembly.store.ring(named: name, period: target.poll.interval.wholeMilliseconds)
      await history.adopt(ring)
    }
    do {
      let run = try assembly.run(of: target, position: made, pollsAtOnce: true, watch: watch?.parts)
      made += 1
      assembly.snapshots.add(run.first)
      // What runs already has been told to end.
      guard isRunning else { return }
      start(run, name)
      log.info("target comes", metadata: ["target": "\(name)"])
    } catch {
      await end(watch)
      members[name] = nil
      log.error("target can't be watched: \(error)", metadata: ["target": "\(name)"])
    }
  }

  private func start(_ run: TargetRun, _ name: String) {
    members[name]?.task = Task { await run.run() }
    guard let watch = run.watch, members[name]?.watch == nil else { return }
    members[name]?.watch = (watch, Task { await watch.run() })
  }

  private func end(_ watch: (parts: TargetWatch, task: Task<Void, Never>)?) async {
    watch?.task.cancel()
    await watch?.task.value
  }

  /// Returns when its last poll is over.
  private func end(_ name: String) async {
    guard let task = members[name]?.task, members[name]?.isEnding == false else { return }
    members[name]?.isEnding = true
    let watch = members[name]?.watch
    watch?.task.cancel()
    task.cancel()
    await task.value
    await watch?.task.value
    assembly.snapshots.remove(name)
    let owner = members[name]?.owner
    members[name] = nil
    former[name] = .now.advanced(by: Self.historyStays)
    if owner == .scrape { await forget(name) }
    log.info("target ends", metadata: ["target": "\(name)"])
  }

  /// Gives up the history of those that are gone for long.
  private func housekeeping() async {
    for (name, end) in former where end <= .now { await forget(name) }
    // However often targets come and go, those that are there keep half of the memory.
    while former.count > max(8, members.count), let oldest = former.min(by: { $0.value < $1.value }) {
      await forget(oldest.key)
    }
  }

  private func forget(_ name: String) async {
    former[name] = nil
    assembly.snapshots.forget(name)
    assembly.store.removeRing(named: name)
    guard let history else { return }
    leaving.insert(name)
    await history.release(name)
    leaving.remove(name)
  }
}
