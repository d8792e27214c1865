import Tapestry

/// A way in which an LSTM's forward pass can be wrong while its derivative is that of what it computes.
enum LSTMMutation: String, Codable, Sendable, CaseIterable {
    case none
    case forgetAndInputExchanged, inputAndOutputExchanged, forgetAndOutputExchanged, forgetAndCandidateExchanged
    case biasMissing, outputBiasMissing, inputWeightsMissingInCandidate, recurrentWeightsMissingInOutput
    case recurrentWeightsTransposed, candidateWeightsTransposed, rowsMixed, unitsReversed
    case sigmoidCandidate, reluCandidate, tanhOutput, outputSeesCell
    case candidateTimesBoth, forgetInverted, gatesCoupled, forgetMissing, inputMissing, candidateSubtracted
    case forgetAndInputExchangedInCell
    case staleCell, tanhMissing, outputBeforeTanh, outputGateMissing, outputInverted
    case statesExchanged, cellNotCarried, hiddenNotCarried, cellReturned
    case forgetBiasOfOne, inputSumDoubled, hardForget, softsignCandidate, inputIsOneMinusForget, cellLimited
    case outputHasForgetWeights

    /// The value that is the first to come out wrong; `nil` for the right cell.
    var wrongQuantity: EquationQuantity? {
        switch self {
        case .none: nil
        case .forgetAndInputExchanged, .forgetAndOutputExchanged, .forgetAndCandidateExchanged, .biasMissing,
            .recurrentWeightsTransposed, .rowsMixed, .unitsReversed, .forgetBiasOfOne, .hardForget:
            .named("forget", number: 0)
        case .inputAndOutputExchanged, .inputSumDoubled, .inputIsOneMinusForget: .named("input", number: 0)
        case .candidateWeightsTransposed, .sigmoidCandidate, .reluCandidate, .inputWeightsMissingInCandidate,
            .softsignCandidate:
            .named("candidate", number: 0)
        case .candidateTimesBoth, .forgetInverted, .gatesCoupled, .forgetMissing, .inputMissing,
            .candidateSubtracted, .forgetAndInputExchangedInCell, .cellLimited:
            .named("cell", number: 0)
        case .outputHasForgetWeights, .tanhOutput, .outputSeesCell, .outputBiasMissing,
            .recurrentWeightsMissingInOutput:
            .named("output", number: 0)
        case .staleCell, .tanhMissing, .outputBeforeTanh, .outputGateMissing, .outputInverted:
            .named("hidden", number: 0)
        case .cellReturned: .output
        case .statesExchanged, .hiddenNotCarried: .state("hidden")
        case .cellNotCarried: .state("cell")
        }
    }
}

extension LSTMMutation {
    /// What the check should say of it.
    var statement: String {
        switch self {
        case .none: ""
        case .forgetAndInputExchanged:
            "forget and input have each other's parameters: equals PyTorch's and Keras's order "
                + "(input, forget, candidate, output)"
        case .inputAndOutputExchanged: "input and output have each other's parameters"
        case .forgetAndOutputExchanged: "forget and output have each other's parameters"
        case .forgetAndCandidateExchanged: "forget and candidate have each other's parameters"
        case .biasMissing: "input.bias is missing"
        case .outputBiasMissing: "input.bias [output] is missing"
        case .inputWeightsMissingInCandidate: "input.weights [candidate] is missing"
        case .recurrentWeightsMissingInOutput: "recurrent.weights [output] is missing"
        case .recurrentWeightsTransposed: "recurrent.weights is transposed"
        case .candidateWeightsTransposed: "recurrent.weights [candidate] is transposed"
        case .rowsMixed: "the rows of the previous hidden are taken 1 further"
        case .unitsReversed: "recurrent.weights has its rows 1 further"
        case .sigmoidCandidate: "candidate has σ where the reference has tanh"
        case .reluCandidate: "candidate has relu where the reference has tanh"
        case .tanhOutput: "output has tanh where the reference has σ"
        case .outputSeesCell: "cell is added to the pre-activation of output"
        case .candidateTimesBoth: "cell reads forget · candidate where forget belongs"
        case .forgetInverted: "cell has forget and 1 − forget the wrong way round"
        case .gatesCoupled: "cell reads 1 − forget where input belongs"
        case .forgetMissing: "the factor forget is missing in cell"
        case .inputMissing: "the factor input is missing in cell"
        case .candidateSubtracted: "cell reads −candidate where candidate belongs"
        case .forgetAndInputExchangedInCell: "forget and input are exchanged in cell"
        case .staleCell: "hidden reads the previous cell where cell belongs"
        case .tanhMissing: "hidden is multiplied by cell, not by tanh(cell)"
        case .outputBeforeTanh: "hidden is tanh(cell · output)"
        case .outputGateMissing: "the factor output is missing in hidden"
        case .outputInverted: "hidden has output and 1 − output the wrong way round"
        case .statesExchanged: "hidden and cell are exchanged in the returned state"
        case .cellNotCarried: "returned state cell is the previous cell"
        case .hiddenNotCarried: "returned state hidden is the previous hidden"
        case .cellReturned: "returned output is cell"
        case .forgetBiasOfOne: "1 is added to the pre-activation of forget"
        case .inputSumDoubled: "the pre-activation of input is 2.000 times what it should be"
        case .hardForget: "forget has the hard sigmoid x/6 + 1/2 where the reference has σ"
        case .softsignCandidate: "candidate has softsign where the reference has tanh"
        case .inputIsOneMinusForget: "input is 1 − forget"
        case .cellLimited: "cell is limited to ±0.25"
        case .outputHasForgetWeights: "output has the recurrent.weights of forget"
        }
    }
}

