/// The cells of a heat map on the page. Cells that are finer than the page's pixels become tiles of several, with the
/// mean of their values, so that a file is no larger than its picture.
struct HeatMapCells {
    private let values: [[Double]]
    private let columnCount: Int
    /// The extent of a cell in pixels.
    let width, height: Double
    /// Whether cells are large enough for a line between them.
    var hasGaps: Bool { width >= 10 && height >= 10 }

    init(_ values: [[Double]], plot: Plot) {
        self.values = values
        columnCount = values.map(\.count).max() ?? 0
        width = plot.width / Double(max(columnCount, 1))
        height = plot.height / Double(max(values.count, 1))
    }

    /// One cell.
    func rectangle(_ row: Int, _ column: Int) -> SVGElement {
        let gap = hasGaps ? 1.0 : 0
        return SVGElement(
            "rect",
            [
                "x": Double(column) * width + gap / 2, "y": Double(row) * height + gap / 2, "width": width - gap,
                "height": height - gap,
            ])
    }

    /// All cells, those of one colour as one path, and neighbours of one colour in a row as one rectangle.
    func paths(_ mapping: ColorMapping) -> [SVGElement] {
        let tileColumns = max(Int((1 / max(width, 1e-9)).rounded(.up)), 1)
        let tileRows = max(Int((1 / max(height, 1e-9)).rounded(.up)), 1)
        var paths: [Ink: PathData] = [:]
        for row in stride(from: 0, to: values.count, by: tileRows) {
            let rows = row..<min(row + tileRows, values.count)
            let inks = stride(from: 0, to: columnCount, by: tileColumns).map { column in
                mean(rows, column..<min(column + tileColumns, columnCount)).map { mapping.ink(of: $0) } ?? .missing
            }
            var start = 0
            while start < inks.count {
                var end = start
                while end < inks.count, inks[end] == inks[start] { end += 1 }
                let (first, last) = (start * tileColumns, min(end * tileColumns, columnCount))
                paths[inks[start], default: PathData()].rectangle(
                    x: Double(first) * width, y: Double(row) * height, width: Double(last - first) * width,
                    height: Double(rows.count) * height)
                start = end
            }
        }
        return paths.sorted { $0.key.code < $1.key.code }.map { ink, path in
            SVGElement("path", ["d": path.text]).painted(.fill, ink)
        }
    }

    /// The mean of the values in a tile that can be drawn.
    private func mean(_ rows: Range<Int>, _ columns: Range<Int>) -> Double? {
        var (sum, count) = (0.0, 0.0)
        for row in rows {
            for value in values[row][columns.clamped(to: 0..<values[row].count)] where value.isDrawable {
                // Of the mean so far, rather than of a sum, which might overflow.
                count += 1
                sum += (value - sum) / count
            }
        }
        return count > 0 ? sum : nil
    }
}
