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
        let points = points(in: plot)
        if points.isEmpty { return [] }
        let size = Self.size(count: points.count)
        let path = points.count <= Self.limit ? Self.dots(points) : Self.cloud(points)
        return [
            SVGElement(
                "path",
                ["d": path.text, "fill": "none", "stroke-width": size, "stroke-linecap": "round", "opacity": 0.8]
            ).painted(.stroke, style.ink)
        ]
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        let points = points(in: plot)
        return points.map { .dot(at: $0, size: Self.size(count: points.count)) }
    }

    private func points(in plot: Plot) -> [Point] { zip(x, y).compactMap { plot.point($0, $1) } }

    /// The diameter of so many dots.
    private static func size(count: Int) -> Double {
        count <= 200 ? 6 : count <= 1000 ? 4.5 : count <= limit ? 3.5 : grain + 1
    }

    private static func dots(_ points: [Point]) -> PathData {
        var path = PathData()
        for point in points { path.dot(at: point) }
        return path
    }

    /// The extent of what dots in a cloud are moved to, in pixels.
    private static let grain = 2.0

    /// Dots on a fine raster, each place once and neighbours as one stroke: no larger a file than its picture, however
    /// many dots there are.
    private static func cloud(_ points: [Point]) -> PathData {
        var rows: [Int: Set<Int>] = [:]
        for point in points {
            rows[Int((point.y / grain).rounded()), default: []].insert(Int((point.x / grain).rounded()))
        }
        var path = PathData()
        for (row, columns) in rows.sorted(by: { $0.key < $1.key }) {
            var run: ClosedRange<Int>?
            for column in columns.sorted() + [Int.max] {
                if let current = run, column == current.upperBound + 1 {
                    run = current.lowerBound...column
                    continue
                }
                if let run {
                    path.stroke(
                        from: Point(x: Double(run.lowerBound) * grain, y: Double(row) * grain),
                        length: Double(run.count - 1) * grain)
                }
                run = column...column
            }
        }
        return path
    }
}
