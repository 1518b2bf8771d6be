// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the program's parsers, without what they need no network, no server and no socket for. The targets are
// symbolic links to the product's sources, since SwiftPM takes no target from outside the package.
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

/// Parsers are internal to their modules: these can be imported with `@testable` in a release build, too.
let testable = strict + [.unsafeFlags(["-enable-testing"])]

var targets: [Target] = [
  .systemLibrary(name: "CHiredis", pkgConfig: "hiredis"),
  .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd"),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
  .target(name: "Locked", swiftSettings: testable),
  .target(name: "TimeSeries", dependencies: ["Locked"], swiftSettings: testable),
  .target(name: "RESP", dependencies: ["CHiredis"], swiftSettings: testable),
  .target(name: "MemcachedProtocol", swiftSettings: testable),
  .target(name: "HTTPServer", dependencies: ["CMicrohttpd", "CZlib", "Locked"], swiftSettings: testable),
  .target(name: "CacheModel", dependencies: ["TimeSeries"], swiftSettings: testable),
  .target(name: "HistoryStore", dependencies: ["Locked", "TimeSeries"], swiftSettings: testable),
  .target(
    name: "Collectors", dependencies: ["CacheModel", "MemcachedProtocol", "RESP", "TimeSeries"],
    swiftSettings: testable),
  .target(name: "Namespaces", dependencies: ["CacheModel"], swiftSettings: testable),
  .target(name: "Health", dependencies: ["CacheModel", "TimeSeries"], swiftSettings: testable),
  .target(name: "SeriesQuery", dependencies: ["CacheModel", "Locked", "TimeSeries"], swiftSettings: testable),
  .target(name: "Exposition", dependencies: ["CacheModel", "Locked", "TimeSeries"], swiftSettings: testable),
  .target(name: "KeyEvents", dependencies: ["CacheModel"], swiftSettings: testable),
  // Of that floor only how files are read.
  .target(name: "CacheClients", swiftSettings: testable),
  .target(
    name: "Configuration",
    dependencies: [
      "CacheClients", "CacheModel", "Collectors", "Exposition", "Health", "Namespaces", "TimeSeries",
      .product(name: "Yams", package: "Yams"),
    ], swiftSettings: testable),
  .target(
    name: "FuzzTargets",
    dependencies: [
      "CacheModel", "Collectors", "Configuration", "Exposition", "HTTPServer", "HistoryStore", "KeyEvents",
      "MemcachedProtocol", "Namespaces", "RESP", "SeriesQuery", "TimeSeries",
    ], swiftSettings: testable),
  .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], swiftSettings: strict),
]

// libFuzzer brings its own `main`: only `swift build --sanitize=fuzzer` links this.
if Context.environment["FUZZ_GUIDED"] != nil {
  targets.append(
    .executableTarget(name: "fuzz-guided", dependencies: ["FuzzTargets"], swiftSettings: strict))
}

let package = Package(
  name: "cachegauge-fuzz",
  dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],
  targets: targets
)
