public import CacheModel
public import Collectors
import Health

/// One cache to watch.
public struct TargetConfiguration: Sendable, Equatable {
  /// The label `target`; nil only when there is a single target, whose series then carry no such label.
  public var name: String?
  /// `redis://host:port/db` and its relatives, or `unix:///path`; credentials in it were moved to
  /// ``username`` and ``password``.
  public var url: String
  /// The user to authenticate as; nil for the server's default user.
  public var username: String?
  /// The password itself.
  public var password: Secret?
  /// A file that holds the password, read anew at each connection.
  public var passwordFile: String?
  /// How `rediss://` and `valkeys://` are secured.
  public var tls = TLSConfiguration()
  /// Hit rates that are asked of namespaces that don't say their own; nil asks for none.
  public var preset: Preset?
  /// Pace and deadline of this target's polls.
  public var poll = PollConfiguration()
  /// In the file's order, with the preset's hit rates filled in.
  public var namespaces: [NamespaceDefinition] = []
  /// Sources that need the server's help.
  public var observe = ObserveConfiguration()
  /// Whether keys are counted by walking over all of them.
  public var census = CensusConfiguration()
  /// What is asked of a Memcached server beside what always is.
  public var memcached = MemcachedConfiguration()
  /// Of an `http://` URL: what is where in the answer.
  public var json = JSONStatsConfiguration()
  /// What the server calls its CONFIG command; nil when it is not to be sent. Default `CONFIG`.
  public var configCommand: String? = "CONFIG"
  /// Whether the URL is that of one node of a cluster, whose nodes are each a target of its own; further nodes to ask
  /// for the others are ``seeds``.
  public var isCluster = false
  /// URLs of further nodes that know the cluster.
  public var seeds: [String] = []
  /// How to log in to the Sentinels of a `sentinel://` URL; ``username`` and the passwords are for the servers.
  public var sentinel = SentinelLogin()
  /// Labels of all its series, behind `target`.
  public var labels: [Label] = []
  /// How it stands to the other targets.
  public var part = TargetPart.whole
  /// Which keys are looked at one by one, by pattern or by group.
  public var checks = KeyCheckConfiguration()
  /// Families that are served beside those that always are.
  public var collect: Set<RedisFamilyChoice> = RedisFamilyChoice.usual
  /// Thresholds of warnings that differ from the defaults, by their name in the file; base units and ratios.
  public var health = HealthOverrides()

  /// A target at `url` with the defaults.
  public init(url: String) {
    self.url = url
  }

  /// The target as every other floor names it, free of credentials.
  public var identity: Target {
    let parsed = TargetURL.parse(url)
    let address = parsed?.address ?? "invalid"
    return Target(
      name: name ?? address, isNamed: name != nil, kind: parsed?.kind ?? .redis, address: address, labels: labels,
      part: part)
  }
}

/// What is asked of a Memcached server beside what always is.
public struct MemcachedConfiguration: Sendable, Hashable {
  /// Whether cachegauge may switch the server's counting by prefix on (`stats detail on`), and off again when it ends.
  public var manage = false
  /// Whether the server's log of lookups, stores and evictions is taken (`watch`): hits, misses and their causes by namespace.
  public var watch = false
  /// Whether the server asks for SASL (`-S`), so that the binary protocol is spoken.
  public var sasl = false
  /// Slab classes whose figures are shown; 0 … 63, default 8.
  public var slabClasses = 8
  /// Whether connections are counted by what they do, from `stats conns`.
  public var connections = false
  /// Where is noted that counting was switched on, so that it is switched off after a crash; nil for a place by
  /// convention.
  public var stateDirectory: String?

  /// The defaults.
  public init() {}
}

/// Credentials for Sentinels.
public struct SentinelLogin: Sendable, Hashable {
  /// The user to authenticate as; nil for the default user.
  public var username: String?
  /// The password itself.
  public var password: Secret?
  /// A file that holds the password, read anew at each connection.
  public var passwordFile: String?

  /// None.
  public init() {}
}

/// What a scrape may ask for.
public struct ScrapeConfiguration: Sendable, Equatable {
  /// Whether `/scrape` and `/probe` are served.
  public var isEnabled = true
  /// Targets beside the listed ones; the first entry that fits a place decides.
  public var allow: [AllowedTargets] = []
  /// How long such a target is polled after the last scrape that asked for it; 10 s … 1 d, default 5 min.
  public var keep = Duration.seconds(300)
  /// The most such targets at a time; 1 … 10,000, default 100.
  public var limit = 100

  /// Nothing beside the listed targets.
  public init() {}
}

/// Places that a scrape may ask for, and how they are watched then.
public struct AllowedTargets: Sendable, Equatable {
  /// Which places.
  var patterns: [TargetPattern]
  /// Credentials, pace and all else; without a URL.
  public var template: TargetConfiguration
}

/// Files that name targets, and how these are watched.
public struct TargetFilesConfiguration: Sendable, Equatable {
  /// Paths; the last component may have `*` for any run of characters.
  public var paths: [String]
  /// Credentials, pace and all else; without a URL.
  public var template: TargetConfiguration
}

/// How a connection to a target is secured. All files are PEM.
public struct TLSConfiguration: Sendable, Hashable {
  /// Authorities that may sign the server's certificate; nil for the system's.
  public var authorityFile: String?
  /// Our certificate, for servers that ask for one; given together with ``keyFile``.
  public var certificateFile: String?
  /// Its private key.
  public var keyFile: String?
  /// The name that the server's certificate must carry; nil for the URL's host.
  public var serverName: String?
  /// Whether any certificate is taken. Insecure.
  public var skipsVerification = false

  /// The defaults.
  public init() {}
}

/// What is asked of caches in a kind of environment; see the policies of the same names in Health.
public enum Preset: String, Sendable, CaseIterable {
  /// A hit rate of 50 % is good enough, below 20 % is critical.
  case development
  /// A hit rate of 80 % is good enough, below 50 % is critical.
  case production

  /// What is asked of a namespace that says nothing itself.
  public var hitRateTarget: HitRateTarget {
    let policy: HealthPolicy =
      switch self {
      case .development: .development
      case .production: .production
      }
    guard let target = policy.wholeTarget else { preconditionFailure("both presets ask for a hit rate") }
    return target
  }
}

/// Thresholds of warnings, by their name in the file.
public struct HealthOverrides: Sendable, Hashable {
  /// Seconds, ratios or counts by name; only what differs from the defaults.
  public var values: [String: Double] = [:]

  /// No overrides.
  public init() {}
}

/// A text that no description, dump or interpolation shows.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// What the text is replaced by wherever it would be shown.
  public static let placeholder = "<redacted>"
  /// The text itself.
  public let revealed: String

  /// Whether nothing is hidden: said to be no password, so that none is taken from elsewhere.
  var isEmpty: Bool { revealed.isEmpty }

  /// Hides a text.
  public init(_ text: String) {
    revealed = text
  }

  /// The placeholder.
  public var description: String { Self.placeholder }
  /// The placeholder.
  public var debugDescription: String { Self.placeholder }
  /// Without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
