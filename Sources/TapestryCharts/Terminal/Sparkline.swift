import Foundation

/// A line of a terminal that shows how values go up and down: `▁▂▄▆█▆▄▂`.
public struct Sparkline: Sendable, CustomStringConvertible {
    /// The line. What cannot be drawn is a space.
    public let description: String

    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// A sparkline.
    ///
    /// - Parameters:
    ///   - values: From left to right.
    ///   - width: The most characters; more values than that become means of neighbours. `nil` for one for each value.
    ///   - range: The values of the lowest and the highest block; `nil` for those of the data.
    public init(_ values: some Sequence<some ChartNumber>, width: Int? = nil, range: ClosedRange<Double>? = nil) {
        let values = Self.means(values.map(\.chartValue), width: width)
        let found = ValueRange(values)
        let (lower, upper) = (range?.lowerBound ?? found.least ?? 0, range?.upperBound ?? found.greatest ?? 0)
        description = String(
            values.map { value -> Character in
                guard value.isDrawable else { return " " }
                // Of equal values none is low or high.
                let isRange = upper / 2 - lower / 2 >= .leastDrawableDifference / 2
                let share = isRange ? (value / 2 - lower / 2) / (upper / 2 - lower / 2) : 0.5
                return Self.blocks[Int(min(max(share, 0), 1) * Double(Self.blocks.count - 1) + 0.5)]
            })
    }

    /// The means of as many stretches of equal length.
    static func means(_ values: [Double], width: Int?) -> [Double] {
        guard let width = width.map({ max($0, 1) }), values.count > width else { return values }
        return (0..<width).map { index in
            let stretch = values[index * values.count / width..<(index + 1) * values.count / width]
            let present = stretch.filter(\.isDrawable)
            return present.isEmpty ? .nan : present.reduce(0) { $0 + $1 / Double(present.count) }
        }
    }
}
