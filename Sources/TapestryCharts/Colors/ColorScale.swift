/// How the values of a heat map become colours.
public enum ColorScale: Sendable {
    /// Diverging if there are values of both signs, else sequential.
    case automatic
    /// From the least value, which is close to the page, to the greatest.
    case sequential
    /// From blue (below zero) over the page's colour (zero) to orange (above), both sides to the same limit.
    case diverging
}

/// A colour scale with the values at its ends.
struct ColorMapping: Equatable {
    let isDiverging: Bool
    let lower, upper: Double

    /// - Parameter range: The values at the ends; `nil` for those that there are.
    init(_ scale: ColorScale, values: ValueRange, range: ClosedRange<Double>?) {
        let (least, greatest) = (range?.lowerBound ?? values.least ?? 0, range?.upperBound ?? values.greatest ?? 1)
        isDiverging = scale == .diverging || scale == .automatic && least < 0 && greatest > 0
        if isDiverging && range == nil {
            let limit = max(least.magnitude, greatest.magnitude)
            upper = limit >= .leastDrawableDifference ? limit : 1
            lower = -upper
        } else {
            lower = least
            let isRange = greatest / 2 - least / 2 >= .leastDrawableDifference / 2
            upper = isRange ? greatest : least + max(least.magnitude, 1)
        }
    }

    /// One scale for the values of both.
    func joined(with other: ColorMapping) -> ColorMapping {
        let (least, greatest) = (min(lower, other.lower), max(upper, other.upper))
        let isDiverging = isDiverging || other.isDiverging
        let limit = max(least.magnitude, greatest.magnitude)
        return ColorMapping(
            isDiverging: isDiverging, lower: isDiverging ? -limit : least, upper: isDiverging ? limit : greatest)
    }

    private init(isDiverging: Bool, lower: Double, upper: Double) {
        (self.isDiverging, self.lower, self.upper) = (isDiverging, lower, upper)
    }

    /// The colour of a value; those beyond the ends have the colours of these.
    func ink(of value: Double) -> Ink {
        let level = level(of: value)
        return isDiverging ? .diverging(level) : .sequential(level)
    }

    /// The colour of a text on the colour of a value.
    func ink(onColorOf value: Double) -> Ink {
        let level = level(of: value)
        return isDiverging ? .onDiverging(level) : .onSequential(level)
    }

    private func level(of value: Double) -> Int {
        // Halves, since the difference of two numbers may overflow.
        let share = (value / 2 - lower / 2) / (upper / 2 - lower / 2)
        return Int((min(max(share, 0), 1) * Double(Ink.levelCount - 1)).rounded())
    }
}
