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
        .target(name: "Training", dependencies: ["Layers", .product(name: "Tapestry", package: "Tapestry")]),
        .executableTarget(
            name: "Quickstart", dependencies: ["Layers", "Training", .product(name: "Tapestry", package: "Tapestry")]),
        .executableTarget(
            name: "Benchmarks", dependencies: ["Layers", .product(name: "Tapestry", package: "Tapestry")]),
    ],
    swiftLanguageModes: [.v6]
)
