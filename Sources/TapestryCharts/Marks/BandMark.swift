import TapestryArrays

extension Mark {
    /// A band between two values at each of 0, 1, 2, …: an interval, or a spread around a line of the same label.
    ///
    /// - Parameters:
    ///   - lower: The one edge. The band has a gap where either edge cannot be drawn.
    ///   - upper: The other one. Traps if there are more values of one than of the other.
    ///   - first: Where the first values are.
    ///   - label: The name of the series.
    ///   - color: The number of its colour; `nil` for the next one.
    public static func band(
        _ lower: [Double], _ upper: [Double], from first: Int = 0, label: String? = nil, color: Int? = nil
    ) -> Mark {
        band(x: lower.indices.map { Double(first + $0) }, lower, upper, label: label, color: color)
    }

    /// A band between two values at each x. Traps if there are more of one than of the others.
    public static func band(
        x: [Double], _ lower: [Double], _ upper: [Double], label: String? = nil, color: Int? = nil
    ) -> Mark {
        Mark(BandMark(x: x, lower: lower, upper: upper), label: label, color: color)
    }
}

/// The area between two lines.
struct BandMark: MarkContent {
    let x, lower, upper: [Double]

    init(x: [Double], lower: [Double], upper: [Double]) {
        guard x.count == lower.count, x.count == upper.count else {
            trap("band", "\(x.count) values of x, \(lower.count) lower and \(upper.count) upper ones")
        }
        (self.x, self.lower, self.upper) = (x, lower, upper)
    }

    var extent: Extent {
        let present = x.indices.filter { lower[$0].isDrawable && upper[$0].isDrawable }
        return Extent(x: ValueRange(present.map { x[$0] }), y: ValueRange(present.flatMap { [lower[$0], upper[$0]] }))
    }
    var symbol: LegendSymbol? { .area }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        var path = PathData()
        for run in runs(in: plot) {
            path.lines(through: run.map(\.high).thinned + run.map(\.low).thinned.reversed())
            path.close()
        }
        if path.isEmpty { return [] }
        return [SVGElement("path", ["d": path.text, "fill-opacity": 0.2]).painted(.fill, style.ink)]
    }

    /// Both edges, and a box around each piece between two neighbours.
    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        runs(in: plot).flatMap { run in
            let sections = run.map { Obstacle.line(from: $0.low, to: $0.high).box }
            return Obstacle.lines(through: run.map(\.high).thinned) + Obstacle.lines(through: run.map(\.low).thinned)
                + zip(sections, sections.dropFirst()).map { .area($0.union($1)) }
        }
    }

    /// Both edges, without gaps.
    private func runs(in plot: Plot) -> [[(low: Point, high: Point)]] {
        let edges = x.indices.map { index -> (low: Point, high: Point)? in
            guard let low = plot.point(x[index], lower[index]), let high = plot.point(x[index], upper[index]) else {
                return nil
            }
            return (low, high)
        }
        return edges.split(whereSeparator: { $0 == nil }).map { $0.map { $0! } }
    }
}
