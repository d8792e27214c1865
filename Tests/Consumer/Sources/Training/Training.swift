import Layers
import Tapestry

/// Two classes of sequences by whether their first number is positive, which a cell has to remember to the end.
public struct MemoryTask: Module {
    public var recurrent = Recurrent(LeakyCell<Float>(inputSize: 1, hiddenSize: 16))
    public var output = Linear<Float>(inputSize: 16, outputSize: 2)

    public init() {}

    func logits(_ inputs: Tensor<Float>) -> Tensor<Float> {
        output(recurrent(inputs).outputs.slice(axis: 0, at: -1))
    }
}

/// Trains the task and returns its first and last loss.
public func trainMemoryTask(steps: Int) -> (first: Float, last: Float) {
    withRandomSeed(7) {
        var model = MemoryTask()
        var optimizer = Adam(for: model, learningRate: 0.02)
        var losses: [Float] = []
        for _ in 0..<steps {
            let inputs = Tensor<Float>.normal([10, 32, 1])
            let classes = (inputs[0].flattened() .> 0).converted(to: Int32.self)
            let (loss, gradient) = valueAndGradient(at: model) { crossEntropy($0.logits(inputs), classes) }
            optimizer.update(&model, along: gradient.clipped(toNorm: 1))
            losses.append(loss.scalar)
        }
        return (losses.first!, losses.suffix(20).reduce(0, +) / 20)
    }
}
