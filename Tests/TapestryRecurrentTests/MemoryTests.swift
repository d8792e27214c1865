import Foundation
import TapestryAutograd
import TapestryOptimizers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Training does not pile up memory. In a process of its own: the pool counts the buffers of every test.
@Suite struct MemoryTests {
    @Test("after 1000 training steps as much memory is in use as after 10")
    func trainingSteps() async {
        await #expect(processExitsWith: .success) {
            withRandomSeed(1) {
                var model = CharacterModel<Float>(vocabularySize: 32, hiddenSize: 32, layers: 1)
                var optimizer = Adam(for: model, learningRate: 1e-3)
                let characters = Tensor<Int32>(
                    shape: [6, 16], scalars: RandomSource.current.integers(below: 32, count: 96).map { Int32($0) })
                func train(_ steps: Int) -> (pooled: Int, resident: Int?) {
                    for _ in 0..<steps {
                        let gradient = gradient(at: model) { $0.loss(characters) }
                        optimizer.update(&model, along: gradient.clipped(toNorm: 1))
                    }
                    return (BufferPool.statistics.liveBytes, residentByteCount)
                }
                let early = train(10)
                let late = train(990)
                #expect(early.pooled > 0)
                #expect(late.pooled == early.pooled)
                // Objects, and buffers too small for the pool. The allocator settles at up to 0.6 MiB more; a tape left
                // behind by each step would be more than 10.
                if let early = early.resident, let late = late.resident { #expect(late - early < 2 << 20) }
            }
        }
    }

    @Test("a derivative's tape is gone when the derivative is there")
    func tapes() {
        let model = LSTM<Float>(inputSize: 2, hiddenSize: 3)
        var tape: TapeReference?
        let (gradient, outputs) = {
            let result = valueAndGradient(at: model) { model in
                let outputs = model(.ones([3, 1, 2])).outputs
                tape = outputs.value.tape
                #expect(tape?.isAlive == true)
                return (loss: outputs.sum(), auxiliary: outputs.withoutDerivative())
            }
            return (result.gradient, result.auxiliary)
        }()
        #expect(outputs.shape == [3, 1, 3])
        #expect(gradient.parameterNorm > 0)
        #expect(tape?.isAlive == false)
    }
}
