// swift-tools-version: 6.2
import PackageDescription

/// The kernels and the engine under the layers are optimised in debug builds too: tests and checks run at full
/// speed, and only the rooms above them are built for the debugger.
let optimizedC: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug)), .treatAllWarnings(as: .error)]
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let optimized: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
    name: "Tapestry",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Tapestry", targets: ["Tapestry"]),
        .executable(name: "Quickstart", targets: ["TapestryQuickstart"]),
        .executable(name: "Benchmarks", targets: ["TapestryBenchmarks"]),
    ],
    dependencies: [],
    targets: [
        // Ground and floor 0: inner loops in C, and the untyped strided array over them.
        .target(name: "CTapestryKernels", cSettings: optimizedC),
        .target(name: "TapestryArrays", dependencies: ["CTapestryKernels"], swiftSettings: optimized),
        // Floor 1: tensors, tapes, derivatives.
        .target(name: "TapestryAutograd", dependencies: ["TapestryArrays"], swiftSettings: optimized),
        // Floor 3: modules, layers, losses; optimisers.
        .target(name: "TapestryLayers", dependencies: ["TapestryAutograd"], swiftSettings: optimized),
        .target(name: "TapestryOptimizers", dependencies: ["TapestryLayers"], swiftSettings: optimized),
        // Floor 4: recurrent cells and their drivers.
        .target(name: "TapestryRecurrent", dependencies: ["TapestryLayers"], swiftSettings: optimized),
        // Floor 5: training aids; gradient and equation checks.
        .target(name: "TapestryTraining", swiftSettings: strict),
        .target(name: "TapestryChecks", dependencies: ["TapestryRecurrent"], swiftSettings: optimized),
        // Floor 6: the umbrella.
        .target(
            name: "Tapestry",
            dependencies: [
                "TapestryAutograd", "TapestryLayers", "TapestryOptimizers", "TapestryRecurrent", "TapestryTraining",
                "TapestryChecks",
            ], swiftSettings: strict),
        // Floor 7: executables, and what they share.
        .target(name: "TapestryCommand", swiftSettings: strict),
        .executableTarget(
            name: "TapestryQuickstart", dependencies: ["Tapestry", "TapestryCommand"], swiftSettings: strict),
        .executableTarget(
            name: "TapestryBenchmarks", dependencies: ["Tapestry", "TapestryCommand"], exclude: ["Comparison"],
            swiftSettings: strict),

        // Golden values and difference quotients that several suites share.
        .target(
            name: "TapestryTestSupport", dependencies: ["TapestryAutograd"], path: "Tests/TestSupport",
            swiftSettings: strict),
        // Recurrent cells in scalar Swift, derived by hand, to hold the library against.
        .target(name: "TapestryHandDerivedCells", path: "Tests/HandDerivedCells", swiftSettings: strict),
        .testTarget(name: "TapestryKernelsTests", dependencies: ["CTapestryKernels"], swiftSettings: strict),
        .testTarget(
            name: "TapestryArraysTests", dependencies: ["TapestryArrays", "CTapestryKernels", "TapestryTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryAutogradTests", dependencies: ["TapestryAutograd", "TapestryTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryLayersTests", dependencies: ["Tapestry", "TapestryTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TapestryRecurrentTests",
            dependencies: ["Tapestry", "TapestryHandDerivedCells", "TapestryTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TapestryChecksTests", dependencies: ["Tapestry", "TapestryHandDerivedCells"], swiftSettings: strict),
        .testTarget(name: "TapestryTrainingTests", dependencies: ["TapestryTraining"], swiftSettings: strict),
        .testTarget(name: "TapestryCommandTests", dependencies: ["TapestryCommand"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
