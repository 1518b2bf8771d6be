import CacheModel
public import RESP

/// What `CLUSTER NODES` says, or `CLUSTER SLOTS` where that is forbidden.
public enum ClusterTopology {
  /// To be sent in one pipeline; the first reply that is no error counts.
  public static let commands = [RESPCommand("CLUSTER", "NODES"), RESPCommand("CLUSTER", "SLOTS")]

  /// Reads the replies of ``commands``. `asked` is the host that was asked, for a node that does not know its own;
  /// `prefersNames` takes announced host names instead of addresses where there are any.
  public static func read(_ replies: [RESPValue], asked: String, prefersNames: Bool) throws(CollectorFailure)
    -> Topology
  {
    guard replies.count == commands.count else {
      throw CollectorFailure(.malformedReply, "CLUSTER NODES: no reply")
    }
    if replies[0].error == nil {
      guard let text = replies[0].string else {
        throw CollectorFailure(.malformedReply, "CLUSTER NODES: no text")
      }
      return try read(nodes: text, asked: asked, prefersNames: prefersNames)
    }
    do throws(CollectorFailure) {
      return try slots(replies[1].elements(of: "CLUSTER SLOTS"), asked: asked)
    } catch {
      // The first refusal says more: it is the command that is wanted.
      if let reply = replies[0].error { throw CollectorFailure(reply, to: "CLUSTER NODES") }
      throw error
    }
  }

  private struct Line {
    var id: String
    var masterID: String?
    var node: Topology.Node
    var lowestSlot: Int?
    var epoch: Int64
  }

  /// Reads the text of `CLUSTER NODES`. Nodes without an address, or that are not part of the cluster yet, are left out.
  static func read(nodes text: String, asked: String, prefersNames: Bool) throws(CollectorFailure) -> Topology {
    var lines: [Line] = []
    for (number, line) in text.split(whereSeparator: \.isNewline).enumerated() {
      guard let line = try Self.line(line, number: number + 1, asked: asked, prefersNames) else { continue }
      lines.append(line)
    }
    guard !lines.isEmpty else { throw CollectorFailure(.malformedReply, "CLUSTER NODES: no node") }
    let masters = lines.compactMap { line in line.lowestSlot.map { (id: line.id, slot: $0) } }
      .sorted { ($0.slot, $0.id) < ($1.slot, $1.id) }
    let shards = Dictionary(
      masters.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let nodes = lines.map { line in
      var node = line.node
      node.shard = shards[line.masterID ?? line.id]
      return node
    }
    return Topology(nodes: nodes, epoch: lines.map(\.epoch).max() ?? 0, hasSlots: true)
  }

  /// `id ip:port@bus,name,… flags master ping pong epoch link slot slot-slot …`
  private static func line(_ line: Substring, number: Int, asked: String, _ prefersNames: Bool)
    throws(CollectorFailure)
    -> Line?
  {
    let fields = line.split(separator: " ")
    func fail(_ what: String) -> CollectorFailure {
      CollectorFailure(.malformedReply, "CLUSTER NODES, line \(number): \(what)")
    }
    guard fields.count >= 8 else { throw fail("fewer than eight fields") }
    let flags = Set(fields[2].split(separator: ",").map(String.init))
    if flags.contains("noaddr") || flags.contains("handshake") { return nil }
    let parts = fields[1].split(separator: ",", omittingEmptySubsequences: false)
    let place = parts[0].prefix { $0 != "@" }
    guard let colon = place.lastIndex(of: ":"), let port = UInt16(place[place.index(after: colon)...]), port > 0
    else {
      throw fail("no address")
    }
    guard let epoch = Int64(fields[6]) else { throw fail("no epoch") }
    let name = parts.count > 1 ? String(parts[1]) : ""
    let address = String(place[..<colon])
    let host = prefersNames && !name.isEmpty ? name : address
    let (slots, lowest) = try slotRanges(fields[8...], fail)
    let isMaster = flags.contains("master")
    return Line(
      id: String(fields[0]), masterID: isMaster || fields[3] == "-" ? nil : String(fields[3]),
      node: Topology.Node(
        host: host.isEmpty ? asked : host, port: port, role: isMaster ? .master : .replica,
        slots: isMaster ? slots : 0, isFailing: flags.contains("fail")),
      lowestSlot: isMaster ? lowest : nil, epoch: epoch)
  }

  /// How many slots, and the lowest. Slots on the move stand in brackets: they are still served by who lists them.
  private static func slotRanges(
    _ fields: ArraySlice<Substring>, _ fail: (String) -> CollectorFailure
  ) throws(CollectorFailure) -> (count: Int, lowest: Int?) {
    var (count, lowest) = (0, Int?.none)
    for field in fields where !field.hasPrefix("[") {
      let ends = field.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = Int(ends[0]), let last = Int(ends[ends.count - 1]),
        0 <= first, first <= last, last < 16_384
      else { throw fail("a range of slots that is none") }
      count += last - first + 1
      lowest = min(lowest ?? first, first)
    }
    return (count, lowest)
  }

  /// Ranges, each with its master first and its replicas behind it.
  private static func slots(_ ranges: [RESPValue], asked: String) throws(CollectorFailure) -> Topology {
    var nodes: [String: Topology.Node] = [:]
    var lowest: [String: Int] = [:]
    var masterOf: [String: String] = [:]
    for range in ranges {
      let parts = try range.elements(of: "CLUSTER SLOTS")
      guard parts.count >= 3, case .integer(let first) = parts[0], case .integer(let last) = parts[1],
        0 <= first, first <= last, last < 16_384
      else { throw CollectorFailure(.malformedReply, "CLUSTER SLOTS: a range that is none") }
      var master: String?
      for part in parts[2...] {
        let fields = try part.elements(of: "CLUSTER SLOTS")
        guard fields.count >= 2, case .integer(let port) = fields[1], let port = UInt16(exactly: port), port > 0
        else {
          throw CollectorFailure(.malformedReply, "CLUSTER SLOTS: a node without an address")
        }
        let host = fields[0].string.flatMap { ["", "?"].contains($0) ? nil : $0 } ?? asked
        var node = Topology.Node(host: host, port: port, role: master == nil ? .master : .replica)
        let address = node.address
        if master == nil { node.slots = Int(last - first) + 1 + (nodes[address]?.slots ?? 0) }
        nodes[address] = node
        masterOf[address] = master ?? address
        master = master ?? address
      }
      if let master { lowest[master] = min(lowest[master] ?? Int(first), Int(first)) }
    }
    guard !nodes.isEmpty else { throw CollectorFailure(.malformedReply, "CLUSTER SLOTS: no node") }
    let order = lowest.sorted { $0.value < $1.value }.map(\.key)
    for (address, master) in masterOf { nodes[address]?.shard = order.firstIndex(of: master) }
    return Topology(nodes: Array(nodes.values), epoch: 0, hasSlots: true)
  }
}
