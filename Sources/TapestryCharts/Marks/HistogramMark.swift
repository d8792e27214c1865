import Foundation
import TapestryArrays

extension Mark {
    /// How often values occur in intervals of equal width, whose ends are round numbers.
    ///
    /// - Parameters:
    ///   - values: The values; those that cannot be drawn are not counted.
    ///   - bins: About how many intervals there shall be; `nil` for as many as the data support. Traps unless positive.
    ///   - label: The name of the series. Several histograms of one chart lie over each other.
    ///   - color: The number of its colour; `nil` for the next one.
    public static func histogram(
        _ values: [Double], bins: Int? = nil, label: String? = nil, color: Int? = nil
    ) -> Mark {
        if let bins, bins < 1 { trap("histogram", "\(bins) bins, expected at least 1") }
        return Mark(HistogramMark(values, bins: bins), label: label, color: color)
    }
}

/// Bars side by side over intervals.
struct HistogramMark: MarkContent {
    /// What is counted, from the least to the greatest.
    let values: [Double]
    /// How many intervals were asked for.
    let requestedBins: Int?
    /// The ends of the intervals, one more than there are counts.
    let edges: [Double]
    let counts: [Int]

    init(_ values: [Double], bins: Int?) {
        let sorted = values.filter(\.isDrawable).sorted()
        self.init(sorted: sorted, bins: bins, edges: Self.edges(sorted, bins: bins))
    }

    private init(sorted: [Double], bins: Int?, edges: [Double]) {
        var counts = [Int](repeating: 0, count: max(edges.count - 1, 0))
        var index = 0
        for value in sorted where !counts.isEmpty {
            while index < counts.count - 1, value >= edges[index + 1] { index += 1 }
            counts[index] += 1
        }
        (values, requestedBins, self.edges, self.counts) = (sorted, bins, edges, counts)
    }

    /// The same values in other intervals, which contain them all.
    func counted(between edges: [Double]) -> HistogramMark {
        HistogramMark(sorted: values, bins: requestedBins, edges: edges)
    }

    private static func edges(_ sorted: [Double], bins: Int?) -> [Double] {
        guard let least = sorted.first, let greatest = sorted.last else { return [] }
        let ends = Axis().ends(of: ValueRange([least, greatest]), includesZero: false, isRound: false, count: 1)
        let count = bins ?? count(of: sorted, ends.upper - ends.lower)
        return LinearTicks(around: ends.lower, ends.upper, count: count).values
    }

    /// As many intervals as show the shape and not the noise: of a width of 2 · (interquartile range) / n^(1/3), from 1
    /// to 200 of them.
    ///
    /// Reference: D. Freedman and P. Diaconis, "On the histogram as a density estimator", 1981.
    private static func count(of sorted: [Double], _ span: Double) -> Int {
        let size = Double(sorted.count)
        let spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
        let width = 2 * spread / cbrt(size)
        // Where half of the values are equal there is no width; then as many as Sturges has, log₂ n + 1.
        let count = width > span * 1e-6 ? span / width : log2(size) + 1
        return Int(min(max(count, 1), 200).rounded(.up))
    }

    var extent: Extent {
        Extent(x: ValueRange(edges), y: ValueRange(counts.map { Double($0) }), includesZero: true)
    }
    var symbol: LegendSymbol? { .square }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        let bars = counts.indices.compactMap { index -> SVGElement? in
            if counts[index] == 0 { return nil }
            let interval = "\(TickLabels.short(edges[index])) to \(TickLabels.short(edges[index + 1]))"
            return box(index, in: plot).map { BarMark.element($0, style.ink).titled("\(interval): \(counts[index])") }
        }
        return bars.isEmpty ? [] : [SVGElement("g", ["fill-opacity": 0.75], bars)]
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        counts.indices.filter { counts[$0] > 0 }.flatMap { index in
            box(index, in: plot).map { BarMark.obstacles($0, in: plot) } ?? []
        }
    }

    private func box(_ index: Int, in plot: Plot) -> Box? {
        BarMark.box(edges[index], edges[index + 1], Double(counts[index]), in: plot)
    }
}
