import TapestryArrays

/// Small multiples: several charts side by side, in rows, which by default share their axes, so that they can be
/// compared.
///
/// ```swift
/// let gates = ChartGrid("Gates", charts: cells.map { Chart($0.name, marks: [.heatMap($0.values)]) })
/// ```
public struct ChartGrid: Picture {
    /// What charts of a grid can have in common.
    public struct Sharing: OptionSet, Sendable {
        /// The set as a number.
        public let rawValue: Int
        /// A set of a number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The values along the horizontal axes.
        public static let x = Sharing(rawValue: 1)
        /// The values along the vertical axes.
        public static let y = Sharing(rawValue: 2)
        /// What the colours of heat maps mean.
        public static let colors = Sharing(rawValue: 4)
        /// All of it.
        public static let all: Sharing = [.x, .y, .colors]
    }

    /// What stands above all charts.
    public var title: String?
    /// The charts, row by row. Their own themes and sizes do not count.
    public var charts: [Chart]
    /// The charts of a row; `nil` for a number that makes a good shape.
    public var columns: Int?
    /// What the charts have in common. Series of one label have one colour and one legend in any case.
    public var sharing: Sharing
    /// Which page it is drawn for.
    public var theme: Theme
    /// The extent of the picture in pixels; `nil` for one that fits.
    public var width, height: Double?

    /// A grid of charts. Traps unless the number of columns is positive, and a width and a height that are given lie
    /// between 100 and 10 000.
    public init(
        _ title: String? = nil, columns: Int? = nil, sharing: Sharing = .all, theme: Theme = .automatic,
        width: Double? = nil, height: Double? = nil, charts: [Chart]
    ) {
        PictureSize.check(width, height, in: "ChartGrid")
        if let columns, columns < 1 { trap("ChartGrid", "\(columns) columns, expected at least 1") }
        self.title = title
        self.charts = charts
        self.columns = columns
        self.sharing = sharing
        self.theme = theme
        self.width = width
        self.height = height
    }

    public var svg: String { GridLayout(self).document.text }
}

/// A grid on its page.
private struct GridLayout {
    private let grid: ChartGrid
    private let columns, rows: Int
    private let width, height, top: Double
    private let cell: (width: Double, height: Double)
    private let shared: ChartLayout.Shared
    private let legend: Legend?
    private let colorBar: ColorBar?

    private static let padding = ChartLayout.padding
    private static let gap = 14.0

    init(_ grid: ChartGrid) {
        self.grid = grid
        let count = max(grid.charts.count, 1)
        columns = min(grid.columns ?? (count <= 3 ? count : count == 4 ? 2 : 3), count)
        rows = (count + columns - 1) / columns
        width = grid.width ?? 760

        let marks = grid.charts.flatMap(\.marks)
        let series = Series(marks)
        legend = series.entries.isEmpty ? nil : Legend(series, width: width - 2 * Self.padding)
        var top = Self.padding
        if grid.title != nil { top += Label.titleSize + 7 }
        if let legend { top += legend.height + 6 }
        self.top = top

        let mapping = grid.sharing.contains(.colors) ? Self.commonMapping(marks) : nil
        shared = ChartLayout.Shared(extent: Self.commonExtent(grid), mapping: mapping, series: series)
        let barWidth = mapping.map { ColorBar($0, height: 100).width + Self.gap } ?? 0
        let room = width - 2 * Self.padding - barWidth - Double(columns - 1) * Self.gap
        let cellWidth = max(room / Double(columns), 60)
        let around = top + Self.padding + Double(rows - 1) * Self.gap
        let cellHeight =
            grid.height.map { [rows] in ($0 - around) / Double(rows) } ?? min(max(cellWidth * 0.72, 170), 300)
        cell = (cellWidth, max(cellHeight, 60))
        height = around + Double(rows) * cell.height
        let barHeight = min(Double(rows) * cell.height - 2 * Self.padding, 220)
        colorBar = mapping.map { ColorBar($0, height: barHeight) }
    }

    var document: SVGDocument {
        var elements: [SVGElement] = []
        var y = Self.padding
        if let title = grid.title {
            let place = Point(x: Self.padding, y: y + Label.titleSize * 0.8)
            let text = TextMetrics.shortened(title, to: width - 2 * Self.padding, size: Label.titleSize)
            elements.append(Label.element(text, at: place, size: Label.titleSize, ink: .text, isBold: true))
            y += Label.titleSize + 7
        }
        if let legend { elements += legend.elements(at: Point(x: Self.padding, y: y)) }
        for (index, chart) in grid.charts.enumerated() {
            let x = Self.padding + Double(index % columns) * (cell.width + Self.gap)
            let y = top + Double(index / columns) * (cell.height + Self.gap)
            let layout = ChartLayout(chart, width: cell.width, height: cell.height, shared: shared)
            elements.append(
                SVGElement("g", ["transform": "translate(\(x.svgText) \(y.svgText))"], layout.elements))
        }
        if let colorBar {
            elements += colorBar.elements(
                at: Point(x: width - Self.padding - colorBar.width, y: top + Self.padding + 10))
        }
        return SVGDocument(
            width: width, height: height.rounded(.up), label: grid.title ?? "charts", theme: grid.theme,
            elements: elements)
    }

    private static func commonExtent(_ grid: ChartGrid) -> (x: ValueRange?, y: ValueRange?) {
        let extent = grid.charts.reduce(into: Extent()) { $0.add($1.extent) }
        return (grid.sharing.contains(.x) ? extent.x : nil, grid.sharing.contains(.y) ? extent.y : nil)
    }

    private static func commonMapping(_ marks: [Mark]) -> ColorMapping? {
        let mappings = marks.compactMap(\.content.colorMapping)
        guard let first = mappings.first else { return nil }
        return mappings.dropFirst().reduce(first) { $0.joined(with: $1) }
    }
}
