import TapestryArrays

extension Mark {
    /// Points that nothing joins. Traps if there are more of one coordinate than of the other.
    ///
    /// - Parameters:
    ///   - x: Along the horizontal axis.
    ///   - y: Along the vertical axis. A point that cannot be drawn is left out.
    ///   - label: The name of the series.
    ///   - color: The number of its colour; `nil` for the next one.
    public static func points(x: [Double], y: [Double], label: String? = nil, color: Int? = nil) -> Mark {
        Mark(PointMark(x: x, y: y), label: label, color: color)
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

    /// Beyond so many dots, single ones are not seen any more.
    private static let limit = 2000

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        let drawn = drawing(in: plot)
        if drawn.strokes.isEmpty { return [] }
        var path = PathData()
        for stroke in drawn.strokes { path.stroke(from: stroke.start, length: stroke.length) }
        return [
            SVGElement(
                "path",
                ["d": path.text, "fill": "none", "stroke-width": drawn.size, "stroke-linecap": "round", "opacity": 0.8]
            ).painted(.stroke, style.ink)
        ]
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        let drawn = drawing(in: plot)
        return drawn.strokes.map { .stroke(from: $0.start, length: $0.length, size: drawn.size) }
    }

    /// Lines to the right with round ends, of which those without a length are dots.
    private struct Drawing {
        let strokes: [Stroke]
        /// The diameter of a dot.
        let size: Double
    }

    private struct Stroke {
        let start: Point
        let length: Double
    }

    private func drawing(in plot: Plot) -> Drawing {
        let points = zip(x, y).compactMap { plot.point($0, $1) }
        let strokes =
            points.count <= Self.limit ? points.map { Stroke(start: $0, length: 0) } : Self.cloud(points, in: plot)
        return Drawing(strokes: strokes, size: Self.size(count: points.count))
    }

    /// The diameter of so many dots.
    private static func size(count: Int) -> Double {
        count <= 200 ? 6 : count <= 1000 ? 4.5 : count <= limit ? 3.5 : grain + 1
    }

    /// The extent of what dots in a cloud are moved to, in pixels.
    private static let grain = 2.0

    /// Dots on a fine raster, each place once and neighbours as one stroke: no larger a file than its picture, however
    /// many dots there are. Those that lie beyond the plot, of which nothing is seen, are left out.
    private static func cloud(_ points: [Point], in plot: Plot) -> [Stroke] {
        let reach = 2 * grain
        let (across, down) = (-reach...plot.width + reach, -reach...plot.height + reach)
        var rows: [Int: Set<Int>] = [:]
        for point in points where across.contains(point.x) && down.contains(point.y) {
            rows[Int((point.y / grain).rounded()), default: []].insert(Int((point.x / grain).rounded()))
        }
        var strokes: [Stroke] = []
        for (row, columns) in rows.sorted(by: { $0.key < $1.key }) {
            var run: ClosedRange<Int>?
            for column in columns.sorted() + [Int.max] {
                if let current = run, column == current.upperBound + 1 {
                    run = current.lowerBound...column
                    continue
                }
                if let run {
                    let start = Point(x: Double(run.lowerBound) * grain, y: Double(row) * grain)
                    strokes.append(Stroke(start: start, length: Double(run.count - 1) * grain))
                }
                run = column...column
            }
        }
        return strokes
    }
}
