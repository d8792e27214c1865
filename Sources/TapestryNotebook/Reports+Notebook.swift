import Tapestry

extension PagedReport where Self: CustomStringConvertible {
    /// The verdict, the tables and the heat maps.
    fileprivate var reportContent: NotebookContent { NotebookContent(text: description).html(page.fragment) }
}

extension GradientReport: NotebookDisplayable {
    /// The table of the blocks and a heat map of each parameter.
    public var notebookContent: NotebookContent { reportContent }
}

extension EquationReport: NotebookDisplayable {
    /// The first deviation, and the table of all values.
    public var notebookContent: NotebookContent { reportContent }
}

extension PrecisionReport: NotebookDisplayable {
    /// The table of all comparisons.
    public var notebookContent: NotebookContent { reportContent }
}

extension CellReport: NotebookDisplayable {
    /// The parts one after the other.
    public var notebookContent: NotebookContent { reportContent }
}
