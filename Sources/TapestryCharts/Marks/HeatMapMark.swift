import Foundation
import TapestryArrays

extension Mark {
    /// A table of values as colours, the first row at the top.
    ///
    /// - Parameters:
    ///   - values: The rows. A value that is missing or cannot be drawn is a grey cell.
    ///   - rows: What the rows are; `nil` for their numbers from 0. Traps if there are not as many names as rows.
    ///   - columns: What the columns are, in the same way.
    ///   - colors: How values become colours.
    ///   - range: The values at the ends of the scale; `nil` for those of the data.
    ///   - showsValues: Whether each cell has its number in it, where there is room.
    public static func heatMap(
        _ values: [[Double]], rows: [String]? = nil, columns: [String]? = nil, colors: ColorScale = .automatic,
        range: ClosedRange<Double>? = nil, showsValues: Bool = false
    ) -> Mark {
        let texts = showsValues ? values.map { $0.map(TickLabels.short) } : nil
        return Mark(
            HeatMapMark(values, rows: rows, columns: columns, colors: colors, range: range, texts: texts), label: nil)
    }

    /// A table of values as colours, from the scalars of a tensor of shape `[rows, columnCount]` in their order. Traps
    /// unless they fill whole rows.
    public static func heatMap(
        _ scalars: [Double], columnCount: Int, rows: [String]? = nil, columns: [String]? = nil,
        colors: ColorScale = .automatic, range: ClosedRange<Double>? = nil, showsValues: Bool = false
    ) -> Mark {
        guard columnCount > 0, scalars.count % columnCount == 0 else {
            trap("heatMap", "\(scalars.count) values do not fill rows of \(columnCount)")
        }
        let table = stride(from: 0, to: scalars.count, by: columnCount).map { Array(scalars[$0..<$0 + columnCount]) }
        return heatMap(table, rows: rows, columns: columns, colors: colors, range: range, showsValues: showsValues)
    }
}

/// Cells in rows and columns.
struct HeatMapMark: MarkContent {
    private let values: [[Double]]
    private let texts: [[String]]?
    private let rowSlots, columnSlots: Slots
    private let mapping: ColorMapping

    init(
        _ values: [[Double]], rows: [String]?, columns: [String]?, colors: ColorScale, range: ClosedRange<Double>?,
        texts: [[String]]?
    ) {
        let columnCount = values.map(\.count).max() ?? 0
        if let rows, rows.count != values.count {
            trap("heatMap", "\(rows.count) names for \(values.count) rows")
        }
        if let columns, columns.count != columnCount {
            trap("heatMap", "\(columns.count) names for \(columnCount) columns")
        }
        self.values = values
        self.texts = texts
        rowSlots = Slots(count: values.count, names: rows)
        columnSlots = Slots(count: columnCount, names: columns)
        mapping = ColorMapping(colors, values: ValueRange(values.joined()), range: range)
    }

    var extent: Extent { Extent() }
    var symbol: LegendSymbol? { nil }
    var slots: (x: Slots?, y: Slots?) { (columnSlots, rowSlots) }
    var colorMapping: ColorMapping? { mapping }
    var isColored: Bool { false }

    func elements(in plot: Plot, as style: SeriesStyle) -> [SVGElement] {
        let mapping = style.mapping ?? mapping
        let cells = HeatMapCells(values, plot: plot)
        let isTitled = rowSlots.count * columnSlots.count <= 600
        var elements = isTitled ? titled(cells, mapping) : cells.paths(mapping)
        if let texts { elements += labels(texts, cells, mapping) }
        return elements.isEmpty
            ? [] : [SVGElement("g", cells.hasGaps ? [:] : ["shape-rendering": "crispEdges"], elements)]
    }

    func obstacles(in plot: Plot, as style: SeriesStyle) -> [Obstacle] {
        [.area(Box(left: 0, top: 0, right: plot.width, bottom: plot.height))]
    }

    /// A rectangle for each cell, which says what it is.
    private func titled(_ cells: HeatMapCells, _ mapping: ColorMapping) -> [SVGElement] {
        values.indices.flatMap { row in
            (0..<columnSlots.count).map { column in
                let isPresent = column < values[row].count
                let value = isPresent ? values[row][column] : .nan
                let ink = value.isDrawable ? mapping.ink(of: value) : .missing
                let text = isPresent ? texts?[row][column] ?? TickLabels.short(value) : "missing"
                let title = "\(name(rowSlots, row)), \(name(columnSlots, column)): \(text)"
                return cells.rectangle(row, column).painted(.fill, ink).titled(title)
            }
        }
    }

    private func name(_ slots: Slots, _ index: Int) -> String {
        slots.names.map { Label.visible($0[index]) } ?? "\(index)"
    }

    /// The cells' texts, if they fit in.
    private func labels(_ texts: [[String]], _ cells: HeatMapCells, _ mapping: ColorMapping) -> [SVGElement] {
        let size = Label.tickSize
        let widest = texts.joined().map { TextMetrics.width($0, size: size) }.max() ?? 0
        guard widest + 4 <= cells.width, size + 4 <= cells.height else { return [] }
        return texts.indices.flatMap { row in
            texts[row].indices.compactMap { column in
                let value = values[row][column]
                guard value.isDrawable else { return nil }
                let center = Point(
                    x: (Double(column) + 0.5) * cells.width, y: (Double(row) + 0.5) * cells.height + size * 0.35)
                return Label.element(
                    texts[row][column], at: center, anchor: .middle, ink: mapping.ink(onColorOf: value))
            }
        }
    }
}
