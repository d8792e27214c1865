import Foundation

extension GradientReport: PagedReport {
    /// The report as a page of HTML that needs nothing else, neither network nor script: the table of the blocks, and
    /// of each parameter a heat map, its blocks side by side, with a cell for each element.
    ///
    /// Cells are coloured by log₁₀(error / scale), wrong ones crossed, inconclusive ones hatched; over a cell, the
    /// browser shows its index and numbers. In blocks of more than 32 rows or 48 columns a cell is the worst of several
    /// elements, which the page says there.
    public func html() -> String { page.text }

    package var page: HTMLPage { HTMLPage(title: title, sections: htmlSections(level: 1)) }

    /// The content of the page, with headings from a level on.
    func htmlSections(level: Int) -> [String] {
        [htmlOfThisOrder(level)] + higherOrders.map { $0.htmlOfThisOrder(level + 1) } + [HTMLPage.footer(call)]
    }

    private func htmlOfThisOrder(_ level: Int) -> String {
        let heading = HTMLPage.heading(level, title, verdict)
        if let problem {
            let outcome = problem.isWrongRule ? "" : "Nothing was compared. "
            let lines = outcome + problem.description + (origin.map { "\n\($0)" } ?? "")
            return ([heading] + lines.split(separator: "\n").map { HTMLPage.paragraph(String($0)) }).joined(
                separator: "\n")
        }
        let explanations = explanation.split(separator: "\n").map { HTMLPage.paragraph(String($0)) }
        let parts =
            [heading, HTMLPage.paragraph(summary)] + explanations
            + [table.html, HTMLPage.paragraph(legend), HeatMap.legend]
        return (parts + parameters.map { heatMaps(of: $0, level + 1) }).joined(separator: "\n")
    }

    /// The blocks of each parameter, in order; inputs of one name at different steps are together.
    private var parameters: [(name: String, blocks: [GradientBlock])] {
        var parameters: [(name: String, blocks: [GradientBlock])] = []
        for block in blocks {
            let name = block.nameAndPart.name
            if parameters.last?.name != name { parameters.append((name, [])) }
            parameters[parameters.count - 1].blocks.append(block)
        }
        return parameters
    }

    private func heatMaps(of parameter: (name: String, blocks: [GradientBlock]), _ level: Int) -> String {
        let title = HTMLPage.element("h\(level)", nil, HTMLPage.escaped(parameter.name))
        let maps = parameter.blocks.map { HeatMap($0).html }.joined(separator: "\n")
        return title + "\n" + HTMLPage.element("div", "blocks", maps)
    }
}

extension GradientBlock {
    /// The name in two: what blocks that belong together share, and the brackets of this one, if it has any.
    var nameAndPart: (name: String, part: String?) {
        guard name.hasSuffix("]"), let bracket = name.range(of: " [", options: .backwards) else { return (name, nil) }
        return (String(name[..<bracket.lowerBound]), String(name[bracket.upperBound...].dropLast()))
    }
}
