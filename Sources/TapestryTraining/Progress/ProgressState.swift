import Foundation

/// What a progress line says, and how it is written: pure functions of the state and the width.
package struct ProgressState {
    /// A named number, such as the loss.
    package struct Figure {
        package var name: String
        package var value: Double

        package init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// The time that is shown.
    package enum Time {
        case left(seconds: Double)
        case taken(seconds: Double)
    }

    /// The characters that a bar is drawn with.
    package struct Glyphs: Equatable, Sendable {
        /// Block characters, in eighths of a cell, or else ASCII.
        package var usesBlocks: Bool
        /// Whether the bar is coloured by escape sequences.
        package var usesColor: Bool

        package init(usesBlocks: Bool, usesColor: Bool) {
            self.usesBlocks = usesBlocks
            self.usesColor = usesColor
        }
    }

    package var total: Int
    package var completed: Int
    package var figures: [Figure]
    /// Units per second, once it is known.
    package var rate: Double?
    package var unit: String
    package var time: Time?

    package init(total: Int, completed: Int, figures: [Figure], rate: Double?, unit: String, time: Time?) {
        self.total = total
        self.completed = completed
        self.figures = figures
        self.rate = rate
        self.unit = unit
        self.time = time
    }
}

extension ProgressState {
    /// The line for output that is not a terminal:
    /// `420/1000 (42 %)  loss 1.7312  45.9k characters/s  0:12 left`.
    package var plainLine: String {
        (["\(completed)/\(total) (\(percent) %)"] + figureTexts + rateTexts + timeTexts).joined(separator: "  ")
    }

    /// The line for a terminal, at most `width` characters (escape sequences not counted):
    /// ` 42 % |████▏     |  420/1000  loss 1.7312  45.9k characters/s  0:12 left`.
    ///
    /// Where the width is short, the bar shrinks from 40 cells to 8; then the count goes, then the rate, of more than
    /// two figures the last ones, the time, the bar, and the figures but the first. Characters count as one column
    /// each.
    package func line(width: Int, glyphs: Glyphs) -> String {
        let figureTexts = figureTexts
        let first = Array(figureTexts.prefix(2))
        var layouts: [(hasBar: Bool, details: [String])] = [
            (true, ["\(completed)".aligned(to: "\(total)".count) + "/\(total)"] + figureTexts + rateTexts + timeTexts),
            (true, figureTexts + rateTexts + timeTexts),
        ]
        for count in stride(from: figureTexts.count, through: first.count, by: -1) {
            layouts.append((true, figureTexts.prefix(count) + timeTexts))
        }
        layouts += [(true, first), (false, first), (false, Array(first.prefix(1)))]
        let share = "\(percent)".aligned(to: 3) + " %"
        for layout in layouts {
            let details = layout.details.map { "  " + $0 }.joined()
            let room = width - share.count - details.count
            if layout.hasBar {
                let borders = " ||".count
                guard room >= 8 + borders else { continue }
                return share + " " + bar(cells: min(40, room - borders), glyphs: glyphs) + details
            }
            if room >= 0 { return share + details }
        }
        return String(share.prefix(max(0, width)))
    }

    /// Hundredths that are done, rounded down, so that 100 means all.
    private var percent: Int { completed >= total ? 100 : completed * 100 / total }

    private var figureTexts: [String] { figures.map { "\($0.name) \(Self.text($0.value))" } }
    private var rateTexts: [String] { rate.map { ["\(Self.abbreviation(of: $0)) \(unit)/s"] } ?? [] }
    private var timeTexts: [String] {
        switch time {
        case .left(let seconds): ["\(Self.clockText(seconds)) left"]
        case .taken(let seconds): ["in \(Self.clockText(seconds))"]
        case nil: []
        }
    }

    private func bar(cells: Int, glyphs: Glyphs) -> String {
        let eighths = completed >= total ? cells * 8 : completed * cells * 8 / total
        var filled: String
        if glyphs.usesBlocks {
            filled = String(repeating: "█", count: eighths / 8)
            if eighths % 8 > 0 { filled.append(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1]) }
        } else {
            filled = String(repeating: "#", count: eighths / 8)
        }
        let empty = String(repeating: glyphs.usesBlocks ? " " : ".", count: cells - filled.count)
        if glyphs.usesColor { filled = "\u{1B}[36m\(filled)\u{1B}[0m" }
        return glyphs.usesBlocks ? "|\(filled)\(empty)|" : "[\(filled)\(empty)]"
    }

    /// A figure: whole numbers as they are, others with four decimals, very small and very large ones by exponent.
    static func text(_ value: Double) -> String {
        let size = abs(value)
        if size < 1e6, value == value.rounded() { return String(Int(value)) }
        return String(format: size >= 1e-3 && size < 1e6 ? "%.4f" : "%.2e", value)
    }

    /// Three digits and a thousands' letter: `0.25`, `87.5`, `950`, `45.9k`, `1.20M`.
    private static func abbreviation(of rate: Double) -> String {
        var number = rate
        var letters = ["", "k", "M", "G", "T"][...]
        while number >= 999.5, letters.count > 1 {
            number /= 1000
            letters.removeFirst()
        }
        let decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0
        return String(format: "%.\(decimals)f", number) + letters[letters.startIndex]
    }

    /// Seconds as `0:12`, `12:05` or `1:02:03`; from 1000 hours on only `over 999 h`.
    private static func clockText(_ seconds: Double) -> String {
        guard seconds < 999 * 3600 else { return "over 999 h" }
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }
}

extension String {
    /// The text with spaces before it, so that a growing number does not move what follows.
    fileprivate func aligned(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
