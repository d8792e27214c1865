import Foundation

/// What a notebook shows of a value: one or more representations of it, of which the front end takes the richest that
/// it can show.
public struct NotebookContent: Sendable, Equatable {
    /// Texts by their media types; of images that are not text, in base 64.
    public private(set) var representations: [String: String]

    /// Plain text, which every front end can show.
    public init(text: String) { representations = ["text/plain": text] }

    /// The plain text.
    public var text: String { representations["text/plain"] ?? "" }

    /// The same with a piece of HTML: what stands inside a `body`.
    public func html(_ html: String) -> NotebookContent { adding(html, "text/html") }
    /// The same with a drawing in SVG.
    public func svg(_ svg: String) -> NotebookContent { adding(svg, "image/svg+xml") }
    /// The same with text in Markdown, in which formulas stand between dollar signs.
    public func markdown(_ markdown: String) -> NotebookContent { adding(markdown, "text/markdown") }
    /// The same with an image in the PNG format.
    public func png(_ png: Data) -> NotebookContent { adding(png.base64EncodedString(), "image/png") }

    private func adding(_ text: String, _ type: String) -> NotebookContent {
        var content = self
        content.representations[type] = text
        return content
    }
}

/// A type that has more to show in a notebook than its description.
///
/// ```swift
/// struct Swatch: NotebookDisplayable {
///     var color: String
///     var notebookContent: NotebookContent {
///         NotebookContent(text: color).html("<div style='width: 4em; height: 2em; background: \(color)'></div>")
///     }
/// }
/// ```
public protocol NotebookDisplayable {
    /// What a notebook shows of it.
    var notebookContent: NotebookContent { get }
}

extension NotebookContent: NotebookDisplayable {
    /// The content itself.
    public var notebookContent: NotebookContent { self }
}
