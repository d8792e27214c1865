import Foundation

/// A block as a picture, one cell for each element: the darker on a light page, the larger the error. The last axis
/// goes from left to right, all others one after the other from top to bottom.
///
/// Blocks with more than 32 rows or 48 columns have tiles of several elements instead, each of which shows the worst of
/// its elements, so that a page stays readable and small.
struct HeatMap {
    private let block: GradientBlock
    /// The extents of a tile.
    private let tile: (rows: Int, columns: Int)
    /// The numbers of elements by the tile that they are in.
    private let elements: [TilePosition: [Int]]
    /// The number of tiles from top to bottom and from left to right.
    private let extent: (rows: Int, columns: Int)

    private struct TilePosition: Hashable, Comparable {
        let row: Int
        let column: Int

        static func < (a: TilePosition, b: TilePosition) -> Bool { (a.row, a.column) < (b.row, b.column) }
    }

    private static let mostRows = 32
    private static let mostColumns = 48

    init(_ block: GradientBlock) {
        self.block = block
        // Random projections have no place: they stand in a row.
        let isProjected = block.elements.contains { $0.position == nil }
        let shape = isProjected ? [block.elements.count] : block.shape
        let columns = shape.last ?? 1
        let rows = shape.dropLast().reduce(1, *)
        let tile = (rows: max(1, rows.dividedUp(by: Self.mostRows)), columns: columns.dividedUp(by: Self.mostColumns))
        elements = Dictionary(grouping: block.elements.indices) { index in
            let position = block.elements[index].position ?? [index]
            let element = zip(position, shape).reduce(0) { $0 * $1.1 + $1.0 }
            return TilePosition(row: element / columns / tile.rows, column: element % columns / tile.columns)
        }
        self.tile = tile
        extent = (rows.dividedUp(by: tile.rows), columns.dividedUp(by: tile.columns))
    }

    private var isTiled: Bool { tile.rows * tile.columns > 1 }

    /// The picture with its name and verdict.
    var html: String {
        let size = min(18, max(7, 320 / max(extent.columns, extent.rows)))
        let (width, height) = (extent.columns * size, extent.rows * size)
        let verdict = block.verdict.rawValue
        let name = HTMLPage.escaped(block.name)
        let cells = elements.sorted { $0.key < $1.key }.map { cell($0.key, $0.value, size) }
        let tiles = isTiled ? " · a cell is the worst of \(tile.rows) × \(tile.columns) elements" : ""
        let label = HTMLPage.escaped(block.nameAndPart.part ?? block.name)
        let caption = "\(label) · \(HTMLPage.element("span", verdict, verdict))\(tiles)"
        return """
            <figure>
            <svg role="img" aria-label="\(name): \(verdict)" width="\(width + 1)" height="\(height + 1)">
            <rect class="unchecked" x="0.5" y="0.5" width="\(width)" height="\(height)"/>
            \(cells.joined(separator: "\n"))
            </svg>
            <figcaption>\(caption)</figcaption>
            </figure>
            """
    }

    private func cell(_ position: TilePosition, _ indices: [Int], _ size: Int) -> String {
        let element = block.elements[block.worstIndex(of: indices)!]
        let isOpen = element.finding.verdict == .inconclusive
        let kind = isOpen ? "open" : "l\(Self.level(element.error / block.scale))"
        let (x, y) = (position.column * size + 1, position.row * size + 1)
        let text = HTMLPage.escaped(Self.text(element, worstOf: indices.count))
        let cell =
            "<rect class=\"\(kind)\" x=\"\(x)\" y=\"\(y)\" width=\"\(size - 1)\" height=\"\(size - 1)\">"
            + "<title>\(text)</title></rect>"
        guard element.finding == .wrong else { return cell }
        let (near, far) = (2, size - 3)
        return cell
            + "<path class=\"mark\" d=\"M\(x + near) \(y + near)L\(x + far) \(y + far)M\(x + far) \(y + near)"
            + "L\(x + near) \(y + far)\"/>"
    }

    /// What is shown while the pointer is over a cell.
    private static func text(_ element: GradientElement, worstOf count: Int) -> String {
        let place = element.position.map { "\($0)" } ?? "random projection"
        let forward = element.forward.map { ", forward \(NumberText.long($0))" } ?? ""
        return (count > 1 ? "worst of \(count): " : "")
            + "\(place): reverse \(NumberText.long(element.reverse)), difference \(NumberText.long(element.difference))"
            + " ± \(NumberText.short(element.differenceError))\(forward), ratio \(NumberText.ratio(element.ratio)), "
            + element.finding.rawValue
    }

    // MARK: Colours

    private static let levelCount = 9

    /// From 0 for relative errors of at most 1e-16 to 8 for those of more than 1e-2, one step for two digits.
    private static func level(_ relativeError: Double) -> Int {
        guard relativeError > 0 else { return 0 }
        let level = (Foundation.log10(relativeError) + 16) / 2
        return Int(min(max(level.rounded(.up), 0), Double(levelCount - 1)))
    }

    /// What the pictures of a page share.
    static let definitions = """
        <svg class="definitions" width="0" height="0" aria-hidden="true"><defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse">
        <path class="hatch" d="M-1 6L6 -1M-1 1L1 -1M4 6L6 4"/></pattern></defs></svg>
        """

    /// What the colours mean.
    static var legend: String {
        let steps = (0..<levelCount).map { level in
            key("l\(level)", level == levelCount - 1 ? "more" : level == 0 ? "≤ 1e-16" : "1e\(2 * level - 16)")
        }
        return HTMLPage.element(
            "p", "legend",
            "Error / scale of the block: " + steps.joined(separator: " ")
                + key("l8", "wrong", mark: "<path class=\"mark\" d=\"M2 2L10 10M10 2L2 10\"/>")
                + key("open", "inconclusive") + key("unchecked", "not looked at"))
    }

    private static func key(_ kind: String, _ text: String, mark: String = "") -> String {
        HTMLPage.element(
            "span", "key",
            "<svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect class=\"\(kind)\" width=\"12\" height=\"12\"/>"
                + "\(mark)</svg>\(HTMLPage.escaped(text))")
    }
}

extension Int {
    fileprivate func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
