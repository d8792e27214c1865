import Foundation
import Tapestry
import Testing

/// Every cell of the library in one call: its values, and its gradients by parameter and gate, against the equations of
/// its paper.
@Suite struct CellEquationTests {
    @Test func lstm() throws {
        try checkEquations(of: LSTMCell<Double>.self, gradients: .all, against: Reference.lstm).requireCorrect()
    }

    @Test func gru() throws {
        try checkEquations(of: GRUCell<Double>.self, gradients: .all, against: Reference.gruResetAfter)
            .requireCorrect()
    }

    @Test func gruWithResetBeforeTheProduct() throws {
        let cell = GRUCell<Double>(inputSize: 5, hiddenSize: 4, reset: .beforeProduct)
        try checkEquations(of: cell, inputSize: 5, gradients: .all, against: Reference.gruResetBefore)
            .requireCorrect()
    }

    @Test func rnn() throws {
        try checkEquations(of: RNNCell<Double>.self, gradients: .all, against: Reference.rnn(tanh)).requireCorrect()
    }

    @Test func rnnWithRelu() throws {
        let cell = RNNCell<Double>(inputSize: 5, hiddenSize: 4, activation: .relu)
        try checkEquations(of: cell, inputSize: 5, gradients: .all, against: Reference.rnn { max($0, 0) })
            .requireCorrect()
    }

    @Test func peepholes() throws {
        let cell = MutantPeepholeCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none)
        try checkEquations(of: cell, inputSize: 5, gradients: .all, against: Reference.peephole).requireCorrect()
    }
}
