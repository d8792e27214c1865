import TapestryArrays

extension Mark {
    /// A line through values at 0, 1, 2, …
    ///
    /// - Parameters:
    ///   - values: The values along the vertical axis. The line has a gap where one cannot be drawn.
    ///   - first: Where the first value is.
    ///   - label: The name of the series.
    ///   - color: The number of its colour; `nil` for the next one.
    public static func line(
        _ values: [Double], from first: Int = 0, label: String? = nil, color: Int? = nil
    ) -> Mark {
        Mark(LineMark(x: values.indices.map { Double(first + $0) }, y: values), label: label, color: color)
    }

    /// A line through points, in their order. Traps if there are more of one coordinate than of the other.
    public static func line(x: [Double], y: [Double], label: String? = nil, color: Int? = nil) -> Mark {
        Mark(LineMark(x: x, y: y), label: label, color: color)
    }
}

/// Points joined by a line, with gaps where one is missing.
struct LineMark: MarkContent {
    let x, y: [Double]

    init(x: [Double], y: [Double]) {
        guard x.count == y.count else { trap("line", "\(x.count) values of x and \(y.count) of y") }
        (self.x, self.y) = (x, y)
    }

    var extent: Extent {
        Extent(x: ValueRange(zip(x, y).filter { $1.isDrawable }.map(\.0)), y: ValueRange(y))
    }
    var symbol: LegendSymbol? { .line }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        let runs = runs(in: plot)
        var (path, dots) = (PathData(), PathData())
        for run in runs where run.count > 1 { path.lines(through: run) }
        // A point between two gaps is no line, and must not be lost.
        for run in runs where run.count == 1 { dots.dot(at: run[0]) }
        let lone = SVGElement("path", ["d": dots.text, "stroke-width": 4.0, "stroke-linecap": "round"])
        return (path.isEmpty ? [] : [Self.element(path, style)])
            + (dots.isEmpty ? [] : [lone.painted(.stroke, style.ink)])
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        runs(in: plot).flatMap { $0.count > 1 ? Obstacle.lines(through: $0) : [.dot(at: $0[0], size: 4)] }
    }

    /// The lines without gaps, as fine as they are drawn.
    private func runs(in plot: Plot) -> [[Point]] { zip(x, y).map { plot.point($0, $1) }.runs.map(\.thinned) }

    static func element(_ path: PathData, _ style: SeriesStyle) -> SVGElement {
        let attributes: KeyValuePairs<String, any SVGAttribute> =
            style.dashes.map { dashes in
                [
                    "d": path.text, "fill": "none", "stroke-width": 1.8, "stroke-linejoin": "round",
                    "stroke-linecap": "round", "stroke-dasharray": dashes,
                ]
            } ?? [
                "d": path.text, "fill": "none", "stroke-width": 1.8, "stroke-linejoin": "round",
                "stroke-linecap": "round",
            ]
        return SVGElement("path", attributes).painted(.stroke, style.ink)
    }
}

extension [Point?] {
    /// The runs of points between those that are missing.
    var runs: [[Point]] {
        split(whereSeparator: { $0 == nil }).map { $0.map { $0! } }
    }
}

extension [Point] {
    /// The points without those that change nothing in the picture: of neighbours in the same column of pixels there
    /// remain the first, the highest, the lowest, and the last one.
    ///
    /// Reference: U. Jugel et al., "M4: a visualization-oriented time series data aggregation", 2014.
    var thinned: [Point] {
        var kept: [Point] = []
        var start = 0
        while start < count {
            let column = self[start].x.rounded(.down)
            var end = start
            var (highest, lowest) = (start, start)
            while end < count, self[end].x.rounded(.down) == column {
                if self[end].y < self[highest].y { highest = end }
                if self[end].y > self[lowest].y { lowest = end }
                end += 1
            }
            // Four in order, each of them once.
            var last = -1
            for index in [start, Swift.min(highest, lowest), Swift.max(highest, lowest), end - 1] where index > last {
                kept.append(self[index])
                last = index
            }
            start = end
        }
        return kept
    }
}
