import TapestryAutograd
import TapestryLayers

/// What a matrix LSTM stores of an input, in the order of the blocks.
public enum MLSTMStorage: String, CaseIterable, Sendable {
    /// kₜ, under which the value is found again.
    case key
    /// vₜ.
    case value
}

/// The gates of a matrix LSTM's memory, in the order of their blocks: one number for each head.
public enum MLSTMGate: String, CaseIterable, Sendable {
    /// fₜ, which keeps the memory.
    case forget
    /// iₜ, which lets a key and its value in.
    case input
}

/// What a matrix LSTM reads its memory with, in the order of the blocks.
public enum MLSTMReading: String, CaseIterable, Sendable {
    /// qₜ, which is compared with keys.
    case query
    /// oₜ, which lets the result out.
    case output
}

/// The state of a matrix LSTM; d is the number of units of a head.
public struct MLSTMState<Scalar: DifferentiableScalar>: Module {
    /// Cₜ, the sum of vₛ kₛᵀ, times exp(−mₜ): `[batch, heads, d, d]`, a row for each element of the value.
    public var memory: Tensor<Scalar>
    /// nₜ, the sum of kₛ, times exp(−mₜ): `[batch, heads, d]`.
    public var normalizer: Tensor<Scalar>
    /// mₜ, the logarithm of what both are scaled by: `[batch, heads]`.
    public var stabilizer: Tensor<Scalar>

    /// A state of three parts.
    public init(memory: Tensor<Scalar>, normalizer: Tensor<Scalar>, stabilizer: Tensor<Scalar>) {
        self.memory = memory
        self.normalizer = normalizer
        self.stabilizer = stabilizer
    }
}

/// The matrix LSTM of the xLSTM family: a memory of keys and values in every head, with exponential gates that the
/// input alone decides, so that all steps can be computed at once:
///
///     kₜ = (W_k xₜ + b_k) / √d                  key; d units a head
///     vₜ = W_v xₜ + b_v                         value
///     mₜ = max(ln f + mₜ₋₁, z_i)               stabiliser, f = σ(z_f) or exp(z_f), z = w xₜ + b of each gate
///     iₜ = exp(z_i − mₜ)                        input gate
///     fₜ = exp(ln f + mₜ₋₁ − mₜ)                forget gate
///     Cₜ = fₜ Cₜ₋₁ + iₜ vₜ kₜᵀ                  memory
///     nₜ = fₜ nₜ₋₁ + iₜ kₜ                      normaliser
///     qₜ = W_q xₜ + b_q                         query
///     oₜ = σ(W_o xₜ + b_o)                      output gate
///     hₜ = oₜ ⊙ Cₜ qₜ / max(|nₜᵀ qₜ|, exp(−mₜ))  hidden state
///
/// exp(−mₜ) is the paper's 1 on the scale of the stabilised normaliser, so the output does not depend on the stabiliser
/// but by rounding.
///
/// Reference: M. Beck, K. Pöppel, M. Spanring, A. Auer, O. Prudnikova, M. Kopp, G. Klambauer, J. Brandstetter and
/// S. Hochreiter, "xLSTM: extended long short-term memory", 2024, equations 19 to 27.
public struct MLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell, ScannableRecurrentCell {
    /// W and b of keys and values.
    public var storage: GateProjection<MLSTMStorage, Scalar>
    /// w and b of the gates, a unit for each head.
    public var gates: GateProjection<MLSTMGate, Scalar>
    /// W and b of queries and output gates.
    public var reading: GateProjection<MLSTMReading, Scalar>
    /// What the forget gate is of its pre-activation.
    public let forgetGate: XLSTMForgetGate

    /// W and b start uniformly in ±1/√hidden, those of the gates in ±1/√heads.
    ///
    /// - Parameters:
    ///   - inputSize: the features of the input.
    ///   - hiddenSize: the units of all heads together.
    ///   - headCount: positive, and a divisor of `hiddenSize`, else it traps.
    ///   - forgetGate: what the forget gate is of its pre-activation.
    public init(inputSize: Int, hiddenSize: Int, headCount: Int, forgetGate: XLSTMForgetGate = .sigmoid) {
        requireSizes("MLSTMCell", ["input": inputSize, "hidden": hiddenSize, "heads": headCount])
        if !hiddenSize.isMultiple(of: headCount) {
            trap("MLSTMCell", "\(hiddenSize) units do not divide into \(headCount) heads")
        }
        storage = GateProjection(inputSize, hiddenSize)
        gates = GateProjection(inputSize, headCount)
        reading = GateProjection(inputSize, hiddenSize)
        self.forgetGate = forgetGate
    }