/// An LSTM that is wrong on purpose. It differs from `LSTMCell` only where its mutation says.
struct MutantLSTMCell<Scalar: DifferentiableScalar>: RecurrentCell {
    var input, recurrent: GateProjection<LSTMGate, Scalar>
    let mutation: LSTMMutation

    init(inputSize: Int, hiddenSize: Int, mutation: LSTMMutation) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> LSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return LSTMState(hidden: zeros, cell: zeros)
    }

    func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let f = forgetGate(sum(.forget, x, state.hidden)).named("forget")
        let i = inputGate(sum(.input, x, state.hidden), f).named("input")
        let candidate = activatedCandidate(sum(.candidate, x, state.hidden)).named("candidate")
        let cell = cellState(f, state.cell, i, candidate).named("cell")
        let a = sum(.output, x, state.hidden)
        let o = outputGate(a, cell).named("output")
        let hidden = hiddenState(o, cell, state.cell).named("hidden")
        return (mutation == .cellReturned ? cell : hidden, nextState(hidden, cell, state))
    }

    // MARK: Where gates go wrong

    private func sum(_ gate: LSTMGate, _ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        let gate = source(of: gate)
        var sum = matmul(mutation == .rowsMixed ? rotated(h) : h, recurrentWeights(gate))
        if mutation == .recurrentWeightsMissingInOutput, gate == .output { sum = sum * 0 }
        if !(mutation == .inputWeightsMissingInCandidate && gate == .candidate) {
            sum = sum + matmul(x, input.weights[gate])
        }
        if mutation == .biasMissing || mutation == .outputBiasMissing && gate == .output { return sum }
        return sum + input.bias![gate]
    }

    /// The gate whose parameters are used for a gate.
    private func source(of gate: LSTMGate) -> LSTMGate {
        let exchanged: (LSTMGate, LSTMGate)? =
            switch mutation {
            case .forgetAndInputExchanged: (.forget, .input)
            case .inputAndOutputExchanged: (.input, .output)
            case .forgetAndOutputExchanged: (.forget, .output)
            case .forgetAndCandidateExchanged: (.forget, .candidate)
            default: nil
            }
        guard let (first, second) = exchanged else { return gate }
        return gate == first ? second : gate == second ? first : gate
    }

    private func forgetGate(_ a: Tensor<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .forgetBiasOfOne: sigmoid(a + 1)
        case .hardForget: (a / 6 + 0.5).clamped(to: 0...1)
        default: sigmoid(a)
        }
    }

    private func inputGate(_ a: Tensor<Scalar>, _ f: Tensor<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .inputSumDoubled: sigmoid(2 * a)
        case .inputIsOneMinusForget: 1 - f
        default: sigmoid(a)
        }
    }

    private func recurrentWeights(_ gate: LSTMGate) -> Tensor<Scalar> {
        if mutation == .outputHasForgetWeights, gate == .output { return recurrent.weights[.forget] }
        let weights = recurrent.weights[gate]
        switch mutation {
        case .recurrentWeightsTransposed: return weights.transposed()
        case .candidateWeightsTransposed: return gate == .candidate ? weights.transposed() : weights
        case .unitsReversed: return rotated(weights)
        default: return weights
        }
    }

    /// Every row replaced by the next one, and the last by the first.
    private func rotated(_ matrix: Tensor<Scalar>) -> Tensor<Scalar> {
        concatenate([matrix[1...], matrix[0..<1]])
    }

    private func activatedCandidate(_ a: Tensor<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .sigmoidCandidate: sigmoid(a)
        case .reluCandidate: relu(a)
        case .softsignCandidate: softsign(a)
        default: tanh(a)
        }
    }

    private func outputGate(_ a: Tensor<Scalar>, _ cell: Tensor<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .tanhOutput: tanh(a)
        case .outputSeesCell: sigmoid(a + cell)
        default: sigmoid(a)
        }
    }

    // MARK: Where states go wrong

    private func cellState(
        _ f: Tensor<Scalar>, _ previous: Tensor<Scalar>, _ i: Tensor<Scalar>, _ candidate: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        switch mutation {
        case .candidateTimesBoth: (f * previous + i) * candidate
        case .forgetInverted: (1 - f) * previous + i * candidate
        case .gatesCoupled: f * previous + (1 - f) * candidate
        case .forgetMissing: previous + i * candidate
        case .inputMissing: f * previous + candidate
        case .candidateSubtracted: f * previous - i * candidate
        case .forgetAndInputExchangedInCell: i * previous + f * candidate
        case .cellLimited: (f * previous + i * candidate).clamped(to: -0.25...0.25)
        default: f * previous + i * candidate
        }
    }

    private func hiddenState(
        _ o: Tensor<Scalar>, _ cell: Tensor<Scalar>, _ previous: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        switch mutation {
        case .staleCell: o * tanh(previous)
        case .tanhMissing: o * cell
        case .outputBeforeTanh: tanh(o * cell)
        case .outputGateMissing: tanh(cell)
        case .outputInverted: (1 - o) * tanh(cell)
        default: o * tanh(cell)
        }
    }

    private func nextState(
        _ hidden: Tensor<Scalar>, _ cell: Tensor<Scalar>, _ previous: LSTMState<Scalar>
    ) -> LSTMState<Scalar> {
        switch mutation {
        case .statesExchanged: LSTMState(hidden: cell, cell: hidden)
        case .cellNotCarried: LSTMState(hidden: hidden, cell: previous.cell)
        case .hiddenNotCarried: LSTMState(hidden: previous.hidden, cell: cell)
        default: LSTMState(hidden: hidden, cell: cell)
        }
    }
}
