extension PrecisionReport: PagedReport, CustomStringConvertible {
    /// The verdict, a table of all comparisons, and the call that makes the report again.
    public var description: String { text(colored: false) }

    /// The same as `description`, with the words that are verdicts in colours that terminals understand, if wanted.
    public func text(colored: Bool) -> String {
        let word = verdict.colored(verdict.rawValue.uppercased(), if: colored)
        let lines = ["\(title): \(word).", table.text(colored: colored), legend]
        return (lines + (call.map { ["Again: \($0)"] } ?? [])).joined(separator: "\n")
    }

    /// The report as a page of HTML that needs nothing else, neither network nor script.
    public func html() -> String { page.text }

    package var page: HTMLPage { HTMLPage(title: title, sections: htmlSections(level: 1)) }

    /// The report as JSON. Infinities and NaN are the strings `"Infinity"`, `"-Infinity"` and `"NaN"`; keys are sorted.
    ///
    /// | key | value |
    /// |---|---|
    /// | `kind` | `"singlePrecision"` |
    /// | `subject`, `seed` | as the report's properties |
    /// | `verdict` | `"correct"`, `"wrong"` or `"inconclusive"` |
    /// | `call` | the call that makes the report again, or `null` in a report that is part of another |
    /// | `tolerance` | `roundings`, `resolution` |
    /// | `comparisons` | `name`, `verdict`, `count`, `scale`, `allowed`, `position`, `single`, `exact`, `deviation` |
    public func json() -> String { jsonValue.document }

    /// The content of the page, with headings from a level on.
    func htmlSections(level: Int) -> [String] {
        [HTMLPage.heading(level, title, verdict), table.html, HTMLPage.paragraph(legend), HTMLPage.footer(call)]
    }

    var jsonValue: JSONValue {
        .object([
            "kind": .string("singlePrecision"),
            "subject": .string(subject),
            "verdict": .string(verdict.rawValue),
            "call": .optional(call) { .string($0.description) },
            "seed": .integer(seed),
            "tolerance": .object([
                "roundings": .number(tolerance.roundings), "resolution": .number(tolerance.resolution),
            ]),
            "comparisons": .list(comparisons, \.jsonValue),
        ])
    }

    private var title: String { "Single precision of \(subject)" }

    private var legend: String {
        "Allowed: \(NumberText.short(tolerance.roundings)) times the rounding of one number, and of the numbers that the "
            + "function starts from, seed \(seed)."
    }

    private var table: VerdictTable {
        var table = VerdictTable(
            columns: [
                .left("value"), .verdict("verdict"), .right("elements"), .right("scale"), .left("worst at"),
                .right("Float"), .right("Double"), .right("deviation/scale"), .right("allowed/scale"),
            ])
        for comparison in comparisons { table.append(comparison.row, verdict: comparison.verdict) }
        return table
    }
}

extension PrecisionComparison {
    fileprivate var row: [String] {
        [
            name, verdict.rawValue, "\(count)", NumberText.short(scale), "\(position)", NumberText.long(single),
            NumberText.long(exact), NumberText.short(relative(deviation)), NumberText.short(relative(allowed)),
        ]
    }

    /// Relative to the scale; of zeros, which have none, what it is itself.
    private func relative(_ size: Double) -> Double { scale > 0 ? size / scale : size }

    fileprivate var jsonValue: JSONValue {
        .object([
            "name": .string(name),
            "verdict": .string(verdict.rawValue),
            "count": .count(count),
            "scale": .number(scale),
            "allowed": .number(allowed),
            "position": .list(position) { .count($0) },
            "single": .number(single),
            "exact": .number(exact),
            "deviation": .number(deviation),
        ])
    }
}
