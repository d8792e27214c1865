/// Where a wrong gradient comes from: the first record of the function's full tape whose rule is not the derivative of
/// its own value, or a path that is cut.
public struct GradientOrigin: Sendable, CustomStringConvertible {
    /// A rule that is wrong.
    public struct WrongRule: Sendable {
        /// The record.
        public let place: RecordPlace
        /// The number of the operand whose rule it is.
        public let operand: Int
        /// The order of derivative in which it is wrong: 2 for a rule that is right but has a wrong one itself.
        public let order: Int
        /// The rule's result against differences of the record's own value; `nil` if the result is not even zero for a
        /// zero cotangent.
        public let block: GradientBlock?
        /// What the rule's result looks like.
        public let diagnosis: GradientDiagnosis
    }

    /// A value that became a constant on its way to an operation.
    public struct Cut: Sendable, Hashable {
        /// What made the value.
        public let source: RecordPlace
        /// What reads it as a constant.
        public let reader: RecordPlace
        /// As which operand.
        public let operand: Int
    }

    /// The first record, in forward order, with a wrong rule.
    public let wrongRule: WrongRule?
    /// The number of records whose rules were compared with differences.
    public let ruleCount: Int
    /// How many of them differences say nothing of.
    public let undecidedCount: Int
    /// The hooks that change the cotangent that passes them.
    public let changedCotangents: [RecordPlace]
    /// The cuts without which the gradient would be right.
    public internal(set) var cuts: [Cut] = []
    /// Whether a gradient is wrong all the same, though nothing of this was found.
    public internal(set) var isUnexplained = false

    /// Whether nothing was found.
    var isEmpty: Bool { wrongRule == nil && changedCotangents.isEmpty && cuts.isEmpty }

    /// What was found, in a few lines.
    public var description: String {
        if let wrongRule { return wrongRule.description }
        let undecided = undecidedCount == 0 ? "" : ", \(undecidedCount) of which differences say nothing about"
        var lines = ["No record has a wrong rule (\(ruleCount) compared\(undecided))."]
        lines += changedCotangents.prefix(Self.shownCuts).map { "The cotangent is changed at \($0)." }
        if changedCotangents.count > Self.shownCuts {
            let more = changedCotangents.count - Self.shownCuts
            lines.append("So it is in \(more) more \(more == 1 ? "place" : "places").")
        }
        lines += cuts.prefix(Self.shownCuts).map {
            "The path is cut between \($0.source) and \($0.reader), whose operand \($0.operand) is a constant."
        }
        if cuts.count > Self.shownCuts {
            let more = cuts.count - Self.shownCuts
            lines.append("So it is in \(more) more \(more == 1 ? "place" : "places").")
        }
        if isUnexplained {
            lines.append(Self.missingPathText)
        }
        return lines.joined(separator: "\n")
    }

    /// What remains where no rule is wrong and no cut is seen.
    static let missingPathText =
        "So a path is missing on the tape: numbers that are read out (scalar, scalars) are constants, and so is what is "
        + "computed from them."

    private static var shownCuts: Int { 4 }
}

extension GradientOrigin.WrongRule: CustomStringConvertible {
    /// `First wrong rule: t = 3 / forget: custom "myOp" (record %12), rule for operand 1`, its worst element and the
    /// diagnosis.
    public var description: String {
        var text = "First wrong rule: \(place), rule for operand \(operand)" + (order == 1 ? "" : ", order \(order)")
        if let worst = block?.worst {
            text += "\n    \(worst.position.map { "element \($0)" } ?? "projection")"
            text += ": reverse \(NumberText.long(worst.reverse)), difference \(NumberText.long(worst.difference))"
            text += ", ratio \(worst.ratioText)"
            if let forward = worst.forward { text += ", forward \(NumberText.long(forward))" }
        }
        return text + "\n    \(diagnosis)"
    }
}
