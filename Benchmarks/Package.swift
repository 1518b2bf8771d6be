// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that measuring builds nothing else. `Sources/TimeSeries`, `Sources/Locked` and `Sources/Randomness` are symbolic links
// to the product's and its tests' sources: SwiftPM takes no target from outside the package.
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
  products: [
    .executable(name: "ring-bench", targets: ["ring-bench"]),
    .executable(name: "truth-load", targets: ["truth-load"]),
  ],
  targets: [
    .target(name: "Locked", swiftSettings: strict),
    .target(name: "TimeSeries", dependencies: ["Locked"], swiftSettings: strict),
    .executableTarget(name: "ring-bench", dependencies: ["TimeSeries"], swiftSettings: strict),
    .target(name: "Randomness", swiftSettings: strict),
    .executableTarget(name: "truth-load", dependencies: ["Randomness"], swiftSettings: strict),
  ]
)
