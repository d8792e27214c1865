import TapestryAutograd

/// What attention attends to, with lengths and mask as one mask.
struct AttentionSources<Scalar: DifferentiableScalar> {
    /// `[batch, sources, features]`, zero beyond the lengths: what is there would reach the gradients of the weights,
    /// even multiplied by zero, if it were NaN.
    let values: Tensor<Scalar>
    /// True where a time may attend to a source, `[…, time, sources]`; `nil` if everywhere.
    let mask: Tensor<Bool>?

    init(_ sources: Tensor<Scalar>, lengths: [Int]?, mask: Tensor<Bool>?, _ operation: String) {
        checkSequences(operation, sources.shape, lengths, "features")
        if let mask, !(2...4 ~= mask.rank) {
            trap(operation, "the mask \(mask.shape) is neither [time, sources] nor [batch, time, sources]")
        }
        guard let lengths else {
            (values, self.mask) = (sources, mask)
            return
        }
        let isPresent = presentSteps(lengths, stepCount: sources.shape[1])
        values = select(isPresent.unsqueezed(axis: 2), sources, Tensor(0))
        // With heads between batch and time where the mask has them.
        let rows = mask?.rank == 4 ? isPresent.unsqueezed(axis: 1).unsqueezed(axis: 1) : isPresent.unsqueezed(axis: 1)
        self.mask = mask.map { $0 .& rows } ?? rows
    }

    /// Traps unless there are as many sequences of queries as of sources.
    func checkBatch(_ queries: [Int], _ operation: String) {
        if queries[0] != values.shape[0] {
            trap(operation, "queries \(queries) and sources \(values.shape) differ in the batch")
        }
    }
}
