import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryTestSupport
import Testing

/// Optimisers that PyTorch doesn't have, against their papers' formulas in plain scalar code, and groups of parameters.
@Suite struct OptimizerFormulaTests {
    private static let start = [0.4, -0.3, 0.05, 1.5]

    private func gradients(_ step: Int) -> [Double] {
        (0..<Self.start.count).map { sin(Double(7 * step + 3 * $0 + 1)) * Double($0 + 1) }
    }

    private func isClose(_ tensor: Tensor<Double>, _ numbers: [Double]) -> Bool {
        zip(tensor.scalars, numbers).allSatisfy { abs($0 - $1) <= 1e-13 * max(1, abs($1)) }
    }

    @Test("Lion: p ← p − η (sign(β₁ m + (1 − β₁) g) + λ p), m ← β₂ m + (1 − β₂) g")
    func lion() {
        var model = Tensor<Double>(Self.start)
        var optimizer = Lion(
            for: model, learningRate: 0.05, firstDecay: 0.8, secondDecay: 0.95, weightDecay: WeightDecay(rate: 0.3))
        var (p, m) = (Self.start, [0.0, 0, 0, 0])
        for step in 0..<15 {
            let g = gradients(step)
            optimizer.update(&model, along: Tensor(g))
            for i in p.indices {
                let c = 0.8 * m[i] + 0.2 * g[i]
                p[i] -= 0.05 * ((c > 0 ? 1 : c < 0 ? -1 : 0) + 0.3 * p[i])
                m[i] = 0.95 * m[i] + 0.05 * g[i]
            }
            #expect(isClose(model, p), "step \(step)")
        }
        // Without a gradient and without momentum there is no direction, and only the decay moves.
        var resting = Tensor<Double>([2.0])
        var still = Lion(for: resting, learningRate: 0.5)
        still.update(&resting, along: Tensor([0.0]))
        #expect(resting.scalars == [2])
    }

    @Test("Lookahead: every third step φ ← φ + α (θ − φ), θ ← φ, around SGD with momentum")
    func lookahead() {
        var model = Tensor<Double>(Self.start)
        var optimizer = Lookahead(SGD(for: model, learningRate: 0.1, momentum: 0.7), period: 3, share: 0.4)
        var (fast, slow, v) = (Self.start, Self.start, [0.0, 0, 0, 0])
        for step in 1...14 {
            if step == 8 { optimizer.learningRate = 0.02 }
            let g = gradients(step)
            optimizer.update(&model, along: Tensor(g))
            for i in fast.indices {
                v[i] = 0.7 * v[i] + g[i]
                fast[i] -= (step < 8 ? 0.1 : 0.02) * v[i]
                if step % 3 == 0 {
                    slow[i] += 0.4 * (fast[i] - slow[i])
                    fast[i] = slow[i]
                }
            }
            #expect(isClose(model, fast), "step \(step)")
        }
        #expect(optimizer.learningRate == 0.02 && optimizer.base.learningRate == 0.02)
    }

    @Test("of two groups that mean a parameter the first counts; a decay of its own outweighs an exception")
    func groups() {
        struct Pair: Module {
            var encoder = Linear<Double>(inputSize: 2, outputSize: 3)
            var output = Linear<Double>(inputSize: 3, outputSize: 1)
        }
        var model = withRandomSeed(1) { Pair() }
        model.encoder.bias = .ones([3])
        model.output.bias = .ones([1])
        let start = model
        // Without a gradient, p ← p (1 − η λ).
        var optimizer = AdamW(
            for: model, learningRate: 0.5, weightDecay: WeightDecay(rate: 0.5, except: ["*.bias"]),
            groups: [
                ParameterGroup("encoder.bias", weightDecay: 0.25), ParameterGroup("encoder.*", learningRateFactor: 0.5),
            ])
        optimizer.update(&model, along: model.zerosLike)
        let factors = ["encoder.weights": 1 - 0.25 * 0.5, "encoder.bias": 1 - 0.5 * 0.25, "output.weights": 0.75]
        for (before, after) in zip(start.parameters, model.parameters) {
            let expected = before.tensor(as: Double.self) * (factors[before.path] ?? 1)
            #expect(after.tensor(as: Double.self) == expected, "\(before.path)")
        }
        #expect(Set(factors.keys).isSubset(of: start.parameters.map(\.path)))
    }

    @Test("of gradients that are all alike, the centred step stays a number")
    func centredRMSProp() {
        var model = Tensor<Double>([1.0, -1])
        var optimizer = RMSProp(for: model, learningRate: 1e-6, smoothing: 0.5, epsilon: 0.1, centred: true)
        for _ in 0..<200 { optimizer.update(&model, along: Tensor([0.1, 0.3])) }
        #expect(model.scalars.allSatisfy { $0.isFinite })
    }

    @Test("L-BFGS finds the minimum of a small least-squares problem, in Float too, and says where it began")
    func leastSquares() {
        let x = Tensor<Float>([[1, 0.5], [2, -1], [-0.5, 3], [0, 1]])
        let weights = Tensor<Float>([[2], [-1]])
        var model = Linear<Float>(inputSize: 2, outputSize: 1)
        model.weights = .zeros([2, 1])
        model.bias = .zeros([1])
        let target = matmul(x, weights) + 0.5
        var optimizer = LBFGS(for: model)
        let first = optimizer.update(&model) { square($0(x) - target).mean() }
        #expect(abs(first - Double(square(target).mean().scalar)) < 1e-6)
        optimizer.update(&model) { square($0(x) - target).mean() }
        #expect(model.weights.isClose(to: weights, relativeTolerance: 1e-3))
        #expect(model.bias!.isClose(to: Tensor([0.5]), relativeTolerance: 1e-3))
    }

