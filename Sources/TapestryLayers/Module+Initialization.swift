import TapestryAutograd

extension Module {
    /// The module with first values of one's own for the parameters that a pattern means, in all layers inside of it. A
    /// tensor whose blocks have names, such as the gates of a cell, is drawn block by block, each as one of its own.
    /// Draws from the current source of random numbers.
    ///
    /// ```swift
    /// let lstm = LSTM<Float>(inputSize: 8, hiddenSize: 16)
    ///     .drawing("*.input.weights", from: .xavierUniform)
    ///     .drawing("*.recurrent.weights", from: .orthogonal)
    ///     .drawing("*.bias", from: .zeros)
    ///     .settingBias(ofGate: "forget", to: 1)
    /// ```
    ///
    /// Patterns are matched with the whole path: a cell alone has `input.weights`, where a layer has
    /// `layers.0.cell.input.weights`.
    ///
    /// Of a matrix `[inputs, units]` fan-in and fan-out are its extents. Of the kernels of a convolution,
    /// `[channels, kernel…, units]`, they are channels and units, each times the elements of the kernel. Of a vector
    /// both are its extent. (PyTorch's and Keras's recurrent layers draw all gates as one matrix, whose fan-out is that
    /// of all.)
    ///
    /// Traps if the pattern means no parameter, and if one that is to be orthogonal is no matrix.
    public func drawing(_ pattern: ParameterPattern, from initializer: Initializer) -> Self {
        if ModuleTree.isRebuilding { return self }
        ModuleTree(of: self).leaves.checkMatches(of: [pattern], "pattern", in: "drawing")
        return mapLeaves { leaf in
            guard pattern.matches(leaf.path) else { return leaf.value }
            return leaf.drawn(from: initializer).value.converted(to: leaf.value.elementType)
        }
    }

    /// The module without any bias, in all layers inside of it: without the parameters whose names end in "bias", such
    /// as those of the projections of cells, of `Linear`, and the second one of the GRU's candidate. What a norm adds,
    /// a `bias` beside a `gain`, stays.
    ///
    /// ```swift
    /// let cell = LSTMCell<Float>(inputSize: 8, hiddenSize: 16).withoutBiases()
    /// ```
    ///
    /// Traps if there is no bias, and if there is one that cannot be left out, since it is no optional.
    public func withoutBiases() -> Self {
        if ModuleTree.isRebuilding { return self }
        let (module, kept) = leavingOutBiases()
        if let needed = kept.first { trap("withoutBiases", "\(Self.self) cannot be without \(needed)") }
        if ModuleTree(of: module).leaves.count == ModuleTree(of: self).leaves.count {
            trap("withoutBiases", "\(Self.self) has no bias")
        }
        return module
    }

    /// The module without the biases that are optionals, and the paths of the others.
    package func leavingOutBiases() -> (module: Self, kept: [String]) {
        let tree = ModuleTree(of: self)
        let paths = Set(tree.leaves.map(\.path))
        let biases = Set(paths.filter { $0.lowercased().hasSuffix("bias") && !paths.contains($0.dropLast(4) + "gain") })
        let module: Self = tree.module(without: { biases.contains($0.path) })
        return (module, ModuleTree(of: module).leaves.map(\.path).filter(biases.contains))
    }
}

extension ModuleTree.Leaf {
    /// First values of this leaf's shape, a block at a time.
    fileprivate func drawn(from initializer: Initializer) -> Tensor<Double> {
        guard let columnCount = value.shape.last else { return initializer.tensor([]) }
        let blockCount = blocks?.blockNames.count ?? 1
        let shape = value.shape.dropLast() + [columnCount / blockCount]
        let kernelCount = shape.dropFirst().dropLast().reduce(1, *)
        let drawn: [Tensor<Double>] = (0..<blockCount).map { _ in
            initializer.tensor(
                Array(shape), fanIn: shape[0] * kernelCount, fanOut: shape[shape.count - 1] * kernelCount)
        }
        return concatenate(drawn, axis: -1)
    }
}
