import TapestryAutograd

/// Which steps of which sequences of a batch are there; the others are padding.
public enum SequenceMask: Sendable {
    /// The length of each sequence, which is padded at its end.
    case lengths([Int])
    /// True where a step is there, laid out like the inputs, `[time, batch]` or `[batch, time]`; gaps may be anywhere.
    case steps(Tensor<Bool>)

    /// For each step the rows that are there, `[batch]`, or `nil` if they all are. Traps if the mask does not fit.
    func rows(stepCount: Int, batchSize: Int, batchFirst: Bool) -> [Tensor<Bool>?] {
        switch self {
        case .lengths(let lengths):
            check(lengths, stepCount: stepCount, batchSize: batchSize)
            let shortest = lengths.min() ?? stepCount
            return (0..<stepCount).map { t in t < shortest ? nil : Tensor(lengths.map { t < $0 }) }
        case .steps(let steps):
            let expected = batchFirst ? [batchSize, stepCount] : [stepCount, batchSize]
            if steps.shape != expected {
                let order = batchFirst ? "[batch, time]" : "[time, batch]"
                trap("mask", "its shape \(steps.shape) is not that of the inputs' \(order), \(expected)")
            }
            return steps.unstacked(axis: batchFirst ? 1 : 0)
        }
    }

    private func check(_ lengths: [Int], stepCount: Int, batchSize: Int) {
        if lengths.count != batchSize {
            trap("lengths", "there are \(lengths.count) lengths, \(lengths), for a batch of \(batchSize) sequences")
        }
        for (row, length) in lengths.enumerated() where !(1...stepCount).contains(length) {
            trap(
                "lengths",
                "sequence \(row) has length \(length), which is not from 1 to the \(stepCount) steps there are")
        }
    }
}

extension SequenceMask {
    /// True where a step is there, laid out like the inputs.
    func tensor(stepCount: Int, batchSize: Int, batchFirst: Bool) -> Tensor<Bool> {
        let rows = rows(stepCount: stepCount, batchSize: batchSize, batchFirst: batchFirst)
        if case .steps(let steps) = self { return steps }
        let all = Tensor<Bool>(repeating: true, shape: [batchSize])
        return stack(rows.map { $0 ?? all }, axis: batchFirst ? 1 : 0)
    }
}

extension Module {
    /// The rows of one batch where `rows` is true, and those of another elsewhere, in every tensor `[batch, …]`; or
    /// those of every step, where `rows` has an axis of time as well.
    func rows(where rows: Tensor<Bool>, else other: Self) -> Self {
        var tree = ModuleTree(of: self)
        let others = ModuleTree(of: other).leaves
        for index in tree.leaves.indices {
            let value = tree.leaves[index].value
            let alongRows = rows.unsqueezed(toRank: value.rank)
            tree.leaves[index].value = .select(alongRows.value, value, others[index].value)
        }
        return tree.module()
    }

    /// The same with zeros elsewhere.
    func rows(where rows: Tensor<Bool>) -> Self {
        self.rows(where: rows, else: mapTensors { Value.zerosWithoutMemory($0.shape, $0.elementType) })
    }
}
