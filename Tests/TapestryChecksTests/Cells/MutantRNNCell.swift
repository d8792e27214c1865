import Tapestry

/// A way in which the forward pass of a plain recurrent cell with tanh can be wrong.
enum RNNMutation: String, Codable, Sendable, CaseIterable {
    case none
    case biasMissing, biasTwice, biasSubtracted, inputMissing, recurrentMissing
    case weightsTransposed, rowsRolled, unitsReversed, featuresReversed
    case relu, sigmoid, withoutActivation, negated, halved, residual, residualInside
    case returnsPreviousState, rowsMixed, inputRowsMixed
}

/// A plain recurrent cell that is wrong on purpose. It differs from `RNNCell` only where its mutation says.
struct MutantRNNCell<Scalar: DifferentiableScalar>: RecurrentCell {
    var input, recurrent: GateProjection<RNNGate, Scalar>
    let mutation: RNNMutation

    init(inputSize: Int, hiddenSize: Int, mutation: RNNMutation) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let a = product(mutation == .inputRowsMixed ? rotated(x) : x, mutation == .rowsMixed ? rotated(h) : h)
        let hidden = activated(a, h).named("hidden")
        return mutation == .returnsPreviousState ? (h, hidden) : (hidden, hidden)
    }

    private func product(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        let (w, u, b) = (input.weights.packed, recurrent.weights.packed, input.bias!.packed)
        switch mutation {
        case .biasMissing: return matmul(x, w) + matmul(h, u)
        case .biasTwice: return matmul(x, w) + matmul(h, u) + 2 * b
        case .biasSubtracted: return matmul(x, w) + matmul(h, u) - b
        case .inputMissing: return 0 * matmul(x, w) + matmul(h, u) + b
        case .recurrentMissing: return matmul(x, w) + 0 * matmul(h, u) + b
        case .weightsTransposed: return matmul(x, w) + matmul(h, u.transposed()) + b
        case .rowsRolled: return matmul(x, w) + matmul(h, rotated(u)) + b
        case .featuresReversed: return matmul(x.flipped(axes: [1]), w) + matmul(h, u) + b
        case .residualInside: return matmul(x, w) + matmul(h, u) + b + h
        default: return matmul(x, w) + matmul(h, u) + b
        }
    }

    private func activated(_ a: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        switch mutation {
        case .relu: Tapestry.relu(a)
        case .sigmoid: Tapestry.sigmoid(a)
        case .withoutActivation: a
        case .negated: -tanh(a)
        case .halved: tanh(a) / 2
        case .residual: tanh(a) + h
        case .unitsReversed: tanh(a).flipped(axes: [1])
        default: tanh(a)
        }
    }

    /// Every row replaced by the next one, and the last by the first.
    private func rotated(_ matrix: Tensor<Scalar>) -> Tensor<Scalar> { concatenate([matrix[1...], matrix[0..<1]]) }
}

extension RNNMutation {
    /// The value that is the first to come out wrong.
    var wrongQuantity: EquationQuantity? {
        switch self {
        case .none: nil
        case .returnsPreviousState: .output
        default: .named("hidden", number: 0)
        }
    }

    /// What the check should say of it.
    var statement: String {
        switch self {
        case .none: ""
        case .biasMissing: "input.bias is missing"
        case .biasTwice: "input.bias is there twice"
        case .biasSubtracted: "input.bias has the opposite sign"
        case .inputMissing: "input.weights is missing"
        case .recurrentMissing: "recurrent.weights is missing"
        case .weightsTransposed: "recurrent.weights is transposed"
        case .rowsRolled: "recurrent.weights has its rows 1 further"
        case .unitsReversed: "the units of hidden are taken in reverse order"
        case .featuresReversed: "input.weights has its rows in reverse order"
        case .relu: "hidden has relu where the reference has tanh"
        case .sigmoid: "hidden has σ where the reference has tanh"
        case .withoutActivation: "hidden has the identity where the reference has tanh"
        case .negated: "hidden has the opposite sign"
        case .halved: "hidden is 0.500 times what it should be"
        case .residual: "the previous state is added to hidden"
        case .residualInside: "the previous state is added to the pre-activation of hidden"
        case .returnsPreviousState: "returned output is the previous state"
        case .rowsMixed: "the rows of the previous state are taken 1 further"
        case .inputRowsMixed: "the rows of the input are taken 1 further"
        }
    }
}
