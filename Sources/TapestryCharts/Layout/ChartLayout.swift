/// A chart on its page: how much room each part takes, and what is drawn there.
struct ChartLayout {
    /// What several charts have in common, where they do.
    struct Shared {
        var extent: (x: ValueRange?, y: ValueRange?) = (nil, nil)
        var mapping: ColorMapping?
        var series: Series?
    }

    /// The distance of everything from the edges of the page.
    static let padding = 14.0

    private let chart: Chart
    private let width: Double
    private let series: Series
    private let mapping: ColorMapping?
    private let legend: Legend?
    private let colorBar: ColorBar?
    private let isPart: Bool
    private let hasData: Bool
    private let origin: Point
    private let axes: AxisDrawing
    /// The room between the axes.
    let plot: Plot

    /// - Parameter shared: What the chart has in common with the others of a grid, which then shows legend and colours.
    init(_ chart: Chart, width: Double, height: Double, shared: Shared? = nil) {
        self.chart = chart
        self.width = width
        isPart = shared != nil
        series = shared?.series ?? Series(chart.marks)
        let ownMapping = chart.marks.lazy.compactMap(\.content.colorMapping).first
        mapping = ownMapping == nil ? nil : shared?.mapping ?? ownMapping
        legend =
            shared?.series == nil && !series.entries.isEmpty ? Legend(series, width: width - 2 * Self.padding) : nil

        let slots = chart.slots
        var extent = chart.extent
        shared?.extent.x.map { extent.x = $0 }
        shared?.extent.y.map { extent.y = $0 }
        hasData = (slots.x != nil || extent.x.least != nil) && (slots.y != nil || extent.y.least != nil)

        let margins = Margins(chart, legend: legend, isPart: isPart)
        var (left, right, bottom) = (60.0, Self.padding, 24.0)
        var guides: (x: AxisGuide, y: AxisGuide)!
        var bar: ColorBar?
        // The labels of one axis take room from the other one: what they need settles in two rounds.
        for _ in 0..<3 {
            let plotHeight = max(height - margins.top - bottom - margins.below, 20)
            let count = AxisGuide.tickCount(plotHeight)
            let ends = (
                x: chart.x.ends(
                    of: extent.x, includesZero: false, isRound: extent.needsRoom, count: max(Int(width / 90), 2)),
                y: chart.y.ends(of: extent.y, includesZero: extent.includesZero, isRound: true, count: count)
            )
            let y = AxisGuide.vertical(chart.y, ends.y, slots.y, length: plotHeight)
            bar = mapping.flatMap { shared?.mapping == nil ? ColorBar($0, height: plotHeight) : nil }
            let plotWidth = max(width - left - right, 20)
            let x = AxisGuide.horizontal(chart.x, ends.x, slots.x, isWhole: extent.x.isWhole, length: plotWidth)
            guides = (x, y)
            left = margins.left + y.labelWidth + 9
            right = bar.map { Self.padding + $0.width + 12 } ?? Self.padding
            bottom = x.isTurned ? 14 + (x.labelWidth + 8) * 0.7071 : 22
            if x.isTurned, let first = x.ticks.first {
                let reach = TextMetrics.width(first.text, size: Label.tickSize) * 0.7071 - first.place
                left = max(left, Self.padding + reach)
            } else if let last = x.ticks.last {
                let reach = TextMetrics.width(last.text, size: Label.tickSize) / 2 - (plotWidth - last.place)
                right = max(right, reach + 6)
            }
        }
        colorBar = bar
        plot = Plot(x: guides.x.scale, y: guides.y.scale, columns: slots.x, rows: slots.y)
        origin = Point(x: left, y: margins.top)
        axes = AxisDrawing(
            x: guides.x, y: guides.y, labels: (chart.x.label, chart.y.label),
            depth: (guides.y.labelWidth + 7, bottom))
    }

    /// Everything, in pixels from the upper left corner of the page.
    var elements: [SVGElement] { header + [body] }

    private var header: [SVGElement] {
        var elements: [SVGElement] = []
        let size = isPart ? Label.textSize : Label.titleSize
        var y = isPart ? 4.0 : Self.padding
        let x = isPart ? origin.x : Self.padding
        let room = width - x - (isPart ? 0 : Self.padding)
        if let title = chart.title {
            let text = TextMetrics.shortened(title, to: room, size: size)
            elements.append(
                Label.element(text, at: Point(x: x, y: y + size * 0.8), size: size, ink: .text, isBold: true))
            y += size + 5
        }
        if let subtitle = chart.subtitle {
            let text = TextMetrics.shortened(subtitle, to: room, size: Label.textSize)
            elements.append(Label.element(text, at: Point(x: x, y: y + 10), size: Label.textSize))
            y += 17
        }
        return elements + (legend?.elements(at: Point(x: Self.padding, y: y + 2)) ?? [])
    }

    private var body: SVGElement {
        let drawn = chart.drawnMarks
        let styles = series.styles(of: drawn, mapping: mapping)
        let marks = zip(drawn, styles).flatMap { $0.content.elements(in: plot, as: $1) }
        let labels = RuleLabels(of: drawn, as: styles, in: plot).elements
        var elements = axes.grid + clipped(marks + labels) + axes.elements
        if !hasData {
            elements.append(
                Label.element(
                    "no data", at: Point(x: plot.width / 2, y: plot.height / 2), size: Label.textSize, anchor: .middle))
        }
        if let colorBar { elements += colorBar.elements(at: Point(x: plot.width + 12, y: 0)) }
        return SVGElement("g", ["transform": "translate(\(origin.x.svgText) \(origin.y.svgText))"], elements)
    }

    /// Where a range is given there may be data outside of it: what lies beyond the plot is cut off.
    private func clipped(_ marks: [SVGElement]) -> [SVGElement] {
        if chart.x.range == nil && chart.y.range == nil { return marks }
        return [SVGElement("svg", ["width": plot.width, "height": plot.height, "overflow": "hidden"], marks)]
    }
}

/// The room around a plot that doesn't depend on the labels of its axes.
private struct Margins {
    let top, left, below: Double

    init(_ chart: Chart, legend: Legend?, isPart: Bool) {
        var top = isPart ? 4 : ChartLayout.padding
        if chart.title != nil { top += (isPart ? Label.textSize : Label.titleSize) + 5 }
        if chart.subtitle != nil { top += 17 }
        if let legend { top += legend.height + 4 }
        self.top = top + 8
        left = (isPart ? 4 : ChartLayout.padding) + (chart.y.label == nil ? 0 : 20)
        below = (isPart ? 6 : 10) + (chart.x.label == nil ? 0 : 16)
    }
}
