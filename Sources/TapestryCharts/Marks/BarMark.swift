import TapestryArrays

extension Mark {
    /// Bars for things with names. Bars of several series stand beside each other.
    ///
    /// - Parameters:
    ///   - heights: How high each of them is, from zero; one that cannot be drawn is left out.
    ///   - names: What each of them is. Traps if there are more of one than of the other.
    ///   - label: The name of the series.
    ///   - color: The number of its colour; `nil` for the next one.
    public static func bars(
        _ heights: [Double], names: [String], label: String? = nil, color: Int? = nil
    ) -> Mark {
        guard heights.count == names.count else {
            trap("bars", "\(heights.count) heights and \(names.count) names")
        }
        let centers = heights.indices.map { Double($0) + 0.5 }
        return Mark(BarMark(centers: centers, heights: heights, names: names), label: label, color: color)
    }

    /// Bars at numbers. Traps if there are more of one than of the other.
    public static func bars(x: [Double], _ heights: [Double], label: String? = nil, color: Int? = nil) -> Mark {
        guard x.count == heights.count else { trap("bars", "\(x.count) values of x and \(heights.count) heights") }
        return Mark(BarMark(centers: x, heights: heights, names: nil), label: label, color: color)
    }
}

/// Bars that stand on zero.
struct BarMark: MarkContent {
    let centers, heights: [Double]
    let names: [String]?

    /// How far apart the centres of two bars are.
    private var spacing: Double {
        let sorted = centers.filter(\.isDrawable).sorted()
        return zip(sorted.dropFirst(), sorted).map { $0 - $1 }.filter { $0 > 0 }.min() ?? 1
    }

    var extent: Extent {
        let half = spacing / 2
        let ends = names == nil ? centers.filter(\.isDrawable).flatMap { [$0 - half, $0 + half] } : []
        return Extent(x: ValueRange(ends), y: ValueRange(heights), includesZero: true)
    }
    var symbol: LegendSymbol? { .square }
    var slots: (x: Slots?, y: Slots?) { (names.map { Slots(count: $0.count, names: $0) }, nil) }
    var standsBeside: Bool { true }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        zip(centers.indices, boxes(in: plot, as: style)).compactMap { index, box in
            let title = "\(names?[index] ?? TickLabels.short(centers[index])): \(TickLabels.short(heights[index]))"
            return box.map { Self.element($0, style.ink).titled(title) }
        }
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        boxes(in: plot, as: style).flatMap { $0.map { Self.obstacles($0, in: plot) } ?? [] }
    }

    private func boxes(in plot: Plot, as style: SeriesStyle) -> [Box?] {
        let room = spacing * 0.8
        let width = room / Double(style.bar.count)
        return zip(centers, heights).map { center, height in
            let left = center - room / 2 + Double(style.bar.index) * width
            return Self.box(left, left + width, height, in: plot)
        }
    }

    /// A bar from a value on the horizontal axis to another one.
    static func box(_ left: Double, _ right: Double, _ height: Double, in plot: Plot) -> Box? {
        guard let first = plot.x.position(left), let last = plot.x.position(right), let top = plot.y.position(height)
        else { return nil }
        let base = plot.y.baseline
        return Box(left: first, top: min(top, base), right: last, bottom: max(top, base))
    }

    /// A bar's area, and the edge that says how high it is.
    static func obstacles(_ box: Box, in plot: Plot) -> [Obstacle] {
        let edge = box.top < plot.y.baseline ? box.top : box.bottom
        return [.area(box), .line(from: Point(x: box.left, y: edge), to: Point(x: box.right, y: edge))]
    }

    static func element(_ box: Box, _ ink: Ink) -> SVGElement {
        let width = box.right - box.left
        // Neighbours keep a line apart, unless they are lines themselves.
        let gap = width > 4 ? 1.0 : 0
        return SVGElement(
            "rect",
            [
                "x": box.left + gap / 2, "y": box.top, "width": max(width - gap, 0.2),
                "height": box.bottom - box.top,
            ]
        ).painted(.fill, ink)
    }
}