    /// A cell with one head, whose forget gate is a logistic function.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, headCount: 1)
    }

    private var headCount: Int { gates.unitCount }
    private var headSize: Int { storage.unitCount / headCount }

    /// C₀, n₀ and m₀ = 0.
    public func initialState(batchSize: Int) -> MLSTMState<Scalar> {
        MLSTMState(
            memory: .zeros([batchSize, headCount, headSize, headSize]),
            normalizer: .zeros([batchSize, headCount, headSize]), stabilizer: .zeros([batchSize, headCount]))
    }

    /// Units, `[…, hidden]`, by head, `[…, heads, d]`.
    private func heads(_ units: Tensor<Scalar>) -> Tensor<Scalar> {
        units.reshaped(to: units.shape.dropLast() + [headCount, headSize])
    }

    /// Keys, values and gates from xₜ, `[…, input]`. Traps if it does not fit.
    public func transition(_ x: Tensor<Scalar>) -> MatrixMemoryTransition<Scalar> {
        let (stored, z) = (storage(x), gates(x))
        let key = (stored[.key] * Scalar(1 / Double(headSize).squareRoot())).named("key")
        return MatrixMemoryTransition(
            key: heads(key), value: heads(stored[.value].named("value")),
            logForget: forgetGate.logarithm(of: z[.forget]), logInput: z[.input])
    }

    /// hₜ, `[…, hidden]`, from xₜ and the state after it.
    public func readout(
        _ x: Tensor<Scalar>, _ state: MLSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: MLSTMState<Scalar>) {
        let next = MLSTMState(
            memory: state.memory.named("memory"), normalizer: state.normalizer.named("normalizer"),
            stabilizer: state.stabilizer.named("stabilizer"))
        let read = reading(x)
        let query = heads(read[.query].named("query"))
        let o = sigmoid(read[.output]).named("output")
        let found = matmul(next.memory, query.unsqueezed(axis: -1)).squeezed(axes: [-1])
        let weight = abs((next.normalizer * query).sum(axes: [-1], keepingAxes: true))
        let least = exp(-next.stabilizer).unsqueezed(axis: -1)
        let result = (found / maximum(weight, least)).reshaped(to: o.shape)
        return ((o * result).named("hidden"), next)
    }
}

/// What one input does to the state of a matrix LSTM.
public struct MatrixMemoryTransition<Scalar: DifferentiableScalar>: StateTransition {
    /// kₜ and vₜ, each `[…, heads, d]`.
    public var key, value: Tensor<Scalar>
    /// ln f and z_i, each `[…, heads]`.
    public var logForget, logInput: Tensor<Scalar>

    /// mₜ, Cₜ and nₜ
    public func applied(to state: MLSTMState<Scalar>) -> MLSTMState<Scalar> {
        let stabilizer = maximum(logForget + state.stabilizer, logInput)
        let (memory, normalizer) = changes(before: state.stabilizer, after: stabilizer)
        return MLSTMState(
            memory: memory.applied(to: state.memory), normalizer: normalizer.applied(to: state.normalizer),
            stabilizer: stabilizer)
    }

    /// The linear changes of memory and normaliser, once the stabilisers are known.
    private func changes(
        before: Tensor<Scalar>, after: Tensor<Scalar>
    ) -> (memory: LinearTransition<Scalar>, normalizer: LinearTransition<Scalar>) {
        let i = exp(logInput - after).named("input").unsqueezed(axis: -1)
        let f = exp(logForget + before - after).named("forget").unsqueezed(axis: -1)
        let kept = i * key
        return (
            LinearTransition(
                factor: f.unsqueezed(axis: -1), term: value.unsqueezed(axis: -1) * kept.unsqueezed(axis: -2)),
            LinearTransition(factor: f, term: kept)
        )
    }

    /// The stabilisers, one small tensor a step, one after the other; what is left is linear.
    public func scanned(from state: MLSTMState<Scalar>, along axis: Int, reversed: Bool) -> MLSTMState<Scalar> {
        var stabilizers = [state.stabilizer]
        let steps = zip(logForget.unstacked(axis: axis), logInput.unstacked(axis: axis))
        for (forget, input) in reversed ? steps.reversed() : Array(steps) {
            stabilizers.append(maximum(forget + stabilizers.last!, input))
        }
        func inOrder(_ part: ArraySlice<Tensor<Scalar>>) -> Tensor<Scalar> {
            stack(reversed ? part.reversed() : Array(part), axis: axis)
        }
        let after = inOrder(stabilizers.dropFirst())
        let (memory, normalizer) = changes(before: inOrder(stabilizers.dropLast()), after: after)
        return MLSTMState(
            memory: memory.scanned(from: state.memory, along: axis, reversed: reversed),
            normalizer: normalizer.scanned(from: state.normalizer, along: axis, reversed: reversed), stabilizer: after)
    }

    /// Nothing is forgotten and nothing let in where no step is.
    public func restricted(to isThere: Tensor<Bool>) -> MatrixMemoryTransition {
        let heads = isThere.unsqueezed(axis: -1)
        var result = self
        result.logForget = select(heads, logForget, Tensor(0))
        result.logInput = select(heads, logInput, Tensor(-Scalar.infinity))
        return result
    }
}
