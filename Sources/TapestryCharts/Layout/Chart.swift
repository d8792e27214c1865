import TapestryArrays

/// Marks between two axes, with a title and a legend.
///
/// ```swift
/// let chart = Chart(
///     "Learning curve", x: "epoch", y: .logarithmic("loss"),
///     marks: [.line(training, from: 1, label: "training"), .line(validation, from: 1, label: "validation")])
/// try chart.save(to: "curve.svg")
/// ```
///
/// A chart is a plain value; ``svg`` is its picture. The same chart gives the same text, byte for byte.
public struct Chart: Picture {
    /// What stands above it.
    public var title: String?
    /// A second line under the title, in a fainter colour.
    public var subtitle: String?
    /// The horizontal axis.
    public var x: Axis
    /// The vertical axis.
    public var y: Axis
    /// What it shows; later marks lie over earlier ones.
    public var marks: [Mark]
    /// Which page it is drawn for.
    public var theme: Theme
    /// The extent of the picture in pixels; `nil` for one that fits what it shows.
    public var width, height: Double?

    /// A chart. Traps unless a width and a height that are given lie between 100 and 10 000.
    public init(
        _ title: String? = nil, subtitle: String? = nil, x: Axis = Axis(), y: Axis = Axis(),
        theme: Theme = .automatic, width: Double? = nil, height: Double? = nil, marks: [Mark]
    ) {
        PictureSize.check(width, height, in: "Chart")
        self.title = title
        self.subtitle = subtitle
        self.x = x
        self.y = y
        self.marks = marks
        self.theme = theme
        self.width = width
        self.height = height
    }

    public var svg: String {
        let size = PictureSize.natural(of: self)
        let layout = ChartLayout(self, width: size.width, height: size.height)
        return SVGDocument(
            width: size.width, height: size.height, label: title ?? "chart", theme: theme,
            elements: layout.elements
        ).text
    }
}

/// How large pictures are.
enum PictureSize {
    static func check(_ width: Double?, _ height: Double?, in operation: String) {
        for extent in [width, height] {
            if let extent, !(100...10_000 ~= extent) {
                trap(operation, "an extent of \(extent) pixels, expected 100 to 10000")
            }
        }
    }

    /// The size of a chart: what it asks for, or else one that gives a heat map's cells a good shape, and the plot its
    /// room under a long legend.
    static func natural(of chart: Chart) -> (width: Double, height: Double) {
        let width = chart.width ?? 640
        let legend = Legend(Series(chart.marks), width: width - 2 * ChartLayout.padding)
        var size = (width: width, height: chart.height ?? 380 + legend.excessHeight)
        let slots = chart.slots
        guard let rows = slots.y?.count, let columns = slots.x?.count, rows > 0, columns > 0 else { return size }
        // Labels that turn change the room for cells, which is found out by trying.
        for _ in 0..<3 {
            let plot = ChartLayout(chart, width: size.width, height: size.height).plot
            let limit = min(480 / Double(rows), 64)
            let cell = min((chart.width == nil ? 540 : plot.width) / Double(columns), limit)
            let isSquare = cell >= 8
            if chart.width == nil, isSquare { size.width += max(cell * Double(columns), 120) - plot.width }
            if chart.height == nil {
                size.height += max(Double(rows) * (isSquare ? cell : min(limit, 28)), 60) - plot.height
            }
        }
        let title = TextMetrics.width(chart.title ?? "", size: Label.titleSize) + 2 * ChartLayout.padding
        if chart.width == nil { size.width = max(size.width, min(title, 640)).rounded(.up) }
        return (size.width, size.height.rounded(.up))
    }
}

extension Chart {
    /// Places along the axes that stand for things rather than numbers.
    var slots: (x: Slots?, y: Slots?) {
        let all = marks.map(\.content.slots)
        return (all.compactMap(\.x).max { $0.count < $1.count }, all.compactMap(\.y).max { $0.count < $1.count })
    }

    /// The marks as they are drawn: histograms of one chart count in the same intervals, else they could not be
    /// compared.
    var drawnMarks: [Mark] {
        let histograms = marks.compactMap { $0.content as? HistogramMark }
        guard histograms.count > 1 else { return marks }
        let edges = HistogramMark(
            histograms.flatMap(\.values), bins: histograms.compactMap(\.requestedBins).max()
        ).edges
        return marks.map { mark in
            guard let histogram = mark.content as? HistogramMark else { return mark }
            return Mark(histogram.counted(between: edges), label: mark.label, color: mark.color)
        }
    }

    /// The values along the axes.
    var extent: Extent { drawnMarks.reduce(into: Extent()) { $0.add($1.content.extent) } }
}
