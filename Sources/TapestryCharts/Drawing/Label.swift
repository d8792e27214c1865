/// Texts of charts, in their sizes.
enum Label {
    static let titleSize = 15.0
    static let textSize = 12.0
    static let tickSize = 11.0

    /// Where a text stands with respect to its position.
    enum Anchor: String {
        case start, middle, end
    }

    static func element(
        _ text: String, at point: Point, size: Double = tickSize, anchor: Anchor = .start, ink: Ink = .faint,
        isBold: Bool = false, rotation: Double = 0
    ) -> SVGElement {
        var attributes: KeyValuePairs<String, any SVGAttribute> {
            let place = "\(point.x.svgText) \(point.y.svgText)"
            return rotation == 0
                ? ["x": point.x, "y": point.y, "font-size": size, "text-anchor": anchor.rawValue]
                : [
                    "transform": "translate(\(place)) rotate(\(rotation.svgText))", "font-size": size,
                    "text-anchor": anchor.rawValue,
                ]
        }
        let element = SVGElement("text", attributes).painted(.fill, ink).containing(text)
        return isBold ? SVGElement("g", ["font-weight": "600"], [element]) : element
    }

    /// The text with white space made visible where there is nothing else to see: tokens are such texts.
    static func visible(_ text: String) -> String {
        let marked = text.replacing("\n", with: "⏎").replacing("\t", with: "⇥")
        return !marked.isEmpty && marked.allSatisfy(\.isWhitespace)
            ? String(repeating: "␣", count: marked.count) : marked
    }
}

extension SVGElement {
    /// A text with the page's colour around its letters, so that it can be read upon a line.
    var haloed: SVGElement {
        SVGElement(
            "g", ["stroke-width": 3.5, "stroke-linejoin": "round", "paint-order": "stroke"], [self]
        ).painted(.stroke, .background)
    }
}
