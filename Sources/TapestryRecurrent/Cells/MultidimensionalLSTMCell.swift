import TapestryAutograd
import TapestryLayers

/// The gates of a multidimensional LSTM, in the order of their blocks.
public enum MultidimensionalLSTMGate: String, CaseIterable, Sendable {
    /// f of the dimension that leads down, which keeps the cell state above.
    case verticalForget
    /// f of the dimension that leads to the right, which keeps the cell state to the left.
    case horizontalForget
    /// i, which lets the candidate in.
    case input
    /// C̃, what may join the cell state.
    case candidate
    /// o, which lets the cell state out.
    case output
}

/// Long short-term memory over grids of two dimensions, with a forget gate for each and gates that see the cell states.
/// With a the place above and l the place to the left:
///
///     f_v = σ(W_v x + U_v h_a + V_v h_l + p_v ⊙ C_a + b_v)             forget gate of the vertical dimension
///     f_h = σ(W_h x + U_h h_a + V_h h_l + p_h ⊙ C_l + b_h)             forget gate of the horizontal dimension
///     i = σ(W_i x + U_i h_a + V_i h_l + p_i ⊙ (C_a + C_l) + b_i)       input gate
///     C̃ = tanh(W_C x + U_C h_a + V_C h_l + b_C)                        candidate
///     C = f_v ⊙ C_a + f_h ⊙ C_l + i ⊙ C̃                                cell state
///     o = σ(W_o x + U_o h_a + V_o h_l + p_o ⊙ C + b_o)                 output gate, which sees the new cell state
///     h = o ⊙ tanh(C)                                                   hidden state
///
/// Beyond the border h = 0 and C = 0. A forget gate sees the cell state of its own dimension alone; the input gate sees
/// both, by the same peephole. A grid of one row is `PeepholeLSTMCell`, with the horizontal parameters.
///
/// Reference: A. Graves, S. Fernández and J. Schmidhuber, "Multi-dimensional recurrent neural networks", 2007, section
/// 2.1, whose sums over two dimensions are written out here, with one cell in every block.
public struct MultidimensionalLSTMCell<Scalar: DifferentiableScalar>: GridCell {
    /// W and b of every gate.
    public var input: GateProjection<MultidimensionalLSTMGate, Scalar>
    /// U, which meets the hidden state above, and V, which meets the one to the left.
    public var vertical, horizontal: GateProjection<MultidimensionalLSTMGate, Scalar>
    /// p_v, p_h, p_i and p_o, each `[hidden]`.
    public var verticalForgetPeephole, horizontalForgetPeephole, inputPeephole, outputPeephole: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        vertical = GateProjection(hiddenSize, hiddenSize, bias: false)
        horizontal = GateProjection(hiddenSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        verticalForgetPeephole = uniform.tensor([hiddenSize])
        horizontalForgetPeephole = uniform.tensor([hiddenSize])
        inputPeephole = uniform.tensor([hiddenSize])
        outputPeephole = uniform.tensor([hiddenSize])
    }

    /// h = 0 and C = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, input.unitCount]) }

    /// h and C from x, `[batch, input]`, and those above and to the left, each `[batch, hidden]`; the output is h.
    /// Traps if they do not fit.
    public func step(
        _ place: GridInput<Scalar, LSTMState<Scalar>>, _ left: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let above = place.above
        let z = input(place.features) + vertical(above.hidden) + horizontal(left.hidden)
        let verticalForget = sigmoid(z[.verticalForget] + verticalForgetPeephole * above.cell).named("vertical forget")
        let horizontalForget = sigmoid(z[.horizontalForget] + horizontalForgetPeephole * left.cell)
            .named("horizontal forget")
        let i = sigmoid(z[.input] + inputPeephole * (above.cell + left.cell)).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (verticalForget * above.cell + horizontalForget * left.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output] + outputPeephole * cell).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
