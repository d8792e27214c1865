import TapestryAutograd
import TapestryLayers

/// The neural Turing machine: an LSTM that reads from and writes to a memory of N locations with M numbers each,
/// through heads whose weightings say how much of each location is meant. With mᵢ a location of the memory before the
/// step, for every head:
///
///     hₜ = LSTM([xₜ; rₜ₋₁])                                  controller
///     k = W_k hₜ + b_k,  β = softplus(W_β hₜ + b_β)          key, key strength
///     g = σ(W_g hₜ + b_g)                                    interpolation gate
///     s = softmax(W_s hₜ + b_s)                              shift weighting, of −S … S locations
///     γ = 1 + softplus(W_γ hₜ + b_γ)                         sharpening
///     w_c(i) = exp(β cos(k, mᵢ)) / Σⱼ exp(β cos(k, mⱼ))      content weighting
///     w_g = g w_c + (1 − g) wₜ₋₁                             gated weighting
///     w̃(i) = Σⱼ w_g(j) s(i − j), with i − j modulo N         shifted weighting
///     wₜ(i) = w̃(i)^γ / Σⱼ w̃(j)^γ                             weighting
///
/// for write heads besides, which all erase before any of them adds, and for read heads, which read what was written:
///
///     e = σ(W_e hₜ + b_e),  a = W_a hₜ + b_a                 erase vector, add vector
///     Mₜ(i) = Mₜ₋₁(i) ⊙ Πₕ (1 − wʰₜ(i) eʰ) + Σₕ wʰₜ(i) aʰ    memory
///     rₜ = Σᵢ wₜ(i) Mₜ(i)                                    read vector
///
/// and the output is yₜ = W_y [hₜ; rₜ] + b_y, with the read vectors of all heads.
///
/// The paper does not say what a machine begins with. Here all heads stand at the first location, so that a shift leads
/// somewhere, and the memory holds 10⁻⁶ everywhere (M. Collier and J. Beel, "Implementing neural Turing machines",
/// 2018).
///
/// Reference: A. Graves, G. Wayne and I. Danihelka, "Neural Turing machines", 2014, section 3, equations 2 to 9.
public struct NeuralTuringMachineCell<Scalar: DifferentiableScalar>: RecurrentCell {
    /// Takes xₜ and all read vectors to hₜ.
    public var controller: LSTMCell<Scalar>
    /// Of all heads side by side, the read heads first: k, β, g, s and γ.
    public var key, strength, gate, shift, sharpening: Linear<Scalar>
    /// Of all write heads side by side: e and a.
    public var erase, add: Linear<Scalar>
    /// W_y and b_y.
    public var output: Linear<Scalar>
    /// N and M.
    public let locationCount, locationSize: Int
    /// How many heads read, and how many write.
    public let readHeadCount, writeHeadCount: Int
    private var headCount: Int { readHeadCount + writeHeadCount }
    /// S: a head moves by at most so many locations in a step.
    public let shiftRange: Int

    /// All parameters start as those of the layers that they belong to. Traps unless sizes and counts are positive, and
    /// a shift by S in either direction stays within the N locations.
    ///
    /// - Parameters:
    ///   - inputSize: the features of xₜ.
    ///   - controllerSize: the units of hₜ.
    ///   - outputSize: the features of yₜ.
    ///   - locationCount: N.
    ///   - locationSize: M.
    ///   - readHeadCount: how many heads read.
    ///   - writeHeadCount: how many heads write.
    ///   - shiftRange: S.
    public init(
        inputSize: Int, controllerSize: Int, outputSize: Int, locationCount: Int, locationSize: Int,
        readHeadCount: Int = 1, writeHeadCount: Int = 1, shiftRange: Int = 1
    ) {
        requireSizes(
            "NeuralTuringMachineCell",
            [
                "controller": controllerSize, "locations": locationCount, "numbers of a location": locationSize,
                "read heads": readHeadCount, "write heads": writeHeadCount,
            ])
        if shiftRange < 0 || 2 * shiftRange + 1 > locationCount {
            trap(
                "NeuralTuringMachineCell", "shifts by \(shiftRange) in both directions among \(locationCount) locations"
            )
        }
        let headCount = readHeadCount + writeHeadCount
        func ofHeads(_ count: Int, _ size: Int) -> Linear<Scalar> {
            Linear(inputSize: controllerSize, outputSize: count * size)
        }
        controller = LSTMCell(inputSize: inputSize + readHeadCount * locationSize, hiddenSize: controllerSize)
        (key, strength, gate) = (ofHeads(headCount, locationSize), ofHeads(headCount, 1), ofHeads(headCount, 1))
        (shift, sharpening) = (ofHeads(headCount, 2 * shiftRange + 1), ofHeads(headCount, 1))
        (erase, add) = (ofHeads(writeHeadCount, locationSize), ofHeads(writeHeadCount, locationSize))
        output = Linear(inputSize: controllerSize + readHeadCount * locationSize, outputSize: outputSize)
        (self.locationCount, self.locationSize) = (locationCount, locationSize)
        (self.readHeadCount, self.writeHeadCount, self.shiftRange) = (readHeadCount, writeHeadCount, shiftRange)
    }

    /// All heads at the first location, a memory of 10⁻⁶, and zeros for the rest.
    public func initialState(batchSize: Int) -> NeuralTuringMachineState<Scalar> {
        let first = Tensor<Scalar>.oneHot(.zeros([batchSize, headCount]), count: locationCount)
        return NeuralTuringMachineState(
            memory: Tensor(repeating: Scalar(1e-6), shape: [batchSize, locationCount, locationSize]), weightings: first,
            reads: .zeros([batchSize, readHeadCount, locationSize]),
            controller: controller.initialState(batchSize: batchSize))
    }

