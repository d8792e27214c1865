import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// An SVG file as a strict reader of XML sees it.
final class SVGReader: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        var text = ""
    }

    private(set) var elements: [Element] = []
    private var open: [Int] = []

    /// Fails the test if the text is not well-formed.
    init(_ svg: String) throws {
        super.init()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = self
        let isWellFormed = parser.parse()
        try #require(isWellFormed, "\(String(describing: parser.parserError)) at line \(parser.lineNumber)")
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if let index = open.last { elements[index].text += text }
    }

    /// The texts that are shown, in order.
    var texts: [String] { elements.filter { $0.name == "text" }.map(\.text) }

    /// What shows while the pointer is over something.
    var titles: [String] { elements.filter { $0.name == "title" }.map(\.text) }

    /// The paths painted in a colour.
    func paths(stroke: String) -> [String] {
        elements.filter { $0.name == "path" && $0.attributes["stroke"] == stroke }.compactMap { $0.attributes["d"] }
    }

    /// The rectangles of a colour: x, y, width, height.
    func rectangles(fill: String) -> [[Double]] {
        elements.filter { $0.name == "rect" && $0.attributes["fill"] == fill }.map { element in
            ["x", "y", "width", "height"].map { Double(element.attributes[$0] ?? "0")! }
        }
    }
}

/// The points of a path of lines.
func points(of path: String) -> [[Double]] {
    path.split(whereSeparator: { $0 == "M" || $0 == "L" }).map { $0.split(separator: " ").compactMap { Double($0) } }
}
