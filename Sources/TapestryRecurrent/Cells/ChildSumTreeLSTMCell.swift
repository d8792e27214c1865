import TapestryAutograd

/// Long short-term memory over trees whose nodes have any number of children, in no order. With k each child of node j:
///
///     h̃ⱼ = Σₖ hₖ                               hidden states of the children together
///     fⱼₖ = σ(W_f xⱼ + U_f hₖ + b_f)           forget gate of each child
///     iⱼ = σ(W_i xⱼ + U_i h̃ⱼ + b_i)            input gate
///     C̃ⱼ = tanh(W_C xⱼ + U_C h̃ⱼ + b_C)         candidate
///     Cⱼ = Σₖ fⱼₖ ⊙ Cₖ + iⱼ ⊙ C̃ⱼ               cell state
///     oⱼ = σ(W_o xⱼ + U_o h̃ⱼ + b_o)            output gate
///     hⱼ = oⱼ ⊙ tanh(Cⱼ)                        hidden state
///
/// Over a chain it is `LSTMCell`, with the same parameters. U h̃ⱼ is computed as the sum of U hₖ, so that the
/// children's products with all gates are one.
///
/// Reference: K. S. Tai, R. Socher and C. D. Manning, "Improved semantic representations from tree-structured long
/// short-term memory networks", 2015, equations 2 to 8.
public struct ChildSumTreeLSTMCell<Scalar: DifferentiableScalar>: TreeCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    /// h = 0 and C = 0, each `[nodes, hidden]`.
    public func initialState(nodeCount: Int) -> LSTMState<Scalar> { .zeros([nodeCount, recurrent.unitCount]) }

    /// hⱼ and Cⱼ from xⱼ, `[nodes, input]`, and those of the children; the output is hⱼ. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ children: TreeChildren<LSTMState<Scalar>>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let ofInput = input(x)
        let ofChildren = recurrent(children.states.hidden)
        func z(_ gate: LSTMGate) -> Tensor<Scalar> { ofInput[gate] + children.sum(ofChildren[gate]) }
        let f = sigmoid(children.forEachChild(ofInput[.forget]) + ofChildren[.forget]).named("forget")
        let i = sigmoid(z(.input)).named("input")
        let candidate = tanh(z(.candidate)).named("candidate")
        let cell = (children.sum(f * children.states.cell) + i * candidate).named("cell")
        let o = sigmoid(z(.output)).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
