// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that measuring the ring builds nothing else. `Sources/TimeSeries` and `Sources/Locked` are symbolic links to the
// product's sources: SwiftPM takes no target from outside the package.
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

let package = Package(
  name: "cachegauge-benchmarks",
  products: [.executable(name: "ring-bench", targets: ["ring-bench"])],
  targets: [
    .target(name: "Locked", swiftSettings: strict),
    .target(name: "TimeSeries", dependencies: ["Locked"], swiftSettings: strict),
    .executableTarget(name: "ring-bench", dependencies: ["TimeSeries"], swiftSettings: strict),
  ]
)
