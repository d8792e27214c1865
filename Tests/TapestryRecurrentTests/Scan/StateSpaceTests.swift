import Foundation
import TapestryAutograd
import TapestryRecurrent
import TapestryTestSupport
import Testing

@Suite struct HiPPOTests {
    /// The normal part of the HiPPO-LegS matrix, from its definition: A + p pᵀ with p[n] = √(n + ½).
    private func normalPart(_ count: Int) -> [[Double]] {
        (0..<count).map { n in
            (0..<count).map { k in
                let a = n > k ? -(Double(2 * n + 1) * Double(2 * k + 1)).squareRoot() : n == k ? -Double(n + 1) : 0
                return a + (Double(n) + 0.5).squareRoot() * (Double(k) + 0.5).squareRoot()
            }
        }
    }

    @Test("S v = (−½ + i ω) v, with columns of length 1", arguments: [2, 4, 10, 64, 256])
    func eigenvectors(_ count: Int) {
        let system = HiPPO.normalEigensystem(count: count)
        let matrix = Tensor<Double>(normalPart(count))
        let (v, w, omega) = (system.vectors.real, system.vectors.imaginary, system.frequencies)
        let scale = omega.scalars.max()!
        let real = matmul(matrix, v) - (-0.5 * v - omega * w)
        let imaginary = matmul(matrix, w) - (-0.5 * w + omega * v)
        for residue in (real.scalars + imaginary.scalars) { #expect(residue.magnitude < 1e-12 * scale) }
        for length in (square(v) + square(w)).sum(axes: [0]).scalars { #expect((length - 1).magnitude < 1e-13) }
        let frequencies = omega.scalars
        #expect(frequencies.count == count / 2 && frequencies.last! > 0)
        #expect(zip(frequencies, frequencies.dropFirst()).allSatisfy { $0 > $1 * 1.01 })
    }

    /// As many states of S5 as the whole real system has, of which its are the half, do the same.
    @Test func halfOfTheStatesIsTheWholeSystem() {
        let cell = withRandomSeed(1) { S5Cell<Double>(inputSize: 3, stateSize: 4, outputSize: 2) }
        let system = HiPPO.normalEigensystem(count: 8)
        // B = 2 Re(V B̃) and C = 2 Re(C̃ V*) undo what the first values did.
        let b = ComplexTensor(real: cell.input.weights[.real], imaginary: cell.input.weights[.imaginary])
        let (v, w) = (system.vectors.real, system.vectors.imaginary)
        let whole = 2 * (matmul(b.real, v.transposed()) - matmul(b.imaginary, w.transposed()))
        // Back again: Bᵀ in the coordinates of the eigenvectors.
        #expect(matmul(whole, v).isClose(to: b.real, relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
        #expect((-matmul(whole, w)).isClose(to: b.imaginary, relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
        #expect(cell.eigenvalues[.real] == Tensor(repeating: -0.5, shape: [4]))
        #expect(cell.eigenvalues[.imaginary] == system.frequencies)
    }
}

/// How linear recurrent units and state spaces start.
@Suite struct StateSpaceInitializationTests {
    @Test func eigenvaluesOfLRULieInTheRing() {
        let cell = withRandomSeed(2) {
            LRUCell<Double>(inputSize: 3, stateSize: 4000, outputSize: 2, radii: 0.5...0.9, largestPhase: 1)
        }
        let lambda = cell.eigenvalues
        let squared = square(lambda.real) + square(lambda.imaginary)
        for value in squared.scalars { #expect(value > 0.25 && value < 0.81) }
        // Uniform over the area: the mean of the squared radius is that of its ends.
        #expect((squared.mean().scalar - 0.53).magnitude < 0.01)
        let phases = exp(cell.logPhase)
        #expect(phases.scalars.allSatisfy { $0 > 0 && $0 < 1 } && (phases.mean().scalar - 0.5).magnitude < 0.02)
        #expect(exp(2 * cell.logNormalization).isClose(to: 1 - squared, relativeTolerance: 1e-10))
    }

    /// Of white noise, states of LRU have the variance of B u, whatever their memory is.
    @Test func normalizedStatesKeepTheirVariance() {
        let (cell, inputs) = withRandomSeed(3) {
            (
                LRUCell<Double>(inputSize: 20, stateSize: 50, outputSize: 2, radii: 0.5...0.99),
                Tensor<Double>.normal([400, 200, 20])
            )
        }
        let state = Recurrent(cell)(inputs).finalState
        let variance = (square(state.real) + square(state.imaginary)).mean().scalar
        #expect((variance - 1).magnitude < 0.1, "\(variance)")
    }

    @Test func stepsOfS5LieBetweenTheirEnds() {
        let cell = withRandomSeed(4) {
            S5Cell<Double>(inputSize: 3, stateSize: 1000, outputSize: 2, steps: 0.01...0.1)
        }
        let steps = cell.logStep.scalars
        #expect(steps.min()! >= log(0.01) && steps.max()! <= log(0.1))
        #expect(steps.min()! < log(0.0101) && steps.max()! > log(0.099))
    }
}

@Suite struct StateSpaceTrapTests {
    static let traps: [ExpectedTrap] = [
        ExpectedTrap("LRUCell: sizes must be positive: input 0, state 4, output 2") {
            _ = LRUCell<Double>(inputSize: 0, stateSize: 4, outputSize: 2)
        },
        ExpectedTrap("LRUCell: radii 0.5...1.5 and a largest phase of 1.0; they must be in 0 … 1, and positive") {
            _ = LRUCell<Double>(inputSize: 3, stateSize: 4, outputSize: 2, radii: 0.5...1.5, largestPhase: 1)
        },
        ExpectedTrap("S5Cell: sizes must be positive: input 3, state -1, output 2") {
            _ = S5Cell<Double>(inputSize: 3, stateSize: -1, outputSize: 2)
        },
        ExpectedTrap("S5Cell: steps of 0.0...0.1; they must be positive") {
            _ = S5Cell<Double>(inputSize: 3, stateSize: 4, outputSize: 2, steps: 0...0.1)
        },
        ExpectedTrap("HiPPO: the number of states is 3; it must be even and positive") {
            _ = HiPPO.normalEigensystem(count: 3)
        },
        ExpectedTrap("MLSTMCell: 6 units do not divide into 4 heads") {
            _ = MLSTMCell<Double>(inputSize: 3, hiddenSize: 6, headCount: 4)
        },
        ExpectedTrap("MLSTMCell: sizes must be positive: input 3, hidden 6, heads 0") {
            _ = MLSTMCell<Double>(inputSize: 3, hiddenSize: 6, headCount: 0)
        },
        ExpectedTrap("gates: sizes must not be negative: input 3, units -2") {
            _ = MinLSTMCell<Double>(inputSize: 3, hiddenSize: -2)
        },
        ExpectedTrap("matmul: inner dimensions differ: [7, 5, 2] · [3, 8] (2 ≠ 3)") {
            _ = Recurrent(LRUCell<Double>(inputSize: 3, hiddenSize: 4))(.zeros([7, 5, 2]))
        },
        ExpectedTrap("initial state: imaginary has shape [5, 3], and the cell needs [5, 4]") {
            _ = Recurrent(LRUCell<Double>(inputSize: 3, hiddenSize: 4))(
                .zeros([7, 5, 3]), initialState: ComplexTensor(real: .zeros([5, 4]), imaginary: .zeros([5, 3])))
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
