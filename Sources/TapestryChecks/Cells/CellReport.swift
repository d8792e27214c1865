/// The result of a check of a cell.
///
/// Printed, it is the verdict and the report of each question in turn: equations, gradients, single precision.
public struct CellReport: PagedReport, Sendable {
    /// Whether the derivatives are those of the function that was written.
    public let gradients: GradientReport
    /// Whether the function is the one that was meant; `nil` without a reference.
    public let equations: EquationReport?
    /// Whether the cell in `Float` computes the same as well as rounding allows; `nil` if it was not asked for.
    public let singlePrecision: PrecisionReport?
    /// What so few steps or rows could not show.
    public let cautions: [String]
    /// The call that made this report.
    public let call: CheckCall

    /// Wrong if any part is; inconclusive if the gradients are; else correct.
    public var verdict: GradientVerdict {
        let all = [gradients.verdict, equations?.verdict, singlePrecision?.verdict].compactMap(\.self)
        if all.contains(.wrong) { return .wrong }
        return all.contains(.inconclusive) ? .inconclusive : .correct
    }

    /// Whether everything was shown to be correct.
    public var isCorrect: Bool { verdict == .correct }

    /// Throws an error that prints this report, unless everything was shown to be correct.
    public func requireCorrect() throws(CellCheckError) {
        if !isCorrect { throw CellCheckError(report: self) }
    }

    /// The report as JSON: `kind` (`"cell"`), `verdict`, `call`, `cautions` (texts), and the parts `gradients`,
    /// `equations` and `singlePrecision` as their own `json()` has them, or `null`.
    public func json() -> String {
        let value: JSONValue = .object([
            "kind": .string("cell"),
            "verdict": .string(verdict.rawValue),
            "call": .string(call.description),
            "cautions": .list(cautions) { .string($0) },
            "gradients": gradients.jsonValue,
            "equations": .optional(equations, \.jsonValue),
            "singlePrecision": .optional(singlePrecision, \.jsonValue),
        ])
        return value.document
    }

    /// The report as one page of HTML that needs nothing else: the parts one after the other.
    public func html() -> String { page.text }

    package var page: HTMLPage {
        let head = [HTMLPage.heading(1, title, verdict)] + cautions.map(HTMLPage.paragraph)
        let parts: [[String]?] = [
            head, equations?.htmlSections(level: 2),
            gradients.htmlSections(level: 2), singlePrecision?.htmlSections(level: 2), [HTMLPage.footer(call)],
        ]
        return HTMLPage(title: title, sections: parts.compactMap(\.self).flatMap(\.self))
    }

    private var title: String { "Check of \(gradients.subject)" }
}

extension CellReport: CustomStringConvertible {
    /// The verdict, the parts one after the other, and the call that makes the report again.
    public var description: String { text(colored: false) }

    /// The same as `description`, with the words that are verdicts in colours that terminals understand, if wanted.
    public func text(colored: Bool) -> String {
        let word = verdict.colored(verdict.rawValue.uppercased(), if: colored)
        let head = ["\(title): \(word)."] + cautions
        let parts: [String?] = [
            head.joined(separator: "\n"), equations?.text(colored: colored), gradients.text(colored: colored),
            singlePrecision?.text(colored: colored), "Again: \(call)",
        ]
        return parts.compactMap(\.self).joined(separator: "\n\n")
    }
}

/// A cell that was not shown to be correct. Printed, it is the report.
public struct CellCheckError: Error, CustomStringConvertible {
    /// What the check found.
    public let report: CellReport
    /// The report as text.
    public var description: String { report.description }
}
