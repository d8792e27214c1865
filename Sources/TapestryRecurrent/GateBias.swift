import TapestryAutograd

extension Module {
    /// The names of all gates that have a bias, in the cells inside of the module, each once: what `settingBias` and
    /// `drawingBiases` take.
    public var biasedGateNames: [String] { gateNames(of: \.biasedGateNames) }

    /// The names that tensors inside of the module have, each once.
    private func gateNames(of names: (ModuleTree.Leaf) -> [String]?) -> [String] {
        var found: [String] = []
        for leaf in ModuleTree(of: self).leaves {
            for name in names(leaf) ?? [] where !found.contains(name) { found.append(name) }
        }
        return found
    }

    /// The module with the bias of every gate of a name set to a number, in all cells inside of it. Traps if no gate
    /// with a bias is called so.
    ///
    /// A forget gate whose bias is 1 begins by keeping most of the cell state, which long dependencies need: F. Gers,
    /// J. Schmidhuber and F. Cummins, "Learning to forget", 2000; R. Jozefowicz, W. Zaremba and I. Sutskever, "An
    /// empirical exploration of recurrent network architectures", 2015.
    ///
    /// ```swift
    /// let model = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 64)).settingBias(ofGate: "forget", to: 1)
    /// ```
    public func settingBias(ofGate gate: String, to bias: Double) -> Self {
        checkBiasedGate(gate, "settingBias")
        return mapGateBiases { blocks, names in
            guard let place = names.firstIndex(of: gate) else { return }
            blocks[place] = Tensor(repeating: bias, shape: blocks[place].shape)
        }
    }

    /// The module with the biases of gates drawn for memories of different lengths, in all cells inside of it: of the
    /// gate that keeps, b = ln u with u uniform in 1 ..< length − 1, so that a unit first forgets over u + 1 steps,
    /// since 1 − σ(b) = 1 / (u + 1); and of the gate that lets in, where the same bias has both, −b, so that as little
    /// comes in as is forgotten. Draws from the current source of random numbers.
    ///
    /// ```swift
    /// let model = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 64))
    ///     .drawingBiases(keeping: "forget", admitting: "input", length: 200)
    /// ```
    ///
    /// Traps unless `length` is greater than 2, and there are such gates.
    ///
    /// Reference: C. Tallec and Y. Ollivier, "Can recurrent neural networks warp time?", 2018 ("chrono
    /// initialization").
    public func drawingBiases(keeping: String, admitting: String? = nil, length: Int) -> Self {
        if length <= 2 { trap("drawingBiases", "a length of \(length), where there is nothing to remember") }
        checkBiasedGate(keeping, "drawingBiases")
        if let admitting { checkBiasedGate(admitting, "drawingBiases") }
        return mapGateBiases { blocks, names in
            guard let place = names.firstIndex(of: keeping) else { return }
            let bias = log(Tensor<Double>.uniform(blocks[place].shape, from: 1, to: Double(length - 1)))
            blocks[place] = bias
            if let admitting, let place = names.firstIndex(of: admitting) { blocks[place] = -bias }
        }
    }

    private func checkBiasedGate(_ name: String, _ operation: String) {
        let names = biasedGateNames
        if names.contains(name) { return }
        let all = gateNames { $0.blocks?.blockNames }
        let others =
            if !names.isEmpty {
                "there are \(names.joined(separator: ", "))"
            } else if !all.isEmpty {
                "the gates \(all.joined(separator: ", ")) have no biases"
            } else {
                "there are no gates with names"
            }
        trap(operation, "no gate with a bias is called \(name): \(others)")
    }

    /// The module with other biases, each of which `change` sees as the blocks of its gates.
    private func mapGateBiases(_ change: (_ blocks: inout [Tensor<Double>], _ names: [String]) -> Void) -> Self {
        mapLeaves { leaf in
            guard let names = leaf.biasedGateNames else { return leaf.value }
            var blocks = Tensor<Double>(leaf.value.converted(to: .float64)).split(count: names.count)
            change(&blocks, names)
            return concatenate(blocks).value.converted(to: leaf.value.elementType)
        }
    }
}

extension ModuleTree.Leaf {
    /// The gates of which this is the bias; `nil` for anything else.
    fileprivate var biasedGateNames: [String]? {
        guard value.rank == 1, path.lowercased().hasSuffix("bias") else { return nil }
        return blocks?.blockNames
    }
}