    @Test("L-BFGS leaves a model at a minimum, and one whose loss is no number, as it is")
    func nothingToDo() {
        var model = Tensor<Double>([3.0])
        var optimizer = LBFGS(for: model)
        optimizer.update(&model) { square($0 - 3).sum() }
        #expect(model.scalars == [3])
        optimizer.update(&model) { ($0 * .nan).sum() }
        #expect(model.scalars == [3])
    }

    @Test("Where L-BFGS takes no step, nothing is learned, of the step before neither")
    func nothingIsLearnedTwice() throws {
        let curvatures = Tensor<Double>([1, 30, 900])
        var model = Tensor<Double>([1, 1, 1])
        var optimizer = LBFGS(for: model, gradientTolerance: 0)
        func update() throws -> Data {
            optimizer.update(&model) { (curvatures * square($0 - 3)).sum() }
            return try state(optimizer)
        }
        for _ in 0..<8 { _ = try update() }
        let resting = model
        #expect(try update() == update())
        #expect(model == resting && model.isClose(to: Tensor([3, 3, 3]), relativeTolerance: 1e-5))
    }

    @Test("Of a loss that falls without an end, L-BFGS keeps no step of infinite size")
    func withoutAnEnd() throws {
        var model = Tensor<Double>([2.0])
        var optimizer = LBFGS(for: model, evaluationLimit: 400)
        let before = try state(optimizer)
        optimizer.update(&model) { -$0.sum() }
        #expect(try state(optimizer) == before && model == Tensor([2]))
    }

    /// What an optimiser would write into a file.
    private func state(_ optimizer: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(optimizer)
    }

    @Test("Where the gradient is not finite, L-BFGS takes no step and keeps nothing", arguments: [0, 2])
    func nothingIsKeptOfWhatIsNotFinite(updates: Int) throws {
        var model = Tensor<Double>([0.0, 1])
        var optimizer = LBFGS(for: model, iterationLimit: 2)
        for _ in 0..<updates { optimizer.update(&model) { square($0 - Tensor([0, 4])).sum() * $0.sum() } }
        let (before, start) = (try state(optimizer), model)
        optimizer.update(&model) { ($0 * .nan).sum() }
        #expect(try state(optimizer) == before && model == start)
        optimizer.update(&model) { sqrt($0 - start).sum() }
        #expect(try state(optimizer) == before && model == start)
    }

    @Test("Where the loss throws, L-BFGS and the model stay as they were, whichever step of an update it is in")
    func aLossThatThrows() throws {
        struct Refusal: Error {}
        func loss(_ x: Tensor<Double>) -> Tensor<Double> {
            let (first, next) = (x[..<3], x[1...])
            return (100 * square(next - square(first)) + square(1 - first)).sum()
        }
        var model = Tensor<Double>(Self.start)
        var optimizer = LBFGS(for: model, iterationLimit: 8)
        for updates in 0..<2 {
            let (before, start) = (try state(optimizer), model)
            for evaluation in 1...8 {
                var count = 0
                #expect(throws: Refusal.self) {
                    try optimizer.update(&model) { (x) throws(Refusal) in
                        count += 1
                        if count == evaluation { throw Refusal() }
                        return loss(x)
                    }
                }
                #expect(try state(optimizer) == before && model == start, "\(updates), \(evaluation)")
            }
            optimizer.update(&model, minimizing: loss)
        }
    }

    @Test("L-BFGS comes back from a first step so long that the loss overflows", arguments: [20.0, 2000])
    func overflow(learningRate: Double) {
        var model = Tensor<Double>([2.0])
        var optimizer = LBFGS(for: model, learningRate: learningRate)
        for _ in 0..<3 { optimizer.update(&model) { (exp(square($0)) - $0).sum() } }
        // Where 2 x exp(x²) = 1.
        #expect(abs(model.scalars[0] - 0.4193653974825468) < 1e-6)
    }

    @Test("L-BFGS comes back from a first step to where the loss is no number", arguments: [5.0, 20, 2000])
    func undefined(learningRate: Double) {
        var model = Tensor<Double>([5.0])
        var optimizer = LBFGS(for: model, learningRate: learningRate)
        for _ in 0..<3 { optimizer.update(&model) { ($0 - log($0)).sum() } }
        #expect(abs(model.scalars[0] - 1) < 1e-4)
    }

    @Test("L-BFGS survives being written and read, bit for bit")
    func codingOfLBFGS() throws {
        func loss(_ x: Tensor<Double>) -> Tensor<Double> {
            let (first, next) = (x[..<3], x[1...])
            return (100 * square(next - square(first)) + square(1 - first)).sum()
        }
        var model = Tensor<Double>(Self.start)
        var optimizer = LBFGS(for: model, iterationLimit: 3)
        for _ in 0..<3 { optimizer.update(&model, minimizing: loss) }
        var (copy, read) = (
            model, try JSONDecoder().decode(LBFGS<Tensor<Double>>.self, from: JSONEncoder().encode(optimizer))
        )
        optimizer.update(&model, minimizing: loss)
        read.update(&copy, minimizing: loss)
        #expect(copy == model && model.scalars != Self.start)
    }
}
