import TapestryAutograd
import TapestryLayers

// The arrays of one cell in each framework, and back.

extension PortableWeights {
    /// A cell's arrays by the names of a framework. Traps if it has no such cell.
    func arrays(for layout: WeightLayout) -> [String: Tensor<Scalar>] {
        let ordered = reordered(order(in: layout))
        return switch layout {
        case .pyTorch: ordered.pyTorchArrays
        case .keras: ordered.kerasArrays
        case .onnx: ordered.onnxArrays
        case .flax: ordered.flaxArrays
        }
    }

    /// The weights with the numbers of arrays whose names and shapes are those of `arrays(for: layout)`.
    func reading(_ arrays: [String: Tensor<Scalar>], from layout: WeightLayout) -> PortableWeights {
        var result = reordered(order(in: layout))
        switch layout {
        case .pyTorch: result.readPyTorch(arrays)
        case .keras: result.readKeras(arrays)
        case .onnx: result.readONNX(arrays)
        case .flax: result.readFlax(arrays)
        }
        return result.reordered(gates)
    }

    private func order(in layout: WeightLayout) -> [String] {
        if let name = counterpartMissing(in: layout) { trap("weights", "\(layout.rawValue) has no \(name)") }
        return layout.order(of: gates)!
    }

    /// What is called so is not in the framework.
    func counterpartMissing(in layout: WeightLayout) -> String? {
        if peepholes != nil, layout != .onnx { return "LSTM with peepholes" }
        if projection != nil, layout != .pyTorch { return "LSTM with a projection" }
        let hasResetBefore = layout == .keras || layout == .onnx
        return kind == .gru(.beforeProduct) && !hasResetBefore ? "GRU whose reset acts before the product" : nil
    }

    // MARK: PyTorch

    private var pyTorchArrays: [String: Tensor<Scalar>] {
        var arrays = ["weight_ih": input.transposed(), "weight_hh": recurrent.transposed()]
        if hasBias { (arrays["bias_ih"], arrays["bias_hh"]) = bothBiases }
        arrays["weight_hr"] = projection?.transposed()
        return arrays
    }

    private mutating func readPyTorch(_ arrays: [String: Tensor<Scalar>]) {
        input = arrays["weight_ih"]!.transposed()
        recurrent = arrays["weight_hh"]!.transposed()
        if let bias = arrays["bias_ih"] { setBiases(bias, arrays["bias_hh"]!) }
        projection = arrays["weight_hr"]?.transposed()
    }

    // MARK: Keras

    private var kerasArrays: [String: Tensor<Scalar>] {
        var arrays = ["kernel": input, "recurrent_kernel": recurrent]
        if hasBias {
            arrays["bias"] = hasSeparateBiases ? stack([bothBiases.input, bothBiases.recurrent]) : sumOfBiases
        }
        return arrays
    }

    private mutating func readKeras(_ arrays: [String: Tensor<Scalar>]) {
        input = arrays["kernel"]!
        recurrent = arrays["recurrent_kernel"]!
        guard let bias = arrays["bias"] else { return }
        if hasSeparateBiases { setBiases(bias[0], bias[1]) } else { setBiases(bias) }
    }

    // MARK: ONNX, with an axis of directions in front

    private var onnxArrays: [String: Tensor<Scalar>] {
        var arrays = ["W": input.transposed(), "R": recurrent.transposed()]
        if hasBias { arrays["B"] = concatenate([bothBiases.input, bothBiases.recurrent]) }
        arrays["P"] = peepholes
        return arrays.mapValues { $0.unsqueezed(axis: 0) }
    }

    private mutating func readONNX(_ arrays: [String: Tensor<Scalar>]) {
        input = arrays["W"]![0].transposed()
        recurrent = arrays["R"]![0].transposed()
        if let biases = arrays["B"]?[0].split(count: 2) { setBiases(biases[0], biases[1]) }
        peepholes = arrays["P"]?[0]
    }

    // MARK: Flax, with arrays for each gate

    private var flaxArrays: [String: Tensor<Scalar>] {
        var arrays: [String: Tensor<Scalar>] = [:]
        func add(_ packed: Tensor<Scalar>, _ side: String, _ part: String) {
            let blocks = packed.split(count: gates.count, axis: -1)
            for (gate, block) in zip(gates, blocks) { arrays["\(side)\(letter(of: gate))/\(part)"] = block }
        }
        add(input, "i", "kernel")
        add(recurrent, "h", "kernel")
        switch kind {
        case .rnn: add(sumOfBiases, "i", "bias")
        case .lstm: add(sumOfBiases, "h", "bias")
        case .gru:
            // Of the second bias only the candidate's has an array.
            add(sumOfBiases, "i", "bias")
            let position = gates.firstIndex(of: GRUGate.candidate.rawValue)!
            arrays["in/bias"] = bothBiases.input.split(count: gates.count)[position]
            arrays["hn/bias"] = bothBiases.recurrent.split(count: gates.count)[position]
        }
        return arrays
    }

    private mutating func readFlax(_ arrays: [String: Tensor<Scalar>]) {
        let letters = gates.map(letter)
        func packed(_ side: String, _ part: String) -> Tensor<Scalar> {
            concatenate(letters.map { arrays["\(side)\($0)/\(part)"]! }, axis: -1)
        }
        input = packed("i", "kernel")
        recurrent = packed("h", "kernel")
        switch kind {
        case .rnn: setBiases(packed("i", "bias"))
        case .lstm: setBiases(packed("h", "bias"))
        case .gru:
            let second = letters.map { arrays["h\($0)/bias"] ?? .zeros([unitCount]) }
            setBiases(packed("i", "bias"), concatenate(second))
        }
    }

    /// What stands for a gate in the names of Flax.
    private func letter(of gate: String) -> String {
        switch (kind, gate) {
        case (.rnn, _): ""
        case (.lstm, "candidate"): "g"
        case (.gru, "candidate"): "n"
        case (.gru, "update"): "z"
        default: String(gate.prefix(1))
        }
    }
}
