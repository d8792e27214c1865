import TapestryAutograd
import TapestryLayers

/// Long short-term memory whose products with weights are convolutions, over sequences (one axis), images (two) or
/// more. With ∗ a convolution that keeps the extents of its maps:
///
///     fₜ = σ(W_f ∗ xₜ + U_f ∗ hₜ₋₁ + p_f ⊙ Cₜ₋₁ + b_f)    forget gate
///     iₜ = σ(W_i ∗ xₜ + U_i ∗ hₜ₋₁ + p_i ⊙ Cₜ₋₁ + b_i)    input gate
///     C̃ₜ = tanh(W_C ∗ xₜ + U_C ∗ hₜ₋₁ + b_C)              candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                            cell state
///     oₜ = σ(W_o ∗ xₜ + U_o ∗ hₜ₋₁ + p_o ⊙ Cₜ + b_o)      output gate, which sees the new cell state
///     hₜ = oₜ ⊙ tanh(Cₜ)                                   hidden state
///
/// The peepholes p, which the paper has and most implementations leave out, are optional.
///
/// Reference: X. Shi et al., "Convolutional LSTM network: a machine learning approach for precipitation
/// nowcasting", 2015.
public struct ConvLSTMCell<Scalar: DifferentiableScalar>: RecurrentCell {
    /// W and b of every gate.
    public var input: ConvolutionProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: ConvolutionProjection<LSTMGate, Scalar>
    /// p_f, p_i and p_o, each `[hidden, axes…]`, if the gates see the cell state.
    public var forgetPeephole, inputPeephole, outputPeephole: Tensor<Scalar>?
    /// The extents of the maps: `[length]`, `[height, width]`.
    public let size: [Int]

    /// Weights start uniformly in ±1/√(channels × elements of the kernel), peepholes in ±1/√hidden. Traps unless
    /// kernels have as many axes as maps and odd extents, and on extents below 1.
    ///
    /// - Parameters:
    ///   - inputChannels: the channels of xₜ.
    ///   - hiddenChannels: those of hₜ and Cₜ.
    ///   - size: the extents of the maps, `[length]` or `[height, width]`.
    ///   - kernel: that of W.
    ///   - recurrentKernel: that of U; the same by default.
    ///   - peepholes: whether gates see the cell state.
    public init(
        inputChannels: Int, hiddenChannels: Int, size: [Int], kernel: [Int], recurrentKernel: [Int]? = nil,
        peepholes: Bool = false
    ) {
        checkExtents(size, [kernel, recurrentKernel ?? kernel], "ConvLSTMCell")
        input = ConvolutionProjection(inputChannels, hiddenChannels, kernel: kernel)
        recurrent = ConvolutionProjection(
            hiddenChannels, hiddenChannels, kernel: recurrentKernel ?? kernel, bias: false)
        if peepholes {
            let uniform = Initializer.inverseRoot(of: hiddenChannels)
            forgetPeephole = uniform.tensor([hiddenChannels] + size)
            inputPeephole = uniform.tensor([hiddenChannels] + size)
            outputPeephole = uniform.tensor([hiddenChannels] + size)
        }
        self.size = size
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden, axes…]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount] + size) }

    /// hₜ and Cₜ from xₜ, `[batch, input, axes…]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden, axes…]`; the output is hₜ.
    /// Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        checkMaps(x, channels: input.channelCount, size: size, "ConvLSTMCell")
        let z = input(x) + recurrent(state.hidden)
        let f = sigmoid(seen(state.cell, by: forgetPeephole, z[.forget])).named("forget")
        let i = sigmoid(seen(state.cell, by: inputPeephole, z[.input])).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(seen(cell, by: outputPeephole, z[.output])).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    /// z + p ⊙ C, or z without a peephole.
    private func seen(
        _ cell: Tensor<Scalar>, by peephole: Tensor<Scalar>?, _ z: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        peephole.map { z + $0 * cell } ?? z
    }
}
