import TapestryArrays

/// What a chart shows: a line, points, bars, a heat map, …
///
/// Marks with the same label are one series: they share a colour and an entry of the legend, as a line and the band
/// around it do.
public struct Mark: Sendable {
    /// The name of the series; `nil` for one that the legend does not mention.
    public let label: String?
    /// The number of the series' colour; `nil` for the next one.
    let color: Int?
    let content: any MarkContent

    init(_ content: any MarkContent, label: String?, color: Int? = nil, in operation: String = "Mark") {
        if let color, color < 0 { trap(operation, "the color \(color) is negative") }
        self.content = content
        self.label = label
        self.color = color
    }
}

/// A kind of mark: what it needs of the axes, and how it is drawn between them.
protocol MarkContent: Sendable {
    /// The values along the axes.
    var extent: Extent { get }
    /// How a legend shows it; `nil` for what stands in no legend.
    var symbol: LegendSymbol? { get }
    /// Places along the axes that stand for things rather than numbers.
    var slots: (x: Slots?, y: Slots?) { get }
    /// The values that become colours by a scale, if it has any.
    var colorMapping: ColorMapping? { get }
    /// Whether it takes the next colour of the series.
    var isColored: Bool { get }
    /// Whether it is a bar that stands beside those of other series.
    var standsBeside: Bool { get }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement]
    /// What labels had better not cover of that.
    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle]
}

extension MarkContent {
    var slots: (x: Slots?, y: Slots?) { (nil, nil) }
    var colorMapping: ColorMapping? { nil }
    var isColored: Bool { true }
    var standsBeside: Bool { false }
}

/// Equal places along an axis, one for each thing; the first one from 0 to 1.
struct Slots: Equatable, Sendable {
    let count: Int
    /// What stands there; `nil` for numbers from 0.
    let names: [String]?
}

/// Where marks are drawn: in pixels from the upper left corner of what the axes enclose.
struct Plot {
    let x, y: Scale
    let columns, rows: Slots?

    var width: Double { x.length }
    var height: Double { y.length }

    /// Where a pair of values is, if the axes have a place for both.
    func point(_ valueX: Double, _ valueY: Double) -> Point? {
        guard let x = x.position(valueX), let y = y.position(valueY) else { return nil }
        return Point(x: x, y: y)
    }
}

/// What tells the marks of a series from those of others.
struct SeriesStyle {
    var ink: Ink
    /// The dashes of lines, once all colours are used up.
    var dashes: String?
    /// Which of the bars that stand beside each other this series has.
    var bar = (index: 0, count: 1)
    /// How values become colours.
    var mapping: ColorMapping?

    /// The style of a series by its number.
    init(series: Int) {
        ink = .series(series)
        let patterns = [nil, "6 3", "2 3", "8 3 2 3"]
        dashes = patterns[series / Appearance.seriesCount % patterns.count]
    }
}

/// How the legend shows a series.
enum LegendSymbol: Hashable {
    case line, dot, area, square, rule
}
