/// An application as its cache sees it: parts of the cache, and changes that make some of their keys invalid.
struct DemoApplication: Sendable {
  /// As it is called on the command line.
  var name: String
  /// The parts; each lookup is of one of them.
  var parts: [DemoPart]
  /// What happens beside lookups.
  var changes: [DemoChange] = []
  /// Whether it counts its own hits and misses into hashes `stats:<part>`.
  var countsItself = false
  /// What keys begin with that it keeps in its own process also where it has a server; no key begins so unless it is said.
  var ownPrefix = " "
  /// A list of the last part that is sorted now and then, which is slow; nil for none.
  var slowKey: String?

  /// The five applications of `examples/`.
  static let examples: [DemoApplication] = [.brainwave, .ragFortress, .aiPlayground, .speedRun, .auraConnect]

  /// The restaurant of the demo: it counts itself, and one of its commands is slow.
  static let restaurant = DemoApplication(
    name: "restaurant", parts: DemoNamespace.all.map(\.part), countsItself: true, slowKey: DemoNamespace.slowKey)
}

/// Something that changes in the application's database now and then, upon which its cache layer removes what held it.
struct DemoChange: Sendable {
  /// Batches from one to the next; there are 20 a second.
  var every: Int
  /// What is removed; `number` says which record has changed.
  var removals: @Sendable (_ number: Int) -> [DemoRemoval]
}

/// What a cache layer removes.
enum DemoRemoval: Sendable, Hashable {
  /// One key.
  case key(String)
  /// All keys that match a glob; they are looked for with SCAN, as the applications' libraries do.
  case pattern(String)
}
