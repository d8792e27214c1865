import TapestryAutograd

/// The gates of a binary tree LSTM, in the order of their blocks.
public enum BinaryTreeLSTMGate: String, CaseIterable, Sendable {
    /// f of the left child, which keeps its cell state.
    case leftForget
    /// f of the right child.
    case rightForget
    /// i, which lets the candidate in.
    case input
    /// C̃, what may join the cell state.
    case candidate
    /// o, which lets the cell state out.
    case output
}

/// Long short-term memory over trees whose nodes have a left and a right child, which count differently. With l and r
/// the children of node j:
///
///     fⱼₗ = σ(W_f xⱼ + U_ll hₗ + U_lr hᵣ + b_f)        forget gate of the left child, which sees both
///     fⱼᵣ = σ(W_f xⱼ + U_rl hₗ + U_rr hᵣ + b_f)        forget gate of the right child
///     iⱼ = σ(W_i xⱼ + U_il hₗ + U_ir hᵣ + b_i)          input gate
///     C̃ⱼ = tanh(W_C xⱼ + U_Cl hₗ + U_Cr hᵣ + b_C)       candidate
///     Cⱼ = fⱼₗ ⊙ Cₗ + fⱼᵣ ⊙ Cᵣ + iⱼ ⊙ C̃ⱼ                cell state
///     oⱼ = σ(W_o xⱼ + U_ol hₗ + U_or hᵣ + b_o)          output gate
///     hⱼ = oⱼ ⊙ tanh(Cⱼ)                                 hidden state
///
/// A child that is missing has h = 0 and C = 0; an only child is the left one. This is the N-ary tree LSTM with N = 2.
///
/// Reference: K. S. Tai, R. Socher and C. D. Manning, "Improved semantic representations from tree-structured long
/// short-term memory networks", 2015, equations 9 to 14.
public struct BinaryTreeLSTMCell<Scalar: DifferentiableScalar>: TreeCell {
    /// W and b, which both forget gates share.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U that meets the left child's hidden state, and the right one's, of every gate.
    public var left, right: GateProjection<BinaryTreeLSTMGate, Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        left = GateProjection(hiddenSize, hiddenSize, bias: false)
        right = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    /// h = 0 and C = 0, each `[nodes, hidden]`.
    public func initialState(nodeCount: Int) -> LSTMState<Scalar> { .zeros([nodeCount, left.unitCount]) }

    /// hⱼ and Cⱼ from xⱼ, `[nodes, input]`, and those of the children; the output is hⱼ. Traps if they do not fit, or a
    /// node has more than two children.
    public func step(
        _ x: Tensor<Scalar>, _ children: TreeChildren<LSTMState<Scalar>>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        children.require(atMost: 2, "BinaryTreeLSTMCell")
        let missing = initialState(nodeCount: 1)
        let (l, r) = (children.states(at: 0, missing: missing), children.states(at: 1, missing: missing))
        let ofInput = input(x)
        let ofChildren = left(l.hidden) + right(r.hidden)
        let leftForget = sigmoid(ofInput[.forget] + ofChildren[.leftForget]).named("left forget")
        let rightForget = sigmoid(ofInput[.forget] + ofChildren[.rightForget]).named("right forget")
        let i = sigmoid(ofInput[.input] + ofChildren[.input]).named("input")
        let candidate = tanh(ofInput[.candidate] + ofChildren[.candidate]).named("candidate")
        let cell = (leftForget * l.cell + rightForget * r.cell + i * candidate).named("cell")
        let o = sigmoid(ofInput[.output] + ofChildren[.output]).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
