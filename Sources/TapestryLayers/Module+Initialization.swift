import TapestryAutograd

extension Module {
    /// The module with first values of one's own for the parameters that a pattern means, in all layers inside of it. A tensor
    /// whose blocks have names, such as the gates of a cell, is drawn block by block, each as a matrix of its own. The fan-in
    /// is the product of all extents but the last one, the fan-out that of all but the last but one. Draws from the current
    /// source of random numbers.
    ///
    /// ```swift
    /// let lstm = LSTM<Float>(inputSize: 8, hiddenSize: 16)
    ///     .drawing("*.input.weights", from: .xavierUniform)
    ///     .drawing("*.recurrent.weights", from: .orthogonal)
    ///     .drawing("*.bias", from: .zeros)
    ///     .settingBias(ofGate: "forget", to: 1)
    /// ```
    ///
    /// Traps if the pattern means no parameter, and if one that is to be orthogonal is no matrix.
    public func drawing(_ pattern: ParameterPattern, from initializer: Initializer) -> Self {
        if ModuleTree.isRebuilding { return self }
        ModuleTree(of: self).leaves.checkMatches(of: [pattern], "pattern", in: "drawing")
        return mapLeaves { leaf in
            guard pattern.matches(leaf.path) else { return leaf.value }
            let shape = leaf.value.shape
            guard let last = shape.last else {
                let scalar: Tensor<Double> = initializer.tensor([])
                return scalar.value.converted(to: leaf.value.elementType)
            }
            let names = leaf.blocks?.blockNames ?? [""]
            let block = Array(shape.dropLast()) + [last / names.count]
            let blocks: [Tensor<Double>] = names.map { _ in
                initializer.tensor(
                    block, fanIn: shape.count > 1 ? shape.dropLast().reduce(1, *) : nil,
                    fanOut: shape.count > 1 ? shape.dropLast(2).reduce(1, *) * (last / names.count) : nil)
            }
            return concatenate(blocks, axis: -1).value.converted(to: leaf.value.elementType)
        }
    }

    /// The module without any bias, in all layers inside of it, as far as they can be without: projections of cells, `Linear`,
    /// the GRU's second bias of its candidate. Those of layer norms, which always have one, stay.
    ///
    /// ```swift
    /// let cell = LSTMCell<Float>(inputSize: 8, hiddenSize: 16).withoutBiases()
    /// ```
    ///
    /// Traps if it has no bias that can be left out.
    public func withoutBiases() -> Self {
        if ModuleTree.isRebuilding { return self }
        let tree = ModuleTree(of: self)
        let module: Self = tree.module(without: { $0.isParameter && $0.path.lowercased().hasSuffix("bias") })
        let count = ModuleTree(of: module).leaves.count
        if count == tree.leaves.count { trap("withoutBiases", "\(Self.self) has no bias that can be left out") }
        return module
    }
}
