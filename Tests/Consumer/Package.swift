// swift-tools-version: 6.2
import PackageDescription

/// A package as a user would write one: it depends on Tapestry by path, imports nothing of it but `Tapestry`, and has
/// targets whose names are those of rooms and programs in there.
let package = Package(
    name: "Consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Tapestry", path: "../..")],
    targets: [
        .target(name: "Layers", dependencies: [.product(name: "Tapestry", package: "Tapestry")]),
        .target(name: "Training", dependencies: ["Layers"]),
        .target(name: "Benchmarks", dependencies: ["Layers"]),
        .target(name: "Quickstart", dependencies: ["Training"]),
        .executableTarget(name: "Consumer", dependencies: ["Benchmarks", "Quickstart", "Training"]),
    ],
    swiftLanguageModes: [.v6]
)
