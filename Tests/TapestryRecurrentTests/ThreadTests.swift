import TapestryArrays
import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import Testing

/// What threads must not change.
@Suite struct RecurrentThreadTests {
    struct Model: Module {
        var lstm = Recurrent(LSTMCell<Float>(inputSize: 64, hiddenSize: 160))
        var norm = LayerNorm<Float>(featureCount: 160)
        var output = Linear<Float>(inputSize: 160, outputSize: 33)
        var peephole = Tensor<Float>.normal([33])
    }

    /// Operations large enough to be split; the number of threads belongs to the process.
    @Test func gradientsHaveTheSameBitsForAnyNumberOfThreads() async {
        await #expect(processExitsWith: .success) {
            let model = withRandomSeed(1) { Model() }
            let x = withRandomSeed(2) { Tensor<Float>.normal([20, 48, 64]) }
            let results = [1, 2, 3, 5].map { (threads: Int) -> [[Float]] in
                Parallel.threadCount = threads
                let gradient = gradient(at: model) { model in
                    let scores = model.output(model.norm(model.lstm(x).outputs))
                    return square(tanh(scores * model.peephole) + scores).mean()
                }
                return gradient.parameters.map { $0.tensor(as: Float.self).scalars }
            }
            for result in results.dropFirst() { #expect(result == results[0]) }
            #expect(results[0].joined().contains { $0 != 0 })
        }
    }

    /// Derivatives on several threads at once, with values around whose tapes have gone and whose memory others use.
    @Test func derivativesOnSeveralThreads() async {
        let escaped = {
            let tape = Tape()
            return tape.watch(Tensor<Double>([1, 2])) * 3
        }()
        let sums = await withTaskGroup(of: Double.self) { group in
            for seed in 1...4 {
                group.addTask {
                    (0..<200).reduce(0.0) { sum, step in
                        let x = Tensor<Double>([Double(seed), Double(step)])
                        return sum + gradient(at: x) { x in (x * x * escaped).sum() }.sum().scalar
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted()
        }
        // Σ over 200 steps of 2 · 3 · seed + 2 · 6 · step
        let expected: [Double] = [1, 2, 3, 4].map { 1200 * $0 + 238_800 }
        #expect(sums == expected)
    }
}
