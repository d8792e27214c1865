import TapestryAutograd
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct DropoutTests {
    private let x = Tensor<Float>.uniform([200, 500], from: 1, to: 2, using: RandomSource(seed: 1))

    private func training(_ rate: Double, seed: UInt64) -> Tensor<Float> {
        withRandomSeed(seed) { withMode(.training) { Dropout<Float>(rate: rate)(x) } }
    }

    @Test("inferring it is the identity, and with rate 0 always")
    func identity() {
        #expect(Dropout<Float>(rate: 0.5)(x) == x, "outside a derivative a model infers")
        #expect(withMode(.inference) { Dropout<Float>(rate: 0.9)(x) } == x)
        #expect(training(0, seed: 1) == x)
        let inferred = vjp(at: x, mode: .inference) { Dropout<Float>(rate: 0.5)($0) }
        #expect(inferred.value == x)
        #expect(inferred.pullback(x) == x)
    }

    @Test("training, each element is dropped or scaled by 1 / (1 − rate)", arguments: [0.1, 0.5, 0.75])
    func scaling(_ rate: Double) {
        let result = training(rate, seed: 2).scalars
        let scale = Float(1 / (1 - rate))
        #expect(zip(result, x.scalars).allSatisfy { $0 == 0 || $0 == $1 * scale })

        // The share kept of 100 000 elements, within five standard deviations; and so within each half.
        for half in [result.prefix(50_000), result.suffix(50_000)] {
            let kept = Double(half.count { $0 != 0 }) / Double(half.count)
            #expect(abs(kept - (1 - rate)) < 5 * (rate * (1 - rate) / Double(half.count)).squareRoot())
        }
    }

    @Test("a seed decides the mask, and every use draws a new one")
    func seeds() {
        #expect(training(0.5, seed: 3) == training(0.5, seed: 3))
        #expect(training(0.5, seed: 3) != training(0.5, seed: 4))
        let twice = withRandomSeed(3) {
            withMode(.training) { [Dropout<Float>(rate: 0.5)(x), Dropout<Float>(rate: 0.5)(x)] }
        }
        #expect(twice[0] != twice[1])
    }

    @Test("the gradient goes through the mask of the same run, in training mode by default")
    func gradientUsesTheMask() {
        let cotangent = Tensor<Float>.normal(x.shape, using: RandomSource(seed: 5))
        let (value, pullback) = withRandomSeed(6) { vjp(at: x) { Dropout<Float>(rate: 0.5)($0) } }
        let found = pullback(cotangent).scalars
        let kept = value.scalars.map { $0 != 0 }
        #expect(kept.contains(true) && kept.contains(false))
        #expect(found == zip(cotangent.scalars, kept).map { $1 ? 2 * $0 : 0 })
    }
}
