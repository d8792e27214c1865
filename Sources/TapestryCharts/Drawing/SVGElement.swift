/// An element of an SVG file: its name, its attributes in order, the colours of its parts, and what is in it.
struct SVGElement {
    /// What a colour is for.
    enum Paint: String {
        case fill, stroke
    }

    let name: String
    private(set) var attributes: [(name: String, value: String)] = []
    private(set) var inks: [(paint: Paint, ink: Ink)] = []
    private var text: String?
    private(set) var children: [SVGElement] = []

    init(_ name: String, _ attributes: KeyValuePairs<String, any SVGAttribute> = [:], _ children: [SVGElement] = []) {
        self.name = name
        self.attributes = attributes.map { ($0.key, $0.value.attributeText) }
        self.children = children
    }

    /// The same element in a colour.
    func painted(_ paint: Paint, _ ink: Ink) -> SVGElement {
        var element = self
        element.inks.append((paint, ink))
        return element
    }

    /// The same element with a text in it.
    func containing(_ text: String) -> SVGElement {
        var element = self
        element.text = text
        return element
    }

    /// The same element with what shows while the pointer is over it.
    func titled(_ title: String) -> SVGElement {
        var element = self
        element.children.insert(SVGElement("title").containing(title), at: 0)
        return element
    }

    /// Every colour that it and its children are painted in.
    func collectInks(into found: inout Set<PaintedInk>) {
        for (paint, ink) in inks { found.insert(PaintedInk(paint: paint, ink: ink)) }
        for child in children { child.collectInks(into: &found) }
    }

    /// Writes the element, a line for each of its children.
    func write(to output: inout String, in theme: Theme) {
        output += "<\(name)"
        for (name, value) in attributes { output += " \(name)=\"\(value.escapedForXML)\"" }
        for (paint, ink) in inks { output += " \(paint.rawValue)=\"\(ink.color(in: theme.fallback).hex)\"" }
        if theme == .automatic, !inks.isEmpty {
            let classes = inks.map { PaintedInk(paint: $0.paint, ink: $0.ink).className }
            output += " class=\"\(classes.joined(separator: " "))\""
        }
        if children.isEmpty && text == nil {
            output += "/>"
            return
        }
        output += ">"
        if let text { output += text.escapedForXML }
        for child in children {
            if text == nil { output += "\n" }
            child.write(to: &output, in: theme)
        }
        if text == nil { output += "\n" }
        output += "</\(name)>"
    }
}

/// A colour and what it is for.
struct PaintedInk: Hashable {
    let paint: SVGElement.Paint
    let ink: Ink

    /// The name by which a style sheet finds what is painted so.
    var className: String { (paint == .fill ? "f" : "s") + ink.code }
}

/// A value of an attribute.
protocol SVGAttribute {
    var attributeText: String { get }
}

extension String: SVGAttribute {
    var attributeText: String { self }
}

extension Double: SVGAttribute {
    var attributeText: String { svgText }

    /// The number in at most two decimals: a hundredth of a pixel. What is not finite never gets here by way of a
    /// scale; if it did, the file would still be one.
    var svgText: String {
        guard isFinite else { return "0" }
        let hundredths = Int((Swift.min(Swift.max(self, -1e6), 1e6) * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        let decimals = rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)"
        return "\(sign)\(whole == 0 ? "" : "\(whole)").\(decimals)"
    }
}

extension String {
    /// The text as a part of an XML file. Characters that XML 1.0 does not have at all become �.
    var escapedForXML: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += " "
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
