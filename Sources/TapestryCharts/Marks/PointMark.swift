import TapestryArrays

extension Mark {
    /// Points that nothing joins. Traps if there are more of one coordinate than of the other.
    ///
    /// - Parameters:
    ///   - x: Along the horizontal axis.
    ///   - y: Along the vertical axis. A point that cannot be drawn is left out.
    ///   - label: The name of the series.
    ///   - color: The number of its colour; `nil` for the next one.
    public static func points(
        x: some Sequence<some ChartNumber>, y: some Sequence<some ChartNumber>, label: String? = nil,
        color: Int? = nil
    ) -> Mark {
        Mark(PointMark(x: x.map(\.chartValue), y: y.map(\.chartValue)), label: label, color: color)
    }
}

/// Dots.
struct PointMark: MarkContent {
    let x, y: [Double]

    init(x: [Double], y: [Double]) {
        guard x.count == y.count else { trap("points", "\(x.count) values of x and \(y.count) of y") }
        (self.x, self.y) = (x, y)
    }

    var extent: Extent {
        let present = x.indices.filter { x[$0].isDrawable && y[$0].isDrawable }
        return Extent(
            x: ValueRange(present.map { x[$0] }), y: ValueRange(present.map { y[$0] }), needsRoom: true)
    }
    var symbol: LegendSymbol? { .dot }

    /// A dot upon another one, to half a pixel, is not drawn again.
    private struct Place: Hashable {
        let column, row: Int

        init(_ point: Point) {
            column = Int((point.x * 2).rounded())
            row = Int((point.y * 2).rounded())
        }
    }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        var path = PathData()
        var taken: Set<Place> = []
        var count = 0
        for point in zip(x, y).compactMap({ plot.point($0, $1) }) where taken.insert(Place(point)).inserted {
            path.dot(at: point)
            count += 1
        }
        if path.isEmpty { return [] }
        // Many points are small ones.
        let size = count <= 200 ? 6.0 : count <= 1000 ? 4.5 : 3.0
        return [
            SVGElement(
                "path",
                ["d": path.text, "fill": "none", "stroke-width": size, "stroke-linecap": "round", "opacity": 0.8]
            ).painted(.stroke, style.ink)
        ]
    }
}
