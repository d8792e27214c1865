/// A whole SVG file: elements on a page of a size.
struct SVGDocument {
    let width: Double
    let height: Double
    /// What the picture is, for those who can't see it.
    let label: String
    let theme: Theme
    let elements: [SVGElement]

    private static let fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

    /// The text of the file. It names no identifiers and nothing outside of itself, so that several of them can stand
    /// in one page, and its colours are attributes, which every program understands that draws SVG; the style sheet of
    /// the automatic theme only adds what changes in the dark.
    var text: String {
        let page = SVGElement("rect", ["width": width, "height": height]).painted(.fill, .background)
        let root = SVGElement(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "class": Self.className, "width": width, "height": height,
                "viewBox": "0 0 \(width.svgText) \(height.svgText)", "role": "img", "aria-label": label,
                "font-family": Self.fonts, "font-size": "11",
                "style": "font-variant-numeric:tabular-nums",
            ], [style, page] + elements)
        var text = ""
        root.write(to: &text, in: theme)
        return text + "\n"
    }

    private static let className = "tapestry-chart"

    /// What is for browsers alone, behind conditions that other programs skip: the picture shrinks with its page, and
    /// has other colours in the dark.
    private var style: SVGElement {
        let fitting = "@media screen{.\(Self.className){max-width:100%;height:auto}}"
        return SVGElement("style").containing(theme == .automatic ? fitting + darkRules : fitting)
    }

    private var darkRules: String {
        var inks: Set<PaintedInk> = [PaintedInk(paint: .fill, ink: .background)]
        for element in elements { element.collectInks(into: &inks) }
        let rules = inks.sorted { $0.className < $1.className }.map { painted in
            // Pages of several charts have one style sheet in the end: the selector keeps out what is not a chart's,
            // and charts of a fixed theme, which have no such classes.
            ".\(Self.className) .\(painted.className){\(painted.paint.rawValue):\(painted.ink.color(in: .dark).hex)}"
        }
        return "@media(prefers-color-scheme:dark){\(rules.joined())}"
    }
}
