import Foundation

/// A heat map of characters, for terminals: the larger a number, the fuller its block.
///
/// ```
/// forget    ▒▒▓▓████▓▓▒▒
/// input     ░░░░▒▒▓▓▓▓▒▒
///           0 ░▒▓█ 0.93
/// ```
///
/// With colours (24 bits, as most terminals have them) negative numbers are blue and positive ones orange; without them
/// a cell shows how large a number is, and negative ones have a minus sign in front.
public struct BlockHeatMap: Sendable, CustomStringConvertible {
    /// The rows as lines, and one that says what the blocks mean.
    public let description: String

    private static let shades = Array(" ░▒▓█")

    /// A heat map.
    ///
    /// - Parameters:
    ///   - values: The rows. A value that cannot be drawn is a `·`.
    ///   - rows: What the rows are; those without a name have none.
    ///   - width: The most columns; more than that become means of neighbours.
    ///   - isColored: Whether to use colours rather than shades.
    public init(
        _ values: some Sequence<some Sequence<some ChartNumber>>, rows: [String] = [], width: Int = 60,
        isColored: Bool = false
    ) {
        let values = values.map { Sparkline.means($0.map(\.chartValue), width: width) }
        let mapping = ColorMapping(.automatic, values: ValueRange(values.joined()), range: nil)
        let names = values.indices.map { $0 < rows.count ? Label.visible(rows[$0]) : "" }
        let room = names.map(\.count).max() ?? 0
        let margin = String(repeating: " ", count: room) + (room > 0 ? "  " : "")
        var lines = zip(names, values).map { name, row in
            let label = room > 0 ? name + String(repeating: " ", count: room - name.count) + "  " : ""
            return label + row.map { Self.cell($0, mapping, isColored) }.joined()
        }
        let ends = [mapping.isDiverging && !isColored ? 0 : mapping.lower, mapping.upper].map(TickLabels.short)
        lines.append("\(margin)\(ends[0]) \(Self.key(mapping, isColored)) \(ends[1])")
        description = lines.joined(separator: "\n")
    }

    /// Two characters, about as wide as high.
    private static func cell(_ value: Double, _ mapping: ColorMapping, _ isColored: Bool) -> String {
        guard value.isDrawable else { return "· " }
        if isColored { return colored(mapping.ink(of: value)) + reset }
        let lower = mapping.isDiverging ? 0 : mapping.lower
        let size = mapping.isDiverging ? value.magnitude : value
        let share = (size / 2 - lower / 2) / (mapping.upper / 2 - lower / 2)
        let shade = shades[Int(min(max(share, 0), 1) * Double(shades.count - 1) + 0.5)]
        return (mapping.isDiverging && value < 0 ? "-" : String(shade)) + String(shade)
    }

    private static func key(_ mapping: ColorMapping, _ isColored: Bool) -> String {
        guard isColored else { return String(shades) }
        return stride(from: 0, through: 1, by: 0.125).map { share in
            colored(mapping.ink(of: mapping.lower * (1 - share) + mapping.upper * share))
        }.joined() + reset
    }

    private static func colored(_ ink: Ink) -> String {
        let color = ink.color(in: .dark)
        return "\u{1B}[48;2;\(color.red);\(color.green);\(color.blue)m  "
    }

    private static let reset = "\u{1B}[0m"
}
