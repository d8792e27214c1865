import TapestryArrays

extension Mark {
    /// A horizontal line across the chart, such as the value of a baseline, with its label at the end.
    public static func rule(y: Double, label: String? = nil) -> Mark {
        Mark(RuleMark(axis: .y, value: y, text: label), label: nil)
    }

    /// A vertical line across the chart, such as where a forecast begins, with its label at the top.
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

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        guard let place = (axis == .x ? plot.x : plot.y).position(value) else { return [] }
        var path = PathData()
        path.move(to: axis == .x ? Point(x: place, y: 0) : Point(x: 0, y: place))
        path.line(to: axis == .x ? Point(x: place, y: plot.height) : Point(x: plot.width, y: place))
        let line = SVGElement("path", ["d": path.text, "stroke-width": 1.2, "stroke-dasharray": "4 3"])
            .painted(.stroke, .faint)
        guard let text, !text.isEmpty else { return [line] }
        // The label goes to the side of the line where there is room for it.
        let room = TextMetrics.width(text, size: Label.tickSize) + 8
        let isLeft = place + room > plot.width && place > room
        let label =
            axis == .x
            ? Label.element(
                text, at: Point(x: place + (isLeft ? -5 : 5), y: 11), anchor: isLeft ? .end : .start)
            : Label.element(
                text, at: Point(x: plot.width - 3, y: place < 16 ? place + 12 : place - 5), anchor: .end)
        return [line, label.haloed]
    }
}
