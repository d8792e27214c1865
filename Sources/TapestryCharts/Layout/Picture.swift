import TapestryFiles

/// What can be shown as a picture: a chart, or several in a grid.
public protocol Picture: Sendable {
    /// The picture as the text of an SVG file. It contains all that it needs, and can also stand in an HTML page.
    var svg: String { get }
}

extension Picture {
    /// Writes the picture into a file, whose name should end in `.svg`.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written; what was there before is still there then.
    public func save(to path: String) throws(OutputFileError) { try OutputFile.write(svg, to: path) }
}
