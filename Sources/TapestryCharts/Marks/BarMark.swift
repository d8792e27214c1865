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
        let room = spacing * 0.8
        let width = room / Double(style.bar.count)
        return centers.indices.compactMap { index in
            let left = centers[index] - room / 2 + Double(style.bar.index) * width
            let title = "\(names?[index] ?? TickLabels.short(centers[index])): \(TickLabels.short(heights[index]))"
            return Self.element(left, left + width, heights[index], in: plot, style.ink)?.titled(title)
        }
    }

    /// A bar from a value on the horizontal axis to another one.
    static func element(_ left: Double, _ right: Double, _ height: Double, in plot: Plot, _ ink: Ink) -> SVGElement? {
        guard let first = plot.x.position(left), let last = plot.x.position(right), let top = plot.y.position(height)
        else { return nil }
        let base = plot.y.baseline
        // Neighbours keep a line apart, unless they are lines themselves.
        let gap = last - first > 4 ? 1.0 : 0
        return SVGElement(
            "rect",
            [
                "x": first + gap / 2, "y": min(top, base), "width": max(last - first - gap, 0.2),
                "height": (base - top).magnitude,
            ]
        ).painted(.fill, ink)
    }
}
