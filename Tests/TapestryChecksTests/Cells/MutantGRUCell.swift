import Tapestry

/// A way in which the forward pass of a GRU, with the reset after the product, can be wrong.
enum GRUMutation: String, Codable, Sendable, CaseIterable {
    case none
    case resetAndUpdateExchanged, updateAndCandidateExchanged, blocksRotated, inputWeightsExchanged
    case updateBiasMissing, candidateBiasMissing, candidateBiasTwice, biasesOfTheCandidateExchanged
    case resetWeightsTransposed, candidateWeightsTransposed, recurrentUpdateMissing, inputOfCandidateMissing
    case resetMissing, resetInverted, resetBeforeProduct, biasOutsideReset, resetOnInputBias, resetOnAll
    case sigmoidCandidate, candidateWithoutActivation, tanhUpdate
    case updateInverted, updateMissingOnCandidate, updateMissingOnState, candidateSubtracted, resetForUpdate
    case candidateReturned, stateReturned, stateNotCarried, rowsMixed
}

/// A GRU that is wrong on purpose. It differs from `GRUCell` only where its mutation says.
struct MutantGRUCell<Scalar: DifferentiableScalar>: RecurrentCell {
    var input, recurrent: GateProjection<GRUGate, Scalar>
    var candidateBias: Tensor<Scalar>
    let mutation: GRUMutation

    init(inputSize: Int, hiddenSize: Int, mutation: GRUMutation) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        candidateBias = .zeros([hiddenSize])
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    func step(_ x: Tensor<Scalar>, _ state: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let h = mutation == .rowsMixed ? concatenate([state[1...], state[0..<1]]) : state
        let r = sigmoid(fromInput(.reset, x) + fromState(.reset, h)).named("reset")
        let a = fromInput(.update, x) + fromState(.update, h)
        let z = (mutation == .tanhUpdate ? tanh(a) : sigmoid(a)).named("update")
        let n = candidate(fromInput(.candidate, x), r, h).named("candidate")
        let hidden = hiddenState(mutation == .resetForUpdate ? r : z, n, h).named("hidden")
        switch mutation {
        case .candidateReturned: return (n, hidden)
        case .stateReturned: return (h, hidden)
        case .stateNotCarried: return (hidden, state)
        default: return (hidden, hidden)
        }
    }

    // MARK: Where gates go wrong

    /// The gate whose parameters are used for a gate.
    private func source(of gate: GRUGate) -> GRUGate {
        switch (mutation, gate) {
        case (.resetAndUpdateExchanged, .reset): .update
        case (.resetAndUpdateExchanged, .update): .reset
        case (.updateAndCandidateExchanged, .update): .candidate
        case (.updateAndCandidateExchanged, .candidate): .update
        case (.blocksRotated, .reset): .update
        case (.blocksRotated, .update): .candidate
        case (.blocksRotated, .candidate): .reset
        default: gate
        }
    }

    private func fromInput(_ gate: GRUGate, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let source = source(of: gate)
        if mutation == .inputOfCandidateMissing, gate == .candidate { return input.bias![source] }
        if mutation == .updateBiasMissing, gate == .update { return matmul(x, input.weights[source]) }
        var weights = source
        if mutation == .inputWeightsExchanged, gate != .candidate { weights = gate == .reset ? .update : .reset }
        return matmul(x, input.weights[weights]) + input.bias![source]
    }

    private func fromState(_ gate: GRUGate, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        let weights = recurrent.weights[source(of: gate)]
        switch (mutation, gate) {
        case (.resetWeightsTransposed, .reset), (.candidateWeightsTransposed, .candidate):
            return matmul(h, weights.transposed())
        case (.recurrentUpdateMissing, .update): return 0 * matmul(h, weights)
        default: return matmul(h, weights)
        }
    }

    private func candidate(_ a: Tensor<Scalar>, _ r: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        let (product, bias) = (fromState(.candidate, h), candidateBias)
        switch mutation {
        case .candidateBiasMissing: return tanh(a + r * product)
        case .candidateBiasTwice: return tanh(a + r * (product + 2 * bias))
        case .biasesOfTheCandidateExchanged:
            let own = input.bias![.candidate]
            return tanh(a - own + bias + r * (product + own))
        case .resetMissing: return tanh(a + product + bias)
        case .resetInverted: return tanh(a + (1 - r) * (product + bias))
        case .resetBeforeProduct: return tanh(a + fromState(.candidate, r * h) + bias)
        case .biasOutsideReset: return tanh(a + r * product + bias)
        case .resetOnInputBias:
            let own = input.bias![.candidate]
            return tanh(a - own + r * (product + bias + own))
        case .resetOnAll: return tanh(r * (a + product + bias))
        case .sigmoidCandidate: return sigmoid(a + r * (product + bias))
        case .candidateWithoutActivation: return a + r * (product + bias)
        default: return tanh(a + r * (product + bias))
        }
    }

