import TapestryAutograd

extension EquationReport: CustomStringConvertible {
    /// The verdict, the first deviation or the problem, the names that did not meet, and a table of all values.
    public var description: String {
        var lines = ["Equation check of \(subject): \(isCorrect ? "CORRECT" : "WRONG")."]
        if let problem { lines.append(problem.description) }
        if let deviation { lines.append(deviation.description) }
        if let diagnosis {
            lines.append("Likely mistake: \(diagnosis)")
        } else if confusionCount > 0 {
            lines.append("None of \(confusionCount) usual confusions explains it.")
        }
        if !namesOnlyInReference.isEmpty {
            lines.append("Yielded by the reference, never named in the cell: \(list(namesOnlyInReference)).")
        }
        if !namesOnlyInCell.isEmpty {
            lines.append("Named in the cell, never yielded, so not checked: \(list(namesOnlyInCell)).")
        }
        if !comparisons.isEmpty { lines.append(table) }
        lines.append("Tolerance \(NumberText.short(tolerance)) of each value's scale, seed \(seed).")
        if let gradients { lines.append(gradients.description) }
        return lines.joined(separator: "\n")
    }

    private var table: String {
        var table = TextTable(
            columns: [.left("value"), .left("verdict"), .right("compared"), .right("largest deviation/scale")])
        for comparison in comparisons {
            table.append(
                [
                    "\(comparison.quantity)", verdict(comparison), "\(comparison.count)",
                    NumberText.short(comparison.largestDeviation),
                ])
        }
        return table.description
    }

    private func verdict(_ comparison: EquationComparison) -> String {
        guard let step = comparison.firstDeviatingStep else { return "equal" }
        return comparison.quantity == deviation?.quantity ? "WRONG from step \(step)" : "deviates from step \(step)"
    }

    private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}

extension EquationDeviation: CustomStringConvertible {
    /// The deviation in a sentence: where it is, and what cell and reference computed.
    public var description: String {
        "First deviation: \(quantity) at step \(step), row \(row), unit \(unit): the cell computed "
            + "\(NumberText.long(computed)), the reference \(NumberText.long(expected)), a difference of "
            + "\(NumberText.short(difference)). In this step \(deviatingCount) of its \(count) elements deviate."
    }
}
