import Tapestry

/// A way in which h = (1 − z) ⊙ n + z ⊙ h + ½ p ⊙ tanh(r) can be wrong, and what the check says of it.
enum BlendMutation: String, Codable, Sendable, CaseIterable {
    case none
    case termTwice, termScaled, termsMultiplied, factorsAdded, complementAdded, otherActivation, oneUse, otherFactor
    case extraProduct, operandOfProductAdded

    var statement: String? {
        switch self {
        case .none: nil
        case .termTwice: "the term gate · the previous state is there twice in hidden"
        case .termScaled: "the term tanh(relevance) · peephole is 3.000 times what it should be in hidden"
        case .termsMultiplied:
            "gate · the previous state and (1 − gate) · candidate are multiplied, not added, in hidden"
        case .factorsAdded: "gate and the previous state are added, not multiplied, in hidden"
        case .complementAdded: "1 − gate and candidate are added, not multiplied, in hidden"
        case .otherActivation:
            "the term tanh(relevance) · peephole has σ(relevance) where tanh(relevance) belongs in hidden"
        case .oneUse: "the term gate · candidate has tanh(gate) where gate belongs in hidden"
        case .otherFactor: "the term gate · candidate has relevance where gate belongs in hidden"
        case .extraProduct: "0.250 · candidate · relevance is added in hidden"
        case .operandOfProductAdded: "relevance and the previous state are added, not multiplied, in candidate"
        }
    }
}

/// A cell with a gate, a second one for the candidate, and a peephole, wrong on purpose.
struct MutantBlendCell: RecurrentCell {
    var gateWeights, relevanceWeights, candidateWeights, recurrentWeights, peephole: Tensor<Double>
    let mutation: BlendMutation

    init(inputSize: Int, hiddenSize: Int, mutation: BlendMutation) {
        gateWeights = .ones([inputSize, hiddenSize])
        relevanceWeights = .ones([inputSize, hiddenSize])
        candidateWeights = .ones([inputSize, hiddenSize])
        recurrentWeights = .ones([hiddenSize, hiddenSize])
        peephole = .ones([hiddenSize])
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, recurrentWeights.shape[0]]) }

    func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
        let z = sigmoid(matmul(x, gateWeights)).named("gate")
        let r = sigmoid(matmul(x, relevanceWeights)).named("relevance")
        let gated = mutation == .operandOfProductAdded ? r + h : r * h
        let n = tanh(matmul(x, candidateWeights) + matmul(gated, recurrentWeights)).named("candidate")
        let hidden = blended(z, r, n, h).named("hidden")
        return (hidden, hidden)
    }

    private func blended(
        _ z: Tensor<Double>, _ r: Tensor<Double>, _ n: Tensor<Double>, _ h: Tensor<Double>
    ) -> Tensor<Double> {
        let own = 0.5 * peephole * tanh(r)
        let (kept, new) = (z * h, (1 - z) * n)
        return switch mutation {
        case .termTwice: new + 2 * kept + own
        case .termScaled: new + kept + 3 * own
        case .termsMultiplied: new * kept + own
        case .factorsAdded: new + (z + h) + own
        case .complementAdded: (1 - z + n) + kept + own
        case .otherActivation: new + kept + 0.5 * peephole * sigmoid(r)
        case .oneUse: (1 - tanh(z)) * n + kept + own
        case .otherFactor: (1 - r) * n + kept + own
        case .extraProduct: new + kept + own + 0.25 * r * n
        default: new + kept + own
        }
    }
}
