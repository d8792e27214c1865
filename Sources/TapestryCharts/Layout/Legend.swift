/// The names of the series, in rows.
struct Legend {
    private let rows: [[(entry: Series.Entry, x: Double)]]

    private static let rowHeight = 19.0
    private static let symbolWidth = 18.0

    /// The legend of series, in rows no longer than a width.
    init(_ series: Series, width: Double) {
        var rows: [[(entry: Series.Entry, x: Double)]] = []
        var x = 0.0
        for entry in series.entries {
            let length = Self.symbolWidth + 6 + TextMetrics.width(Self.text(entry, width), size: Label.textSize)
            if rows.isEmpty || x + length > width {
                rows.append([])
                x = 0
            }
            rows[rows.count - 1].append((entry, x))
            x += length + 16
        }
        self.rows = rows
        self.width = width
    }

    private let width: Double

    var height: Double { Double(rows.count) * Self.rowHeight }

    /// How much of the height is more than a chart of the usual size has room for.
    var excessHeight: Double { Double(max(rows.count - 3, 0)) * Self.rowHeight }

    private static func text(_ entry: Series.Entry, _ width: Double) -> String {
        TextMetrics.shortened(entry.label, to: width - symbolWidth - 6, size: Label.textSize)
    }

    /// The legend with its upper left corner at a place.
    func elements(at origin: Point) -> [SVGElement] {
        rows.enumerated().flatMap { number, row in
            row.flatMap { entry, x -> [SVGElement] in
                let middle = Point(x: origin.x + x, y: origin.y + (Double(number) + 0.5) * Self.rowHeight)
                let place = Point(x: middle.x + Self.symbolWidth + 6, y: middle.y + Label.textSize * 0.36)
                let text = Self.text(entry, width)
                return entry.symbols.map { Self.symbol($0, of: entry.number, at: middle) }
                    + [Label.element(text, at: place, size: Label.textSize, ink: .text)]
            }
        }
    }

    private static func symbol(_ symbol: LegendSymbol, of series: Int, at middle: Point) -> SVGElement {
        let style = SeriesStyle(series: series)
        var path = PathData()
        switch symbol {
        case .line, .rule:
            path.lines(through: [middle, Point(x: middle.x + symbolWidth, y: middle.y)])
            return LineMark.element(path, style)
        case .dot:
            path.dot(at: Point(x: middle.x + symbolWidth / 2, y: middle.y))
            return SVGElement("path", ["d": path.text, "stroke-width": 7.0, "stroke-linecap": "round"])
                .painted(.stroke, style.ink)
        case .area:
            path.rectangle(x: middle.x, y: middle.y - 6, width: symbolWidth, height: 12)
            return SVGElement("path", ["d": path.text, "fill-opacity": 0.2]).painted(.fill, style.ink)
        case .square:
            path.rectangle(x: middle.x + 3, y: middle.y - 6, width: 12, height: 12)
            return SVGElement("path", ["d": path.text]).painted(.fill, style.ink)
        }
    }
}
