// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: language mode 6 comes from the tools version; on top of it every warning
/// is an error, unsafe code is marked as such, and the upcoming language features are on.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// The commit that is built, which `make` names; in a target of its own, so that nothing else is built anew for another one.
let revision: [CSetting] =
  Context.environment["BUILD_REVISION"].map { [.define("BUILD_REVISION", to: "\"\($0)\"")] } ?? []

let package = Package(
  name: "cachegauge",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Floor 0: C libraries, and a lock.
    .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    // bcrypt, by the C library's own crypt.
    .systemLibrary(name: "CCrypt"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Prometheus' remote write: protobuf and snappy.
    .systemLibrary(name: "CNanopb", providers: [.apt(["libnanopb-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),

    .target(name: "CBuild", cSettings: revision),
    .target(name: "Locked", swiftSettings: strict),

    // Floor 1: know nothing of caches.
    .target(name: "TimeSeries", dependencies: ["Locked"], swiftSettings: strict),
    .target(name: "RESP", dependencies: ["CHiredis"], swiftSettings: strict),
    .target(name: "MemcachedProtocol", swiftSettings: strict),
    .target(name: "HTTPServer", dependencies: ["CMicrohttpd", "CZlib", "Locked"], swiftSettings: strict),

    .target(
      name: "WebPage",
      resources: [
        "page.html", "page.css", "page.js", "say.js", "elements.js", "charts.js", "explorer.js", "commands.js",
        "live.js",
        "icon.svg", "warnings.md",
      ].map { .embedInCode("Resources/\($0)") },
      swiftSettings: strict),

    // Floor 2: the vocabulary, and history on disk.
    .target(name: "CacheModel", dependencies: ["Locked", "TimeSeries"], swiftSettings: strict),
    .target(name: "HistoryStore", dependencies: ["Locked", "TimeSeries"], swiftSettings: strict),

    // Floors 3 and 4: know the vocabulary, not each other.
    .target(
      name: "Collectors", dependencies: ["CacheModel", "MemcachedProtocol", "RESP", "TimeSeries"],
      swiftSettings: strict),
    .target(name: "Namespaces", dependencies: ["CacheModel"], swiftSettings: strict),
    .target(
      name: "CacheClients",
      dependencies: [
        "CacheModel", "MemcachedProtocol", "RESP",
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], swiftSettings: strict),
    .target(name: "Health", dependencies: ["CacheModel", "TimeSeries"], swiftSettings: strict),
    .target(name: "RemoteWrite", dependencies: ["CNanopb", "CSnappy", "CacheModel"], swiftSettings: strict),
    .target(name: "SeriesQuery", dependencies: ["CacheModel", "Locked", "TimeSeries"], swiftSettings: strict),
    .target(name: "Exposition", dependencies: ["CacheModel", "Locked", "TimeSeries"], swiftSettings: strict),

    .target(name: "Monitoring", dependencies: ["CacheModel", "Exposition", "Health"], swiftSettings: strict),

    // Floors 5 and 6: everything put together, and the command line.
    .target(
      name: "Daemon",
      dependencies: [
        "CBuild", "CCrypt", "CacheClients", "CacheModel", "Collectors", "Exposition", "HTTPServer", "Health",
        "HistoryStore",
        "Locked",
        "MemcachedProtocol", "Monitoring", "Namespaces", "RESP", "RemoteWrite", "SeriesQuery", "TimeSeries",
        "WebPage",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "cachegauge",
      dependencies: ["Daemon", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),

    // Tests, and what they share: real servers.
    .target(name: "Randomness", path: "Tests/Randomness", swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["Locked", "RESP"], path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "MemcachedProtocolTests", dependencies: ["MemcachedProtocol", "Randomness"], swiftSettings: strict),
    .testTarget(name: "RESPTests", dependencies: ["Randomness", "RESP"], swiftSettings: strict),
    .testTarget(
      name: "CacheClientsTests",
      dependencies: [
        "CacheClients", "CacheModel", "MemcachedProtocol", "RESP", "TestSupport",
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .testTarget(name: "TimeSeriesTests", dependencies: ["Randomness", "TimeSeries"], swiftSettings: strict),
    .testTarget(
      name: "HistoryStoreTests", dependencies: ["Randomness", "HistoryStore", "Locked", "TimeSeries"],
      swiftSettings: strict),
    .testTarget(
      name: "RemoteWriteTests", dependencies: ["CSnappy", "CacheModel", "RemoteWrite"], swiftSettings: strict),
    .testTarget(
      name: "SeriesQueryTests",
      dependencies: ["Randomness", "CacheModel", "Locked", "SeriesQuery", "TimeSeries"],
      swiftSettings: strict),
    .testTarget(
      name: "HTTPServerTests", dependencies: ["Randomness", "HTTPServer", "CZlib", "Locked"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["cachegauge", "Daemon", "Locked", "RESP", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "NamespacesTests", dependencies: ["Randomness", "Namespaces", "CacheModel"], swiftSettings: strict),
    .testTarget(
      name: "ExpositionTests", dependencies: ["Randomness", "Exposition", "CacheModel", "TimeSeries"],
      exclude: ["Golden", "Support/validate.py"], swiftSettings: strict),
    .testTarget(
      name: "DaemonTests",
      dependencies: [
        "Randomness",
        "CacheClients", "CacheModel", "Collectors", "Daemon", "Exposition", "HTTPServer", "Health", "Locked",
        "MemcachedProtocol", "Monitoring",
        "Namespaces", "RESP", "RemoteWrite", "SeriesQuery", "TestSupport",
        "TimeSeries",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      exclude: ["ConfigurationGolden"], swiftSettings: strict),
    .testTarget(
      name: "MonitoringTests", dependencies: ["CacheModel", "Exposition", "Health", "Monitoring"],
      swiftSettings: strict),
    .testTarget(
      name: "ObservationTests",
      dependencies: [
        "Randomness",
        "CacheClients", "CacheModel", "Locked", "Namespaces", "RESP", "TestSupport",
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .testTarget(
      name: "HealthTests", dependencies: ["Randomness", "Health", "CacheModel", "TimeSeries"], swiftSettings: strict
    ),
    .testTarget(
      name: "CollectorsTests",
      dependencies: [
        "CacheModel", "Collectors", "MemcachedProtocol", "Randomness", "RESP", "TestSupport", "TimeSeries",
      ],
      exclude: ["Golden"], swiftSettings: strict),
  ]
)
