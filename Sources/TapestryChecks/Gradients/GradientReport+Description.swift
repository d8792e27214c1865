import TapestryAutograd

extension GradientReport: CustomStringConvertible {
    /// The verdict, a table of the blocks with the worst first, what its columns mean, and the call that makes the
    /// report again.
    public var description: String { text(colored: false) }

    /// The same as `description`, with the words that are verdicts in colours that terminals understand, if wanted.
    public func text(colored: Bool) -> String {
        let orders = [textOfThisOrder(colored)] + higherOrders.map { $0.textOfThisOrder(colored) }
        return orders.joined(separator: "\n\n") + (call.map { "\nAgain: \($0)" } ?? "")
    }

    /// The diagnoses of the wrong blocks, each once with all that it is of, and the origin.
    var explanation: String {
        var diagnoses: [(text: String, blocks: [String])] = []
        let wrongCount = blocks.count { $0.verdict == .wrong }
        for block in worstFirst {
            guard var text = block.diagnosis?.description else { continue }
            // A rule explains more than each block's ratios.
            if origin?.wrongRule != nil, wrongCount > 1, block.diagnosis?.pattern == .unrecognized {
                text = "The ratio reverse / difference follows no known pattern."
            }
            if let index = diagnoses.firstIndex(where: { $0.text == text }) {
                diagnoses[index].blocks.append(block.name)
            } else {
                diagnoses.append((text, [block.name]))
            }
        }
        let lines = diagnoses.map { text, blocks in
            let isCommon = blocks.count > 1 && blocks.count == wrongCount
            return (isCommon ? "All wrong blocks" : blocks.joined(separator: ", ")) + ": \(text)"
        }
        return (lines + (origin.map { [$0.description] } ?? [])).joined(separator: "\n")
    }

    private func textOfThisOrder(_ colored: Bool) -> String {
        if let problem {
            let outcome = problem.isWrongRule ? verdict.colored("WRONG", if: colored) : "nothing was compared"
            return (["\(title): \(outcome).", "\(problem)"] + (origin.map { ["\($0)"] } ?? []))
                .joined(separator: "\n")
        }
        let word = verdict.colored(verdict.rawValue.uppercased(), if: colored)
        let own = "\(title): \(word). \(summary)\n\(table.text(colored: colored))\n\(legend)"
        return explanation.isEmpty ? own : own + "\n\n" + explanation
    }

    var title: String { "Gradient check of \(subject)" + (order == 1 ? "" : ", order \(order)") }

    /// How many blocks have which verdict, and the verdicts of the higher orders.
    var summary: String {
        let counts = GradientVerdict.allCases.map { verdict in
            (verdict, blocks.count { $0.verdict == verdict })
        }
        let summary = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        let others = higherOrders.map { " Order \($0.order): \($0.verdict.rawValue)." }.joined()
        return "Of \(blocks.count) blocks: \(summary).\(others)"
    }

    var table: VerdictTable {
        var table = VerdictTable(
            columns: [
                .left("block"), .verdict("verdict"), .right("wrong"), .right("informative"), .right("scale"),
                .left("worst at"), .right("reverse"), .right("difference"), .right("ratio"), .right("error/scale"),
            ])
        for block in worstFirst { table.append(row(block), verdict: block.verdict) }
        return table
    }

    private func row(_ block: GradientBlock) -> [String] {
        guard let worst = block.worst else { return [block.name, block.verdictText] }
        return [
            block.name, block.verdictText, "\(block.count(of: .wrong))",
            "\(block.informativeCount) of \(block.elements.count)", NumberText.short(block.scale),
            worst.position.map { "\($0)" } ?? "projection", NumberText.long(worst.reverse),
            NumberText.long(worst.difference),
            worst.ratioText, NumberText.short(block.worstRelativeError),
        ]
    }

    var legend: String {
        let checked = blocks.reduce(0) { $0 + $1.elements.count }
        let all = blocks.reduce(0) { $0 + $1.elementCount }
        let idle =
            idleMappingCount == 0
            ? ""
            : "\nmappingCotangent changed nothing here (\(idleMappingCount) of its calls); where it does, the gradient is "
                + "not the derivative."
        return
            "Wrong: error > \(NumberText.short(tolerance.relative)) · scale + the difference's own error. "
            + "\(checked) of \(all) elements, \(evaluationCount) runs of the function, seed \(seed)."
            + idle
    }
}

extension GradientElement {
    /// The ratio: of a wrong element so that it can be told from 1.
    var ratioText: String { finding == .wrong ? NumberText.unequalRatio(ratio) : NumberText.ratio(ratio) }
}

extension GradientBlock {
    /// The verdict, and what stands in the way of a better one.
    fileprivate var verdictText: String {
        if verdict == .correct, informativeCount == 0 { return "correct: zero" }
        guard verdict == .inconclusive else { return verdict.rawValue }
        let reasons: [(GradientFinding, String)] = [
            (.notFinite, "not finite"), (.kink, "kink"), (.unsettled, "differences do not settle"), (.noise, noiseText),
        ]
        var met = reasons.filter { count(of: $0.0) > 0 }.map(\.1)
        if !adjoint.isFinite, count(of: .notFinite) == 0 { met.append("forward mode not finite") }
        return "inconclusive: " + met.joined(separator: ", ")
    }

    private var noiseText: String {
        elements.allSatisfy { $0.difference == 0 && $0.reverse == 0 } ? "no influence" : "noise"
    }
}
