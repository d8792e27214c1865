// swift-tools-version: 6.2
import PackageDescription

/// The kernels and the engine under the layers are optimised in debug builds too: tests and checks run at full
/// speed, and only the rooms above them are built for the debugger.
let optimizedC: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug)), .treatAllWarnings(as: .error)]
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// Loops over numbers in tests, too: with what each kernel is compared takes longer than the kernel.
let optimizedForTests: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]
/// In release builds, generic code such as a cell's step is specialised for the scalar types of whoever uses it.
let optimized: [SwiftSetting] =
    strict + [
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
        .unsafeFlags(["-O"], .when(configuration: .debug)),
    ]

// A module is rebuilt when a module that it names here has changed, so each target names all that it sees, those that
// reach it by way of others included.
let engineModules = ["TapestryArrays", "TapestryAutograd"]
let libraryModules =
    engineModules + [
        "TapestryFiles", "TapestryCharts", "TapestryLayers", "TapestryOptimizers", "TapestryRecurrent",
        "TapestryTraining", "TapestryChecks", "Tapestry",
    ]
let engine: [Target.Dependency] = engineModules.map { .byName(name: $0) }
let library: [Target.Dependency] = libraryModules.map { .byName(name: $0) }

let package = Package(
    name: "Tapestry",
    platforms: [.macOS(.v15)],
    products: [
        // All modules, and not the umbrella alone, so that programs in other packages are rebuilt too when one has
        // changed: with the layouts of before they would read wrong memory.
        .library(name: "Tapestry", targets: libraryModules),
        // What notebooks load at run time: the whole library and its rich display.
        .library(name: "TapestryNotebook", type: .dynamic, targets: ["TapestryNotebook"]),
    ],
    dependencies: [],
    targets: [
        // Ground and floor 0: inner loops in C, and the untyped strided array over them.
        .target(name: "CTapestryKernels", cSettings: optimizedC),
        .target(name: "TapestryArrays", dependencies: ["CTapestryKernels"], swiftSettings: optimized),
        // Floor 1: tensors, tapes, derivatives.
        .target(
            name: "TapestryAutograd", dependencies: ["CTapestryKernels", "TapestryArrays"], swiftSettings: optimized),
        // Floor 2: files.
        .target(name: "TapestryFiles", dependencies: engine, swiftSettings: optimized),
        // Floor 2: pictures, of plain numbers.
        .target(
            name: "TapestryCharts", dependencies: ["TapestryArrays", "TapestryAutograd", "TapestryFiles"],
            swiftSettings: optimized),
        // Floor 3: modules, layers, losses; optimisers.
        .target(name: "TapestryLayers", dependencies: engine + ["TapestryFiles"], swiftSettings: optimized),
        .target(name: "TapestryOptimizers", dependencies: engine, swiftSettings: optimized),
        // Floor 4: recurrent cells and their drivers.
        .target(
            name: "TapestryRecurrent", dependencies: engine + ["TapestryFiles", "TapestryLayers"],
            swiftSettings: optimized),
        // Floor 5: training aids (data, metrics, progress); gradient and equation checks.
        .target(
            name: "TapestryTraining", dependencies: engine + ["TapestryFiles", "TapestryOptimizers"],
            swiftSettings: optimized),
        .target(
            name: "TapestryChecks", dependencies: engine + ["TapestryFiles", "TapestryLayers", "TapestryRecurrent"],
            swiftSettings: optimized),
        // Floor 6: the umbrella.
        .target(
            name: "Tapestry", dependencies: library.dropLast(), swiftSettings: strict),
        // The library in notebooks: the same import, and rich display of its types.
        .target(
            name: "TapestryNotebook", dependencies: library + ["TapestrySamples"],
            swiftSettings: optimized),
        // Floor 7: executables, and what they share. They are no products, so that they exist in this package alone: a
        // package that depends on it may have executables of the same names.
        .target(name: "TapestryCommand", dependencies: engine + ["TapestryFiles"], swiftSettings: strict),
        .target(name: "TapestryCellEquations", dependencies: library, swiftSettings: strict),
        // What examples learn from where they are given no file.
        .target(name: "TapestrySamples", swiftSettings: strict),
        .executableTarget(
            name: "Quickstart",
            dependencies: library + ["TapestryCommand", "TapestryCellEquations", "TapestrySamples"],
            swiftSettings: strict),
        .executableTarget(
            name: "CheckCell", dependencies: library + ["TapestryCommand", "TapestryCellEquations"],
            swiftSettings: strict),
        .executableTarget(
            name: "Inspect", dependencies: ["Tapestry", "TapestryCommand", "TapestryFiles"] + engine,
            swiftSettings: strict),
        .executableTarget(
            name: "Forecasting", dependencies: library + ["TapestryCommand"], path: "Sources/Examples/Forecasting",
            swiftSettings: strict),
        .executableTarget(
            name: "TextGeneration", dependencies: library + ["TapestryCommand", "TapestrySamples"],
            path: "Sources/Examples/TextGeneration", swiftSettings: strict),
        .executableTarget(
            name: "SentimentClassification", dependencies: library + ["TapestryCommand"],
            path: "Sources/Examples/SentimentClassification", swiftSettings: strict),
        .executableTarget(
            name: "SequenceTagging", dependencies: library + ["TapestryCommand"],
            path: "Sources/Examples/SequenceTagging", swiftSettings: strict),
        .executableTarget(
            name: "LongMemory", dependencies: library + ["TapestryCommand", "TapestryCellEquations"],
            path: "Sources/Examples/LongMemory", swiftSettings: strict),
        .executableTarget(
            name: "AnomalyDetection", dependencies: library + ["TapestryCommand"],
            path: "Sources/Examples/AnomalyDetection", swiftSettings: strict),
        .executableTarget(
            name: "Translation", dependencies: library + ["TapestryCommand"], path: "Sources/Examples/Translation",
            swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: library + ["TapestryCommand", "TapestryCellEquations", "CTapestryKernels"],
            exclude: ["Comparison"], swiftSettings: strict),

        // Golden values and difference quotients that several suites share.
        .target(
            name: "TapestryTestSupport", dependencies: engine, path: "Tests/TestSupport",
            swiftSettings: optimizedForTests),
        // Recurrent cells in scalar Swift, derived by hand, to hold the library against.
        .target(name: "TapestryHandDerivedCells", path: "Tests/HandDerivedCells", swiftSettings: optimizedForTests),
        // The library's recurrent cells in the form in which golden files name them.
        .target(
            name: "TapestryGoldenCells",
            dependencies: engine + ["TapestryFiles", "TapestryLayers", "TapestryRecurrent", "TapestryTestSupport"],
            path: "Tests/GoldenCells", swiftSettings: strict),
        // Every operation of the library by name, with examples.
        .target(
            name: "TapestryOperations", dependencies: library + ["TapestryGoldenCells", "TapestryTestSupport"],
            path: "Tests/Operations", swiftSettings: strict),
        // Functions to export, with what they give.
        .target(
            name: "TapestryExportCases",
            dependencies: library + ["TapestryCellEquations", "TapestryOperations", "TapestryTestSupport"],
            path: "Tests/ExportCases", swiftSettings: strict),
        .testTarget(
            name: "TapestryKernelsTests", dependencies: ["CTapestryKernels", "TapestryTestSupport"],
            swiftSettings: optimizedForTests),
        .testTarget(
            name: "TapestryArraysTests", dependencies: ["TapestryArrays", "CTapestryKernels", "TapestryTestSupport"],
            swiftSettings: optimizedForTests),
        .testTarget(
            name: "TapestryAutogradTests", dependencies: library + ["TapestryOperations", "TapestryTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryOperationTests",
            dependencies: library + ["TapestryGoldenCells", "TapestryOperations", "TapestryTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryLayersTests", dependencies: library + ["TapestryTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TapestryRecurrentTests",
            dependencies: library + ["TapestryHandDerivedCells", "TapestryGoldenCells", "TapestryTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryChecksTests",
            dependencies: library + [
                "TapestryHandDerivedCells", "TapestryCellEquations", "TapestryOperations", "TapestryTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "TapestryFilesTests", dependencies: library + ["TapestryExportCases", "TapestryTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryChartsTests", dependencies: engine + ["TapestryFiles", "TapestryCharts"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryNotebookTests", dependencies: library + ["TapestryNotebook"],
            swiftSettings: strict),
        .testTarget(
            name: "TapestryTrainingTests", dependencies: library + ["TapestryTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TapestryCommandTests",
            dependencies: engine + ["TapestryFiles", "TapestryLayers", "TapestryCommand"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// `Tests/thread-sanitizer.sh` builds the suites in which threads meet and what those are about, not the whole house.
if Context.environment["TAPESTRY_THREAD_SUITES_ONLY"] != nil {
    let files = [
        "TapestryKernelsTests": ["ThreadTests.swift"],
        "TapestryAutogradTests": [
            "ConcurrencyTests.swift", "ProfileTests.swift", "TapeReferenceTests.swift", "TapeTests.swift",
            "WithoutRecordingTests.swift",
        ],
        "TapestryRecurrentTests": ["ProfileTests.swift", "ThreadTests.swift"],
        "TapestryTrainingTests": ["DataLoaderTests.swift"],
    ]
    let rooms = [
        "CTapestryKernels", "TapestryArrays", "TapestryAutograd", "TapestryFiles", "TapestryLayers",
        "TapestryOptimizers", "TapestryRecurrent", "TapestryTraining", "TapestryTestSupport",
    ]
    package.products = []
    package.targets.removeAll { !rooms.contains($0.name) && files[$0.name] == nil }
    for suite in package.targets where suite.type == .test {
        suite.sources = files[suite.name]
        suite.dependencies = rooms.map { .byName(name: $0) }
    }
}
