import Foundation
import Tapestry

/// A network that draws random numbers while it trains.
struct Net: Module, Equatable {
    var hidden: Linear<Float>
    var dropout = Dropout<Float>(rate: 0.25)
    var output: Linear<Float>

    init(seed: UInt64) {
        (hidden, output) = withRandomSeed(seed) {
            (Linear(inputSize: 2, outputSize: 5), Linear(inputSize: 5, outputSize: 1))
        }
    }

    func callAsFunction(_ x: Tensor<Float>) -> Tensor<Float> { output(dropout(tanh(hidden(x)))) }

    static func == (a: Net, b: Net) -> Bool { a.scalars == b.scalars }

    /// All parameters, with their bits.
    var scalars: [[UInt32]] { parameters.map { $0.tensor(as: Float.self).scalars.map(\.bitPattern) } }
}

/// A point in the plane and the value there.
struct Example: Sendable, Equatable {
    var x: [Float]
    var y: Float

    /// So many points, with y = x₀ − ½ x₁ + ¼.
    static func some(_ count: Int) -> [Example] {
        (0..<count).map { number in
            let x = [Float(sin(Double(3 * number + 1))), Float(cos(Double(5 * number)))]
            return Example(x: x, y: x[0] - 0.5 * x[1] + 0.25)
        }
    }

    static func inputs(_ batch: [Example]) -> Tensor<Float> {
        Tensor(shape: [batch.count, 2], scalars: batch.flatMap(\.x))
    }

    static func targets(_ batch: [Example]) -> Tensor<Float> {
        Tensor(shape: [batch.count, 1], scalars: batch.map(\.y))
    }
}

typealias NetTrainer = Trainer<Net, [Example], Tensor<Float>>

func makeTrainer(
    _ optimizer: (Net) -> any Optimizer<Net> = { Adam(for: $0, learningRate: 0.02) }, seed: UInt64 = 7
) -> NetTrainer {
    let net = Net(seed: 1)
    func trainer(_ optimizer: some Optimizer<Net>) -> NetTrainer {
        Trainer(
            net, optimizer: optimizer,
            measures: [
                Measure(ForecastErrors(), ["MAE": \.meanAbsolute, "R²": \.determination]) { errors, outputs, batch in
                    errors.add(forecasts: outputs, values: Example.targets(batch))
                }
            ], seed: seed,
            forward: { model, batch in model(Example.inputs(batch)) },
            loss: { outputs, batch in meanSquaredError(outputs, Example.targets(batch)) })
    }
    return trainer(optimizer(net))
}

/// Runs a body with a folder of its own, which is removed at the end.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

/// A callback of closures.
struct Observer<Model: Module>: TrainingCallback {
    var willUpdate: (inout TrainingRun<Model>) throws -> Void = { _ in }
    var didStep: (inout TrainingRun<Model>) throws -> Void = { _ in }
    var didEndEpoch: (inout TrainingRun<Model>) throws -> Void = { _ in }

    func stepWillUpdate(_ run: inout TrainingRun<Model>) throws { try willUpdate(&run) }
    func stepDidEnd(_ run: inout TrainingRun<Model>) throws { try didStep(&run) }
    func epochDidEnd(_ run: inout TrainingRun<Model>) throws { try didEndEpoch(&run) }
}
