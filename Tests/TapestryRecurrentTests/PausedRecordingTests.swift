import TapestryAutograd
import TapestryRecurrent
import Testing

/// Pre-activations are computed when they are first looked at, which must not decide on what is a constant.
@Suite struct PausedRecordingTests {
    private let cell = withRandomSeed(1) { LeakyCell<Double>(inputSize: 3, hiddenSize: 2) }
    private let x = Tensor<Double>.normal([2, 3], using: RandomSource(seed: 2))
    private let h = Tensor<Double>.normal([2, 2], using: RandomSource(seed: 3))

    /// One gate is looked at without recording: the other one keeps its derivative.
    @Test func aGateAlone() {
        let gradient = gradient(at: cell) { cell in
            let z = cell.input(x) + cell.recurrent(h)
            let leak = withoutRecording { sigmoid(z[.leak]) }
            return (leak * tanh(z[.candidate])).sum()
        }
        let expected = TapestryAutograd.gradient(at: cell) { cell in
            let z = Gated<LeakyGate, Double>(packed: cell.input(x).packed + cell.recurrent(h).packed)
            return (sigmoid(z[.leak]).withoutDerivative() * tanh(z[.candidate])).sum()
        }
        #expect(gradient.input.weights[.leak] == .zeros([3, 2]))
        #expect(gradient.input.weights[.candidate].isClose(to: expected.input.weights[.candidate]))
        #expect(gradient.recurrent.weights[.candidate].isClose(to: expected.recurrent.weights[.candidate]))
        #expect(gradient.input.bias![.candidate] != .zeros([2]))
    }

    /// What was added up without recording is a constant, whenever it is looked at.
    @Test func allGates() {
        let gradient = gradient(at: cell) { cell in
            let z = withoutRecording { cell.input(x) + cell.recurrent(h) }
            let single = withoutRecording { cell.input(x) }
            return (tanh(z[.candidate]) * cell.input(x)[.leak] * single[.candidate]).sum()
        }
        #expect(gradient.recurrent.weights.packed == .zeros([2, 4]))
        #expect(
            gradient.input.weights[.candidate] == .zeros([3, 2]) && gradient.input.bias![.candidate] == .zeros([2]))
        #expect(gradient.input.weights[.leak] != .zeros([3, 2]))
    }
}
