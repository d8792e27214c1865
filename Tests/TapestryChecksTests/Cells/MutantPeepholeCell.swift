import Tapestry

/// A way in which the forward pass of an LSTM with peepholes can be wrong.
enum PeepholeMutation: String, Codable, Sendable, CaseIterable {
    case none
    case forgetPeepholeMissing, inputPeepholeMissing, outputPeepholeMissing, allPeepholesMissing
    case outputSeesOldCell, forgetSeesHidden, forgetPeepholeSubtracted
    case forgetAndInputPeepholesExchanged, inputHasForgetPeephole, outputSeesCellWithoutWeights
    case candidateSeesCell, forgetAndInputExchanged, packedInONNXOrder, cellWithoutForget
    case hiddenOfOldCell, inputAndCandidateNotCoupled
}

/// A cell of a user, an LSTM whose gates see the cell state through diagonal weights, wrong on purpose where its mutation
/// says.
///
/// Reference: F. Gers and J. Schmidhuber, "Recurrent nets that time and count", 2000.
struct MutantPeepholeCell<Scalar: DifferentiableScalar>: RecurrentCell {
    var input, recurrent: GateProjection<LSTMGate, Scalar>
    var forgetPeephole, inputPeephole, outputPeephole: Tensor<Scalar>
    let mutation: PeepholeMutation

    init(inputSize: Int, hiddenSize: Int, mutation: PeepholeMutation) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        (forgetPeephole, inputPeephole, outputPeephole) = (
            .zeros([hiddenSize]), .zeros([hiddenSize]), .zeros([hiddenSize])
        )
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> LSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return LSTMState(hidden: zeros, cell: zeros)
    }

    func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        func sum(_ gate: LSTMGate) -> Tensor<Scalar> { z[source(of: gate)] }
        let f = sigmoid(sum(.forget) + forgetTerm(state)).named("forget")
        let i = sigmoid(sum(.input) + inputTerm(state)).named("input")
        let a = mutation == .candidateSeesCell ? sum(.candidate) + state.cell : sum(.candidate)
        let candidate = tanh(a).named("candidate")
        let cell = cellState(f, state.cell, i, candidate).named("cell")
        let o = sigmoid(sum(.output) + outputTerm(cell, state)).named("output")
        let hidden = (o * tanh(mutation == .hiddenOfOldCell ? state.cell : cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    /// The gate whose block is read for a gate.
    private func source(of gate: LSTMGate) -> LSTMGate {
        switch mutation {
        case .forgetAndInputExchanged: gate == .forget ? .input : gate == .input ? .forget : gate
        // The blocks lie as input, output, forget, candidate, and are read as forget, input, candidate, output.
        case .packedInONNXOrder:
            switch gate {
            case .input: .forget
            case .output: .input
            case .forget: .candidate
            case .candidate: .output
            }
        default: gate
        }
    }

    private func forgetTerm(_ state: LSTMState<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .forgetPeepholeMissing, .allPeepholesMissing: 0 * state.cell
        case .forgetSeesHidden: forgetPeephole * state.hidden
        case .forgetPeepholeSubtracted: -forgetPeephole * state.cell
        case .forgetAndInputPeepholesExchanged: inputPeephole * state.cell
        default: forgetPeephole * state.cell
        }
    }

    private func inputTerm(_ state: LSTMState<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .inputPeepholeMissing, .allPeepholesMissing: 0 * state.cell
        case .forgetAndInputPeepholesExchanged, .inputHasForgetPeephole: forgetPeephole * state.cell
        default: inputPeephole * state.cell
        }
    }

    private func outputTerm(_ cell: Tensor<Scalar>, _ state: LSTMState<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .outputPeepholeMissing, .allPeepholesMissing: 0 * cell
        case .outputSeesOldCell: outputPeephole * state.cell
        case .outputSeesCellWithoutWeights: outputPeephole * cell + cell
        default: outputPeephole * cell
        }
    }

    private func cellState(
        _ f: Tensor<Scalar>, _ previous: Tensor<Scalar>, _ i: Tensor<Scalar>, _ candidate: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        switch mutation {
        case .cellWithoutForget: previous + i * candidate
        case .inputAndCandidateNotCoupled: f * previous + candidate
        default: f * previous + i * candidate
        }
    }
}

extension PeepholeMutation {
    /// The value that is the first to come out wrong.
    var wrongQuantity: EquationQuantity? {
        switch self {
        case .none: nil
        case .forgetPeepholeMissing, .allPeepholesMissing, .forgetSeesHidden, .forgetPeepholeSubtracted,
            .forgetAndInputPeepholesExchanged, .forgetAndInputExchanged, .packedInONNXOrder:
            .named("forget", number: 0)
        case .inputPeepholeMissing, .inputHasForgetPeephole: .named("input", number: 0)
        case .candidateSeesCell: .named("candidate", number: 0)
        case .cellWithoutForget, .inputAndCandidateNotCoupled: .named("cell", number: 0)
        case .outputPeepholeMissing, .outputSeesOldCell, .outputSeesCellWithoutWeights: .named("output", number: 0)
        case .hiddenOfOldCell: .named("hidden", number: 0)
        }
    }

    /// What the check should say of it.
    var statement: String {
        switch self {
        case .none: ""
        case .forgetPeepholeMissing: "forgetPeephole is missing"
        case .inputPeepholeMissing: "inputPeephole is missing"
        case .outputPeepholeMissing: "outputPeephole is missing"
        case .allPeepholesMissing: "forgetPeephole, inputPeephole, outputPeephole are missing"
        case .outputSeesOldCell: "output reads the previous cell where cell belongs"
        case .forgetSeesHidden: "forget reads the previous hidden where the previous cell belongs"
        case .forgetPeepholeSubtracted: "forgetPeephole has the opposite sign"
        case .forgetAndInputPeepholesExchanged: "forgetPeephole and inputPeephole are exchanged"
        case .inputHasForgetPeephole: "forgetPeephole stands in the place of inputPeephole"
        case .outputSeesCellWithoutWeights: "cell is added to the pre-activation of output"
        case .candidateSeesCell: "the previous cell is added to the pre-activation of candidate"
        case .forgetAndInputExchanged:
            "forget and input have each other's parameters: equals PyTorch's and Keras's order "
                + "(input, forget, candidate, output)"
        case .packedInONNXOrder:
            "the gates have other gates' parameters, forget those of candidate, input those of forget, "
                + "candidate those of output, output those of input: equals ONNX's order "
                + "(input, output, forget, candidate)"
        case .cellWithoutForget: "the factor forget is missing in cell"
        case .hiddenOfOldCell: "hidden reads the previous cell where cell belongs"
        case .inputAndCandidateNotCoupled: "the factor input is missing in cell"
        }
    }
}
