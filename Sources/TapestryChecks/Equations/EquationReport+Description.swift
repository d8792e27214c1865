import TapestryAutograd

extension EquationReport: CustomStringConvertible {
    /// The verdict, the first deviation or the problem, the names that did not meet, a table of all values, and the
    /// call that makes the report again.
    public var description: String { text(colored: false) }

    /// The same as `description`, with the words that are verdicts in colours that terminals understand, if wanted.
    public func text(colored: Bool) -> String {
        let word = verdict.colored(verdict.rawValue.uppercased(), if: colored)
        var lines = ["\(title): \(word)."] + remarks
        if !comparisons.isEmpty { lines.append(table.text(colored: colored)) }
        lines.append(legend)
        if let gradients { lines.append(gradients.text(colored: colored)) }
        if let call { lines.append("Again: \(call)") }
        return lines.joined(separator: "\n")
    }

    var title: String { "Equation check of \(subject)" }

    var verdict: GradientVerdict { isCorrect ? .correct : .wrong }

    var legend: String { "Tolerance \(NumberText.short(tolerance)) of each value's scale, seed \(seed)." }

    /// What is to be said beside the table, in sentences.
    var remarks: [String] {
        var lines: [String] = []
        if let problem { lines.append(problem.description) }
        if let deviation { lines.append(deviation.description) }
        if let diagnosis {
            lines.append("Likely mistake: \(diagnosis)")
        } else if confusionCount > 0 {
            lines.append("None of \(confusionCount) usual confusions explains it.")
        }
        if !unreadNames.isEmpty {
            lines.append(
                "The reference reads nowhere what yield returns for \(list(unreadNames)), so no mistake with that was tried: "
                    + "let x = step.yield(\"x\", …), and go on with x.")
        }
        if !namesOnlyInReference.isEmpty {
            lines.append("Yielded by the reference, never named in the cell: \(list(namesOnlyInReference)).")
        }
        if !namesOnlyInCell.isEmpty {
            lines.append("Named in the cell, never yielded, so not checked: \(list(namesOnlyInCell)).")
        }
        return lines + cautions
    }

    var table: VerdictTable {
        var table = VerdictTable(
            columns: [.left("value"), .verdict("verdict"), .right("compared"), .right("largest deviation/scale")])
        for comparison in comparisons {
            let (text, verdict) = verdict(comparison)
            table.append(
                [
                    "\(comparison.quantity)", text, "\(comparison.count)",
                    NumberText.short(comparison.largestDeviation),
                ], verdict: verdict)
        }
        return table
    }

    /// What follows the first deviation may be right in itself.
    private func verdict(_ comparison: EquationComparison) -> (String, GradientVerdict) {
        guard let step = comparison.firstDeviatingStep else { return ("equal", .correct) }
        if comparison.quantity == deviation?.quantity { return ("WRONG from step \(step)", .wrong) }
        return ("deviates from step \(step)", .inconclusive)
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
