import Tapestry

/// Something to time, by name.
struct Workload: Sendable {
    let name: String
    /// How many operations one run is.
    var operations = 1
    /// Prepares the workload outside of the measured time and returns one run of it.
    let prepare: @Sendable () -> () -> Void

    static let all: [Workload] =
        [
            lstm("small", batch: 16, steps: 32, input: 32, hidden: 64),
            lstm("medium", batch: 32, steps: 64, input: 64, hidden: 128),
            lstm("large", batch: 64, steps: 128, input: 256, hidden: 256),
            characterModel,
            chain("chain-multiply", isTracked: false),
            chain("chain-multiply-tracked", isTracked: true),
        ]

    /// One training step of an LSTM layer: forward over the sequence, the mean of the squared outputs, gradients of all
    /// parameters.
    private static func lstm(_ size: String, batch: Int, steps: Int, input: Int, hidden: Int) -> Workload {
        Workload(name: "lstm-\(size)-plain") {
            let model = Recurrent(LSTMCell<Float>(inputSize: input, hiddenSize: hidden))
            let x = Tensor<Float>.normal([steps, batch, input])
            return { keep(gradient(at: model) { square($0(x).outputs).mean() }) }
        }
    }

    /// One training step of a character model: batch 32, 100 steps, vocabulary 65, embedding 64, hidden 256; gradients
    /// clipped to norm 1, and Adam.
    private static let characterModel = Workload(name: "charlm") {
        struct Model: Module {
            var embedding = Embedding<Float>(vocabularySize: 65, size: 64)
            var lstm = LSTM<Float>(inputSize: 64, hiddenSize: 256)
            var output = Linear<Float>(inputSize: 256, outputSize: 65)
        }
        var model = Model()
        var optimizer = Adam(for: model, learningRate: 0.002)
        let source = RandomSource(seed: 1)
        func indices() -> Tensor<Int32> {
            Tensor(shape: [100, 32], scalars: source.integers(below: 65, count: 3200).map { Int32($0) })
        }
        let (inputs, targets) = (indices(), indices())
        return {
            let gradient = gradient(at: model) {
                crossEntropy($0.output($0.lstm($0.embedding(inputs)).outputs), targets)
            }
            optimizer.update(&model, along: gradient.clipped(toNorm: 1))
        }
    }

    /// A chain of `[4, 4]` products, recorded and differentiated: the cost of the engine itself. The factor is a
    /// constant, or the tracked input.
    private static func chain(_ name: String, isTracked: Bool) -> Workload {
        let length = 100_000
        return Workload(name: name, operations: length) {
            let start = Tensor<Float>.ones([4, 4])
            let factor = Tensor<Float>.ones([4, 4])
            return {
                keep(
                    gradient(at: start) { x in
                        var product = x
                        for _ in 0..<length { product = product * (isTracked ? x : factor) }
                        return product.sum()
                    })
            }
        }
    }
}

/// Keeps the compiler from leaving out what is only computed to be timed.
@inline(never)
func keep<Result>(_ result: Result) {}
