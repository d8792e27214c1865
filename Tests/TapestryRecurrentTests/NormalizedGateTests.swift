import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import Testing

/// Pre-activations of all gates that are normalised together, against layer norms of tensors.
@Suite struct NormalizedGateTests {
    private typealias Gates = Gated<LeakyGate, Double>

    private struct Model: Module {
        var cell = LeakyCell<Double>(inputSize: 3, hiddenSize: 2)
        var norms = [LayerNorm<Double>(featureCount: 4), LayerNorm(featureCount: 4), LayerNorm(featureCount: 4)]
        var otherNorm = LayerNorm<Double>(featureCount: 4, epsilon: 0.5)
    }

    private let model = withRandomSeed(1) {
        var model = Model()
        for k in model.norms.indices { model.norms[k].gain = .normal([4]) }
        return model
    }
    private let x = Tensor<Double>.normal([5, 3], using: RandomSource(seed: 2))
    private let h = Tensor<Double>.normal([5, 2], using: RandomSource(seed: 3))

    private func agree(
        _ gates: (Model) -> Gates, _ packed: (Model) -> Tensor<Double>, operations: Int,
        at location: SourceLocation = #_sourceLocation
    ) {
        func loss(_ z: Gates) -> Tensor<Double> { (sigmoid(z[.leak]) * tanh(z[.candidate])).sum() }
        #expect(gates(model).packed.isClose(to: packed(model), relativeTolerance: 1e-14), sourceLocation: location)
        let found = gradient(at: model) { loss(gates($0)) }
        let expected = gradient(at: model) { loss(Gates(packed: packed($0))) }
        for (found, expected) in zip(found.parameters, expected.parameters) {
            #expect(
                found.tensor(as: Double.self).isClose(to: expected.tensor(), relativeTolerance: 1e-12),
                sourceLocation: location)
        }
        let profile = profiled { gradient(at: model) { gates($0).packed.sum() } }.profile
        let count = profile.byPrimitive.filter { ["layerNorm", "add"].contains($0.name) }.map(\.forward.count)
        #expect(count.reduce(0, +) == operations, sourceLocation: location)
    }

    @Test func sumsAreOneOperation() {
        agree(
            { $0.norms[0]($0.cell.input(x)) }, { $0.norms[0]($0.cell.input(x).packed) }, operations: 1)
        agree(
            { $0.norms[0]($0.cell.input(x)) + $0.norms[1]($0.cell.recurrent(h)) },
            { $0.norms[0]($0.cell.input(x).packed) + $0.norms[1]($0.cell.recurrent(h).packed) }, operations: 1)
        agree(
            {
                $0.norms[0]($0.cell.input(x)) + ($0.norms[1]($0.cell.recurrent(h)) + $0.norms[2]($0.cell.input(x)))
            },
            {
                $0.norms[0]($0.cell.input(x).packed) + $0.norms[1]($0.cell.recurrent(h).packed)
                    + $0.norms[2]($0.cell.input(x).packed)
            }, operations: 1)
    }

    /// A chain without end is computed on the way.
    @Test func longSums() {
        let projected = model.cell.input(x)
        var sum = model.norms[0](projected)
        for _ in 1..<100_000 { sum = sum + model.norms[0](projected) }
        let single = model.norms[0](projected).packed
        #expect(sum.packed.isClose(to: single * 100_000, relativeTolerance: 1e-9))
    }

    @Test("what no operation adds up is added all the same: another ε, products, a sum that was looked at")
    func otherSums() {
        agree(
            { $0.norms[0]($0.cell.input(x)) + $0.otherNorm($0.cell.recurrent(h)) },
            { $0.norms[0]($0.cell.input(x).packed) + $0.otherNorm($0.cell.recurrent(h).packed) }, operations: 3)
        agree(
            { $0.norms[0]($0.cell.input(x)) + $0.cell.recurrent(h) },
            { $0.norms[0]($0.cell.input(x).packed) + $0.cell.recurrent(h).packed }, operations: 2)
        agree(
            {
                let first = $0.norms[0]($0.cell.input(x))
                _ = first.packed
                return first + $0.norms[1]($0.cell.recurrent(h))
            },
            { $0.norms[0]($0.cell.input(x).packed) + $0.norms[1]($0.cell.recurrent(h).packed) }, operations: 3)
    }
}
