import Foundation
import Tapestry
import Testing

/// The difference between the two checks: a wrong cell has the right gradients of what it computes, so the gradient
/// check finds nothing. The equation check explains the same mutants in `EquationDiagnosisTests`.
@Suite struct EquationMutantTests {
    @Test(arguments: LSTMMutation.allCases)
    func gradientCheckCannotSeeIt(mutation: LSTMMutation) {
        let model = withRandomSeed(3) {
            Recurrent(MutantLSTMCell<Double>(inputSize: 3, hiddenSize: 2, mutation: mutation))
        }
        let (inputs, state) = withRandomSeed(4) {
            (
                Tensor<Double>.normal([3, 2, 3]),
                LSTMState<Double>(hidden: .normal([2, 2]), cell: .normal([2, 2]))
            )
        }
        let report = checkGradients(of: model) { $0(inputs, initialState: state) }
        #expect(report.verdict != .wrong, "\(report)")
        let unused = report.blocks.filter { $0.verdict == .inconclusive }
        // A parameter that the mutant forgot has no influence, and nothing else is in doubt.
        #expect(unused.allSatisfy { $0.scale == 0 }, "\(report)")
    }
}
