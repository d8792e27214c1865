/// What the colours of a heat map mean: a bar of them with an axis.
struct ColorBar {
    private let mapping: ColorMapping
    private let guide: AxisGuide
    private let height: Double

    private static let thickness = 11.0

    init(_ mapping: ColorMapping, height: Double) {
        self.mapping = mapping
        self.height = height
        guide = .vertical(Axis(), (mapping.lower, mapping.upper), nil, length: height, spacing: 60)
    }

    var width: Double { Self.thickness + 7 + guide.labelWidth }

    /// The bar with its upper left corner at a place.
    func elements(at origin: Point) -> [SVGElement] {
        let count = Ink.levelCount
        let step = height / Double(count)
        let colors = (0..<count).map { level -> SVGElement in
            let ink: Ink = mapping.isDiverging ? .diverging(level) : .sequential(level)
            // Each reaches under the next one, so that no seam shines through.
            return SVGElement(
                "rect",
                [
                    "x": origin.x, "y": origin.y + height - Double(level + 1) * step, "width": Self.thickness,
                    "height": level == 0 ? step : step + 0.5,
                ]
            ).painted(.fill, ink)
        }
        let labels = guide.ticks.map { tick in
            Label.element(
                tick.text,
                at: Point(x: origin.x + Self.thickness + 6, y: origin.y + tick.place + Label.tickSize * 0.35))
        }
        return colors + labels
    }
}
