import Tapestry

extension NotebookContent {
    /// What a notebook shows of any value: its own content if it is `NotebookDisplayable`, a picture, the summary of a
    /// module, the parts of a tuple or of a short list one below the other, and else its description. Of an optional,
    /// what is in it.
    public init(showing value: Any) {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            self = mirror.children.first.map { NotebookContent(showing: $0.value) } ?? NotebookContent(text: "nil")
        } else if let displayable = value as? any NotebookDisplayable {
            self = displayable.notebookContent
        } else if let picture = value as? any Picture {
            self = NotebookContent(text: picture.caption).svg(picture.svg)
        } else if let parts = NotebookContent.parts(of: mirror) {
            self.init(stacking: parts)
        } else if let module = value as? any Module, !module.parameters.isEmpty {
            self = module.summary().notebookContent
        } else {
            self.init(text: String(describing: value))
        }
    }

    /// The parts of a tuple, or of a list that is not long, if one of them is more than text.
    private static func parts(of mirror: Mirror) -> [NotebookContent]? {
        guard mirror.displayStyle == .tuple || mirror.displayStyle == .collection, !mirror.children.isEmpty,
            mirror.children.count <= mostParts
        else { return nil }
        let parts = mirror.children.map { NotebookContent(showing: $0.value) }
        return parts.contains { $0.representations.count > 1 } ? parts : nil
    }

    private static var mostParts: Int { 24 }

    /// Contents one below the other.
    private init(stacking parts: [NotebookContent]) {
        self.init(text: parts.map(\.text).joined(separator: "\n"))
        let blocks = parts.map { part in
            part.representations["text/html"] ?? part.representations["image/svg+xml"]
                ?? "<pre>\(part.text.escapedForHTML)</pre>"
        }
        self = html(blocks.map { "<div>\($0)</div>" }.joined(separator: "\n"))
    }
}

extension Picture {
    /// What stands in the place of the picture where none can be shown.
    fileprivate var caption: String {
        let title = (self as? Chart)?.title ?? (self as? ChartGrid)?.title
        return title.map { "\(type(of: self)): \($0)" } ?? "\(type(of: self))"
    }
}