    /// yₜ, `[batch, output]`, and the state after the step, from xₜ, `[batch, input]`, and the state before it. Traps
    /// if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: NeuralTuringMachineState<Scalar>
    ) -> (output: Tensor<Scalar>, state: NeuralTuringMachineState<Scalar>) {
        let batch = x.shape[0]
        func flat(_ reads: Tensor<Scalar>) -> Tensor<Scalar> {
            reads.reshaped(to: [batch, readHeadCount * locationSize])
        }
        let (h, controlled) = controller.step(concatenate([x, flat(state.reads)], axis: 1), state.controller)
        let weightings = weightings(h, state)
        let (reading, writing) = (
            weightings.slice(axis: 1, 0..<readHeadCount),
            weightings.slice(axis: 1, readHeadCount..<headCount)
        )
        let memory = written(state.memory, h, writing)
        let reads = matmul(reading, memory).named("read")
        let y = output(concatenate([h, flat(reads)], axis: 1))
        let next = NeuralTuringMachineState(
            memory: memory, weightings: weightings, reads: reads, controller: controlled)
        return (y, next)
    }

    // MARK: The equations, of all heads

    /// wₜ, `[batch, heads, N]`, from hₜ and the state before.
    public func weightings(
        _ h: Tensor<Scalar>, _ state: NeuralTuringMachineState<Scalar>
    ) -> Tensor<Scalar> {
        let k = heads(key(h), headCount).named("key")
        let strength = heads(softplus(strength(h)), headCount).named("key strength")
        let content = contentWeighting(k, strength, state.memory)
        let g = heads(sigmoid(gate(h)), headCount).named("interpolation gate")
        let gated = (g * content + (1 - g) * state.weightings).named("gated weighting")
        let shifted = shifted(gated, by: heads(shift(h), headCount).softmax().named("shift"))
        return sharpened(shifted, heads(1 + softplus(sharpening(h)), headCount).named("sharpening"))
    }

    /// w_c, `[batch, heads, N]`, from k, `[batch, heads, M]`, β, `[batch, heads, 1]`, and the memory, `[batch, N, M]`.
    public func contentWeighting(
        _ key: Tensor<Scalar>, _ strength: Tensor<Scalar>, _ memory: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        let similarity = cosineSimilarity(key.unsqueezed(axis: 2), memory.unsqueezed(axis: 1))
        return (strength * similarity).softmax().named("content weighting")
    }

    /// w̃, `[batch, heads, N]`, from w_g and s, `[batch, heads, 2 S + 1]`, of −S … S.
    public func shifted(_ weighting: Tensor<Scalar>, by shift: Tensor<Scalar>) -> Tensor<Scalar> {
        let moved = (-shiftRange...shiftRange).map { offset in
            weighting.rolled(by: offset, axis: 2)
                * shift.slice(axis: 2, offset + shiftRange..<offset + shiftRange + 1)
        }
        return moved.dropFirst().reduce(moved[0], +).named("shifted weighting")
    }

    /// wₜ, `[batch, heads, N]`, from w̃ and γ, `[batch, heads, 1]`.
    public func sharpened(_ weighting: Tensor<Scalar>, _ sharpening: Tensor<Scalar>) -> Tensor<Scalar> {
        // A factor does not matter, and with this one the largest power is 1: high powers of small numbers are 0.
        let largest = weighting.max(axes: [2], keepingAxes: true).withoutDerivative()
        let powers = pow(weighting / largest, sharpening)
        return (powers / powers.sum(axes: [2], keepingAxes: true)).named("weighting")
    }

    /// Mₜ, `[batch, N, M]`, from Mₜ₋₁, hₜ, and the weightings of the write heads, `[batch, heads, N]`.
    public func written(
        _ memory: Tensor<Scalar>, _ h: Tensor<Scalar>, _ weightings: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        let (e, a) = (
            heads(sigmoid(erase(h)), writeHeadCount).named("erase"), heads(add(h), writeHeadCount).named("add")
        )
        var kept = memory
        for (weighting, e) in zip(weightings.unstacked(axis: 1), e.unstacked(axis: 1)) {
            kept = kept * (1 - weighting.unsqueezed(axis: 2) * e.unsqueezed(axis: 1))
        }
        return (kept + matmul(weightings.transposed(), a)).named("memory")
    }

    /// What belongs to some heads side by side, `[batch, heads × …]`, with an axis for them: `[batch, heads, …]`.
    private func heads(_ packed: Tensor<Scalar>, _ count: Int) -> Tensor<Scalar> {
        packed.reshaped(to: [packed.shape[0], count, -1])
    }
}

/// The state of a neural Turing machine.
public struct NeuralTuringMachineState<Scalar: DifferentiableScalar>: Module {
    /// M, `[batch, N, M]`.
    public var memory: Tensor<Scalar>
    /// w of all heads, the read heads first, `[batch, heads, N]`: what a head's has adds up to 1.
    public var weightings: Tensor<Scalar>
    /// r of all read heads, `[batch, heads, M]`.
    public var reads: Tensor<Scalar>
    /// That of the controller.
    public var controller: LSTMState<Scalar>

    /// A state of four parts.
    public init(
        memory: Tensor<Scalar>, weightings: Tensor<Scalar>, reads: Tensor<Scalar>, controller: LSTMState<Scalar>
    ) {
        (self.memory, self.weightings, self.reads, self.controller) = (memory, weightings, reads, controller)
    }
}