    // MARK: Where the state goes wrong

    private func hiddenState(_ z: Tensor<Scalar>, _ n: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .updateInverted: z * n + (1 - z) * h
        case .updateMissingOnCandidate: n + z * h
        case .updateMissingOnState: (1 - z) * n + h
        case .candidateSubtracted: z * h - (1 - z) * n
        default: (1 - z) * n + z * h
        }
    }
}

extension GRUMutation {
    /// The value that is the first to come out wrong.
    var wrongQuantity: EquationQuantity? {
        switch self {
        case .none: nil
        case .resetAndUpdateExchanged, .blocksRotated, .inputWeightsExchanged, .resetWeightsTransposed, .rowsMixed:
            .named("reset", number: 0)
        case .updateAndCandidateExchanged, .updateBiasMissing, .recurrentUpdateMissing, .tanhUpdate:
            .named("update", number: 0)
        case .candidateBiasMissing, .candidateBiasTwice, .biasesOfTheCandidateExchanged, .candidateWeightsTransposed,
            .inputOfCandidateMissing, .resetMissing, .resetInverted, .resetBeforeProduct, .biasOutsideReset,
            .resetOnInputBias, .resetOnAll, .sigmoidCandidate, .candidateWithoutActivation:
            .named("candidate", number: 0)
        case .updateInverted, .updateMissingOnCandidate, .updateMissingOnState, .candidateSubtracted, .resetForUpdate:
            .named("hidden", number: 0)
        case .candidateReturned, .stateReturned: .output
        case .stateNotCarried: .state("")
        }
    }

    /// What the check should say of it.
    var statement: String {
        switch self {
        case .none: ""
        case .resetAndUpdateExchanged:
            "reset and update have each other's parameters: equals Keras's and ONNX's order (update, reset, candidate)"
        case .updateAndCandidateExchanged: "update and candidate have each other's parameters"
        case .blocksRotated:
            "the gates have other gates' parameters, reset those of update, update those of candidate, "
                + "candidate those of reset"
        case .inputWeightsExchanged:
            "reset and update have each other's input.weights: equals Keras's and ONNX's order "
                + "(update, reset, candidate)"
        case .updateBiasMissing: "input.bias [update] is missing"
        case .candidateBiasMissing: "candidateBias is missing"
        case .candidateBiasTwice: "candidateBias is there twice"
        case .biasesOfTheCandidateExchanged: "input.bias [candidate] and candidateBias are exchanged"
        case .resetWeightsTransposed: "recurrent.weights [reset] is transposed"
        case .candidateWeightsTransposed: "recurrent.weights [candidate] is transposed"
        case .recurrentUpdateMissing: "recurrent.weights [update] is missing"
        case .inputOfCandidateMissing: "input.weights [candidate] is missing"
        case .resetMissing: "the factor reset is missing in candidate"
        case .resetInverted: "candidate has reset and 1 − reset the wrong way round"
        case .resetBeforeProduct:
            "reset multiplies the previous state before the product with the weights, not the product"
        case .biasOutsideReset: "reset does not multiply candidateBias"
        case .resetOnInputBias: "reset multiplies input.bias [candidate] too"
        case .resetOnAll: "reset multiplies input.weights [candidate] and input.bias [candidate] too"
        case .sigmoidCandidate: "candidate has σ where the reference has tanh"
        case .candidateWithoutActivation: "candidate has the identity where the reference has tanh"
        case .tanhUpdate: "update has tanh where the reference has σ"
        case .updateInverted: "hidden has update and 1 − update the wrong way round"
        case .updateMissingOnCandidate: "the factor 1 − update of candidate is missing in hidden"
        case .updateMissingOnState: "the factor update of the previous state is missing in hidden"
        case .candidateSubtracted: "hidden reads −candidate where candidate belongs"
        case .resetForUpdate: "hidden reads reset where update belongs"
        case .candidateReturned: "returned output is candidate"
        case .stateReturned: "returned output is the previous state"
        case .stateNotCarried: "returned state is the previous state"
        case .rowsMixed: "the rows of the previous state are taken 1 further"
        }
    }
}
