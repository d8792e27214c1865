import Foundation
import Tapestry
import Testing

@Suite struct TokenStreamTests {
    private let stream = TokenStream(Array(0..<23))

    /// Every window's targets are the tokens behind its inputs, and each one of a stretch goes on where the last ended.
    @Test func stretchesAreReadSideBySide() {
        let windows = stream.windows(steps: 4, batch: 3)
        #expect(windows.map { $0.inputs.shape } == [[4, 3], [3, 3]])
        #expect(windows[0].inputs == Tensor([[0, 7, 14], [1, 8, 15], [2, 9, 16], [3, 10, 17]]))
        #expect(windows[1].inputs == Tensor([[4, 11, 18], [5, 12, 19], [6, 13, 20]]))
        #expect(windows[1].targets == Tensor([[5, 12, 19], [6, 13, 20], [7, 14, 21]]))
    }

    @Test func aShortStreamHasFewerStretches() {
        #expect(
            TokenStream([5, 6, 7, 8]).windows(steps: 2, batch: 9).map { $0.inputs } == [
                Tensor([[5], [6]]), Tensor([[7]]),
            ])
        let passed = stream.windows(steps: 4, batch: 2, offset: 3)
        #expect(passed[0].inputs.slice(axis: 0, at: 0) == Tensor([3, 12]))
        #expect(passed.map { $0.inputs.shape[0] } == [4, 4, 1])
    }

    @Test func randomWindowsComeFromEverywhereAndStayInside() {
        let source = RandomSource(seed: 5)
        var starts: Set<Int32> = []
        for _ in 0..<100 {
            let window = stream.randomWindow(steps: 20, batch: 2, using: source)
            #expect(window.inputs.shape == [20, 2] && window.targets == window.inputs + 1)
            starts.formUnion(window.inputs.slice(axis: 0, at: 0).scalars)
        }
        #expect(starts == [0, 1, 2])
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = TokenStream([1, 2]).windows(steps: 2, batch: 1) }
        await #expect(processExitsWith: .failure) { _ = TokenStream([1, 2, 3]).windows(steps: 2, batch: 1, offset: 1) }
        await #expect(processExitsWith: .failure) { _ = TokenStream([1, 2, 3]).randomWindow(steps: 3, batch: 1) }
        await #expect(processExitsWith: .failure) { _ = TokenStream([1, 2, 3]).windows(steps: 0, batch: 1) }
        // With words of its own, and not as a division by zero or an index that is out of range.
        let results = [
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TokenStream([1, 2, 3]).windows(steps: 1, batch: 0)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TokenStream([1, 2, 3]).windows(steps: 0, batch: 1, offset: 1)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TokenStream([1, 2, 3]).windows(steps: 1, batch: 1, offset: -1)
            },
        ]
        for result in results {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.contains("no such windows"))
        }
    }
}

@Suite struct TokenSamplerTests {
    private let logits = [1, 3, 2, 3, -Double.infinity].map { $0 - 1 }

    private func expect(_ sampler: TokenSampler, _ weights: [Double]) {
        let probabilities = sampler.probabilities(logits)
        let total = weights.reduce(0, +)
        for (probability, weight) in zip(probabilities, weights) { #expect(abs(probability - weight / total) < 1e-15) }
    }

    @Test func probabilitiesAreASoftmaxAtATemperature() {
        expect(TokenSampler(), [exp(1), exp(3), exp(2), exp(3), 0])
        expect(TokenSampler(temperature: 0.5), [exp(2), exp(6), exp(4), exp(6), 0])
        expect(TokenSampler(temperature: 0), [0, 1, 0, 0, 0])
        expect(TokenSampler(temperature: 1e-300), [0, 1, 0, 1, 0])
    }

    @Test func unlikelyTokensAreLeftOut() {
        expect(TokenSampler(topCount: 1), [0, 1, 0, 0, 0])
        expect(TokenSampler(topCount: 3), [0, exp(3), exp(2), exp(3), 0])
        expect(TokenSampler(topCount: 9), [exp(1), exp(3), exp(2), exp(3), 0])
        // The first two have 0.799 together, the first three 0.946.
        expect(TokenSampler(topProbability: 0.79), [0, 1, 0, 1, 0])
        expect(TokenSampler(topProbability: 0.81), [0, exp(3), exp(2), exp(3), 0])
        expect(TokenSampler(topProbability: 0.3), [0, 1, 0, 0, 0])
        expect(TokenSampler(topCount: 2, topProbability: 0.51), [0, 1, 0, 1, 0])
    }

    @Test func infiniteLogits() {
        #expect(TokenSampler().probabilities([.infinity, 0, .infinity]) == [0.5, 0, 0.5])
        #expect(TokenSampler().probabilities([-.infinity, -.infinity]) == [0.5, 0.5])
    }

    @Test func tokensAreDrawnAsOftenAsTheyShouldBe() {
        let source = RandomSource(seed: 7)
        let sampler = TokenSampler()
        var counts = [0, 0, 0]
        for _ in 0..<10_000 { counts[Int(sampler.token(log(Tensor<Float>([0.5, 0.2, 0.3])), using: source))] += 1 }
        for (count, probability) in zip(counts, [0.5, 0.2, 0.3]) {
            #expect(
                abs(Double(count) / 10_000 - probability) < 4 * (probability * (1 - probability) / 10_000).squareRoot())
        }
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = TokenSampler(temperature: -1) }
        await #expect(processExitsWith: .failure) { _ = TokenSampler(topCount: 0) }
        await #expect(processExitsWith: .failure) { _ = TokenSampler(topProbability: 0) }
        await #expect(processExitsWith: .failure) { _ = TokenSampler().probabilities([]) }
        await #expect(processExitsWith: .failure) { _ = TokenSampler().probabilities([1, .nan]) }
    }
}
