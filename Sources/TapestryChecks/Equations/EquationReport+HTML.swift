extension EquationReport: PagedReport {
    /// The report as a page of HTML that needs nothing else, neither network nor script: the first deviation, the
    /// table of all values, and the gradients if they were compared.
    public func html() -> String { page.text }

    package var page: HTMLPage { HTMLPage(title: title, sections: htmlSections(level: 1)) }

    /// The content of the page, with headings from a level on.
    func htmlSections(level: Int) -> [String] {
        let heading = HTMLPage.heading(level, title, verdict)
        let table = comparisons.isEmpty ? [] : [table.html]
        return [heading] + remarks.map(HTMLPage.paragraph) + table + [HTMLPage.paragraph(legend)]
            + (gradients?.htmlSections(level: level + 1) ?? []) + [HTMLPage.footer(call)]
    }
}
