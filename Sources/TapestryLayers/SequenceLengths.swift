import TapestryAutograd

/// True where a step is there, `[batch, time]`: before each sequence's length.
func presentSteps(_ lengths: [Int], stepCount: Int) -> Tensor<Bool> {
    let steps = Tensor<Int32>.arange(from: 0, to: Int32(stepCount), by: 1)
    return steps .< Tensor(lengths.map { Int32($0) }).unsqueezed(axis: -1)
}

/// Traps unless the shape is `[batch, time, features]` with at least one step, and there is a length from 1 to `time`
/// for each sequence.
func checkSequences(_ operation: String, _ shape: [Int], _ lengths: [Int]?, _ features: String) {
    if shape.count != 3 || shape[1] == 0 {
        trap(operation, "the shape \(shape) is not [batch, time, \(features)] with at least one step")
    }
    if let lengths { checkLengths(operation, lengths, batch: shape[0], stepCount: shape[1]) }
}

/// Traps unless there is a length from 1 to `stepCount` for each sequence.
func checkLengths(_ operation: String, _ lengths: [Int], batch: Int, stepCount: Int) {
    if lengths.count != batch {
        trap(operation, "there are \(lengths.count) lengths, \(lengths), for a batch of \(batch) sequences")
    }
    for (row, length) in lengths.enumerated() where !(1...stepCount ~= length) {
        trap(operation, "sequence \(row) has length \(length), which is not from 1 to the \(stepCount) steps there are")
    }
}
