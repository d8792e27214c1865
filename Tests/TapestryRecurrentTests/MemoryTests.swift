import TapestryAutograd
import TapestryOptimizers
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
                var liveBytes: [Int: Int] = [:]
                for step in 1...1000 {
                    let gradient = gradient(at: model) { $0.loss(characters) }
                    optimizer.update(&model, along: gradient.clipped(toNorm: 1))
                    liveBytes[step] = BufferPool.statistics.liveBytes
                }
                #expect(liveBytes[10]! > 0)
                #expect(liveBytes[1000] == liveBytes[10])
            }
        }
    }
}
