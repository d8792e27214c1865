import Tapestry

extension ModuleSummary: NotebookDisplayable {
    /// The tree as a table.
    public var notebookContent: NotebookContent {
        var table = HTMLTable(columns: [.text("part"), .text("type"), .text("shape"), .number("parameters"), .text("")])
        ModuleSummary.append(root, depth: 0, to: &table)
        let totals = description.split(separator: "\n").last.map(String.init) ?? ""
        return NotebookContent(text: description).html(table.html(title: totals))
    }

    private static func append(_ part: Part, depth: Int, to table: inout HTMLTable) {
        let repetitions = part.repetitions > 1 ? " (\(part.repetitions)×)" : ""
        table.append([
            String(repeating: "\u{2003}", count: depth) + part.name + repetitions, part.type,
            part.shape.map { "\($0)" } ?? "", part.parameterCount > 0 ? "\(part.parameterCount)" : "",
            (part.notes + (part.blocks.isEmpty ? [] : [part.blocks.joined(separator: ", ")])).joined(separator: "; "),
        ])
        for child in part.parts { append(child, depth: depth + 1, to: &table) }
    }
}
