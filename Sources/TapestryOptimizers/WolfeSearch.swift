import TapestryAutograd

/// A search along a line for a step size t under the strong conditions of Wolfe: the loss φ falls enough for the length
/// of the step, and the slope has become flat enough,
///
///     φ(t) ≤ φ(0) + c₁ t φ′(0),    |φ′(t)| ≤ c₂ |φ′(0)|    (c₁ = 10⁻⁴, c₂ = 0.9)
///
/// Steps grow until an interval holds such a t, which then shrinks around the minimum of the cubic through its ends.
///
/// Reference: J. Nocedal and S. Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6.
struct WolfeSearch {
    /// What is known at one step size.
    struct Point {
        let size: Double
        let value: Double
        let slope: Double
        let gradient: Tensor<Double>
    }

    private static let decrease = 1e-4
    private static let flatness = 0.9

    private let start: Point
    private let directionMagnitude: Double
    private let changeTolerance: Double
    private let trialLimit: Int
    private(set) var evaluationCount = 0
    /// How many step sizes were tried after the first.
    private var trialCount: Int { evaluationCount - 1 }

    /// A search from where the loss, its slope along the direction and its gradient are known; so many step sizes are
    /// tried after the first.
    init(
        value: Double, slope: Double, gradient: Tensor<Double>, directionMagnitude: Double, changeTolerance: Double,
        trialLimit: Int
    ) {
        start = Point(size: 0, value: value, slope: slope, gradient: gradient)
        self.directionMagnitude = directionMagnitude
        self.changeTolerance = changeTolerance
        self.trialLimit = trialLimit
    }

    /// The point that is found, or the best one met if the conditions cannot be kept.
    mutating func run<Failure: Error>(
        from size: Double, _ evaluate: (Double) throws(Failure) -> Point
    ) throws(Failure) -> Point {
        switch try grow(from: size, evaluate) {
        case .found(let found): return found
        case .between(let a, let b): return try shrink(a, b, evaluate)
        }
    }

    private mutating func counted<Failure: Error>(
        _ size: Double, _ evaluate: (Double) throws(Failure) -> Point
    ) throws(Failure) -> Point {
        evaluationCount += 1
        return try evaluate(size)
    }

    private enum Growth {
        case found(Point)
        /// An acceptable step size lies between these two.
        case between(Point, Point)
    }

    /// A loss that is no number is too high, as an infinite one is.
    private func isTooHigh(_ point: Point) -> Bool {
        !(point.value <= start.value + WolfeSearch.decrease * point.size * start.slope)
    }

    private func isFlat(_ point: Point) -> Bool { abs(point.slope) <= -WolfeSearch.flatness * start.slope }

    private mutating func grow<Failure: Error>(
        from size: Double, _ evaluate: (Double) throws(Failure) -> Point
    ) throws(Failure) -> Growth {
        var previous = start
        var current = try counted(size, evaluate)
        while trialCount < trialLimit {
            if isTooHigh(current) || trialCount > 1 && current.value >= previous.value {
                return .between(previous, current)
            }
            if isFlat(current) { return .found(current) }
            if current.slope >= 0 { return .between(previous, current) }
            let least = current.size + 0.01 * (current.size - previous.size)
            let next = cubicMinimum(previous, current, in: least...current.size * 10)
            (previous, current) = (current, try counted(next, evaluate))
        }
        return .between(start, current)
    }

    private mutating func shrink<Failure: Error>(
        _ a: Point, _ b: Point, _ evaluate: (Double) throws(Failure) -> Point
    ) throws(Failure) -> Point {
        var (low, high) = b.value < a.value ? (b, a) : (a, b)
        var wasNearEnd = false
        while trialCount < trialLimit, abs(high.size - low.size) * directionMagnitude >= changeTolerance {
            let range = min(low.size, high.size)...max(low.size, high.size)
            var size = cubicMinimum(low.size < high.size ? low : high, low.size < high.size ? high : low, in: range)
            (size, wasNearEnd) = keptInside(size, range, wasNearEnd: wasNearEnd)
            let trial = try counted(size, evaluate)
            if isTooHigh(trial) || trial.value >= low.value {
                high = trial
                if high.value < low.value { swap(&low, &high) }
            } else {
                if isFlat(trial) { return trial }
                if trial.slope * (high.size - low.size) >= 0 { high = low }
                low = trial
            }
        }
        return low
    }

    /// A step size that is next to an end for the second time in a row, or at it, is moved in by a tenth of the
    /// interval, so that the interval shrinks.
    private func keptInside(
        _ size: Double, _ range: ClosedRange<Double>, wasNearEnd: Bool
    ) -> (size: Double, isNearEnd: Bool) {
        let margin = 0.1 * (range.upperBound - range.lowerBound)
        guard min(range.upperBound - size, size - range.lowerBound) < margin else { return (size, false) }
        guard wasNearEnd || size >= range.upperBound || size <= range.lowerBound else { return (size, true) }
        let isNearUpper = abs(size - range.upperBound) < abs(size - range.lowerBound)
        return (isNearUpper ? range.upperBound - margin : range.lowerBound + margin, false)
    }

    /// Where the cubic that has the values and the slopes of two points is least, kept in a range; the middle of the
    /// range if it has no minimum, or none that is a number, as where the loss overflows.
    private func cubicMinimum(_ a: Point, _ b: Point, in range: ClosedRange<Double>) -> Double {
        let mean = a.slope + b.slope - 3 * (a.value - b.value) / (a.size - b.size)
        let square = mean * mean - a.slope * b.slope
        guard square >= 0 else { return (range.lowerBound + range.upperBound) / 2 }
        let root = square.squareRoot()
        let place = b.size - (b.size - a.size) * ((b.slope + root - mean) / (b.slope - a.slope + 2 * root))
        guard !place.isNaN else { return (range.lowerBound + range.upperBound) / 2 }
        return min(max(place, range.lowerBound), range.upperBound)
    }
}
