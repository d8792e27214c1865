import TapestryAutograd
import TapestryLayers

/// The gated recurrent unit whose products with weights are convolutions, over sequences (one axis), images (two) or
/// more. With ∗ a convolution that keeps the extents of its maps:
///
///     rₜ = σ(W_r ∗ xₜ + U_r ∗ hₜ₋₁ + b_r)              reset gate
///     zₜ = σ(W_z ∗ xₜ + U_z ∗ hₜ₋₁ + b_z)              update gate
///     nₜ = tanh(W_n ∗ xₜ + U_n ∗ (rₜ ⊙ hₜ₋₁) + b_n)    candidate
///     hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ nₜ                    hidden state
///
/// The update gate lets the candidate in, as in the paper; that of `GRUCell` keeps the state.
///
/// Reference: N. Ballas, L. Yao, C. Pal and A. Courville, "Delving deeper into convolutional networks for learning
/// video representations", 2016.
public struct ConvGRUCell<Scalar: DifferentiableScalar>: RecurrentCell {
    /// W and b of every gate.
    public var input: ConvolutionProjection<GRUGate, Scalar>
    /// U of every gate.
    public var recurrent: ConvolutionProjection<GRUGate, Scalar>
    /// The extents of the maps: `[length]`, `[height, width]`.
    public let size: [Int]

    /// Weights start uniformly in ±1/√(channels × elements of the kernel). Traps unless kernels have as many axes as
    /// maps and odd extents, and on extents below 1.
    ///
    /// - Parameters:
    ///   - inputChannels: the channels of xₜ.
    ///   - hiddenChannels: those of hₜ.
    ///   - size: the extents of the maps, `[length]` or `[height, width]`.
    ///   - kernel: that of W.
    ///   - recurrentKernel: that of U; the same by default.
    public init(
        inputChannels: Int, hiddenChannels: Int, size: [Int], kernel: [Int], recurrentKernel: [Int]? = nil
    ) {
        checkExtents(size, [kernel, recurrentKernel ?? kernel], "ConvGRUCell")
        input = ConvolutionProjection(inputChannels, hiddenChannels, kernel: kernel)
        recurrent = ConvolutionProjection(
            hiddenChannels, hiddenChannels, kernel: recurrentKernel ?? kernel, bias: false)
        self.size = size
    }

    /// h₀ = 0, `[batch, hidden, axes…]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount] + size) }

    /// hₜ from xₜ, `[batch, input, axes…]`, and hₜ₋₁, `[batch, hidden, axes…]`; the output is the state. Traps if they
    /// do not fit.
    public func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        checkMaps(x, channels: input.channelCount, size: size, "ConvGRUCell")
        let fromInput = input(x)
        let r = sigmoid(fromInput[.reset] + recurrent(h, .reset)).named("reset")
        let z = sigmoid(fromInput[.update] + recurrent(h, .update)).named("update")
        let candidate = tanh(fromInput[.candidate] + recurrent(r * h, .candidate)).named("candidate")
        let hidden = ((1 - z) * h + z * candidate).named("hidden")
        return (hidden, hidden)
    }
}
