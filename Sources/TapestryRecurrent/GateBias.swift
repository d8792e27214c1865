import TapestryAutograd

extension Module {
    /// The module with the bias of every gate of a name set to a number, in all cells inside of it; the same module where no
    /// gate with a bias is called so.
    ///
    /// A forget gate whose bias is 1 begins by keeping most of the cell state, which long dependencies need: F. Gers,
    /// J. Schmidhuber and F. Cummins, "Learning to forget", 2000; R. Jozefowicz, W. Zaremba and I. Sutskever, "An empirical
    /// exploration of recurrent network architectures", 2015.
    ///
    /// ```swift
    /// let model = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 64)).settingBias(ofGate: "forget", to: 1)
    /// ```
    public func settingBias(ofGate gate: String, to bias: Double) -> Self {
        mapLeaves { leaf in
            guard let names = leaf.blocks?.blockNames, let place = names.firstIndex(of: gate), leaf.value.rank == 1,
                leaf.path.lowercased().hasSuffix("bias")
            else { return leaf.value }
            func replaced<Scalar: DifferentiableScalar>(_ packed: Tensor<Scalar>) -> Value {
                var blocks = packed.split(count: names.count)
                blocks[place] = Tensor(repeating: Scalar(bias), shape: blocks[place].shape)
                return concatenate(blocks).value
            }
            return leaf.value.elementType == .float64
                ? replaced(Tensor<Double>(leaf.value)) : replaced(Tensor<Float>(leaf.value))
        }
    }
}
