import TapestryArrays

extension Mark {
    /// A horizontal line across the chart, such as the value of a baseline.
    ///
    /// - Parameters:
    ///   - y: The value.
    ///   - label: What stands on it: at its right end, or where along it least of the data is covered.
    public static func rule(y: Double, label: String? = nil) -> Mark {
        Mark(RuleMark(axis: .y, value: y, text: label), label: nil)
    }

    /// A vertical line across the chart, such as where a forecast begins.
    ///
    /// - Parameters:
    ///   - x: The value.
    ///   - label: What stands beside it: at the top, or where along it least of the data is covered.
    public static func rule(x: Double, label: String? = nil) -> Mark {
        Mark(RuleMark(axis: .x, value: x, text: label), label: nil)
    }
}

/// A line across the chart at a value.
struct RuleMark: MarkContent {
    enum Direction: Sendable {
        case x, y
    }

    let axis: Direction
    let value: Double
    let text: String?

    var extent: Extent {
        axis == .x ? Extent(x: ValueRange([value])) : Extent(y: ValueRange([value]))
    }
    var symbol: LegendSymbol? { nil }
    var isColored: Bool { false }

    /// Where it is along its axis.
    func position(in plot: Plot) -> Double? { (axis == .x ? plot.x : plot.y).position(value) }

    /// The line alone; ``RuleLabels`` has the labels, which lie over all marks.
    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        guard let (start, end) = ends(in: plot) else { return [] }
        var path = PathData()
        path.lines(through: [start, end])
        return [
            SVGElement("path", ["d": path.text, "stroke-width": 1.2, "stroke-dasharray": "4 3"])
                .painted(.stroke, .faint)
        ]
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        ends(in: plot).map { [.line(from: $0, to: $1)] } ?? []
    }

    private func ends(in plot: Plot) -> (Point, Point)? {
        position(in: plot).map { place in
            axis == .x
                ? (Point(x: place, y: 0), Point(x: place, y: plot.height))
                : (Point(x: 0, y: place), Point(x: plot.width, y: place))
        }
    }
}
