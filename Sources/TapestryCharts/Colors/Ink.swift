/// What a colour means. What it looks like depends on the page.
enum Ink: Hashable {
    case background, text, faint, grid, axis
    /// A series by its number.
    case series(Int)
    /// A value, from 0 to ``levelCount`` − 1.
    case sequential(Int)
    /// A value, from 0 (far below) over the middle to ``levelCount`` − 1 (far above).
    case diverging(Int)
    /// A cell whose value is missing or cannot be drawn.
    case missing
    /// A text on a value's colour.
    case onSequential(Int), onDiverging(Int)

    /// The number of colours of a scale: odd, so that there is one in the middle.
    static let levelCount = 65

    /// A short name for style sheets.
    var code: String {
        switch self {
        case .background: "b"
        case .text: "t"
        case .faint: "f"
        case .grid: "g"
        case .axis: "a"
        case .series(let number): "c\(number % Appearance.seriesCount)"
        case .sequential(let level): "q\(level)"
        case .diverging(let level): "d\(level)"
        case .missing: "m"
        case .onSequential(let level): "Q\(level)"
        case .onDiverging(let level): "D\(level)"
        }
    }

    /// The colour on a light or a dark page.
    func color(in appearance: Appearance) -> Color {
        switch self {
        case .background: appearance.background
        case .text: appearance.text
        case .faint: appearance.faint
        case .grid: appearance.grid
        case .axis: appearance.axis
        case .series(let number): appearance.series[number % Appearance.seriesCount]
        case .sequential(let level): appearance.sequential[level]
        case .diverging(let level): appearance.diverging[level]
        case .missing: appearance.missing
        case .onSequential(let level): Self.readable(on: appearance.sequential[level])
        case .onDiverging(let level): Self.readable(on: appearance.diverging[level])
        }
    }

    private static func readable(on color: Color) -> Color {
        let (dark, light) = (Color(0x11181f), Color(0xffffff))
        return color.contrast(to: dark) >= color.contrast(to: light) ? dark : light
    }
}
