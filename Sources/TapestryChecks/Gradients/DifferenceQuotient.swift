import Foundation

/// What differences say about the derivative with respect to one element.
struct DifferenceEstimate {
    /// The extrapolated central difference.
    var value: Double
    /// How far it may be off.
    var error: Double
    /// The slopes before and behind the element, the smaller first, and how far they may be off, if they stay apart
    /// as the step shrinks.
    var kink: (slopes: ClosedRange<Double>, error: Double)?
    /// Whether the differences converge as the step shrinks.
    var isSettled: Bool
    /// The step, as a power of two of the element's size.
    var exponent: Int

    /// Whether the value is that of a derivative.
    var isSmooth: Bool { isSettled && kink == nil && value.isFinite && error.isFinite }
}

/// Central differences of a function along one element, extrapolated to step 0.
///
/// With D(h) = (f(x + h) − f(x − h)) / 2h = f′ + a₂h² + a₄h⁴ + …, the extrapolation
///
///     A(h) = (4 D(h/2) − D(h)) / 3,    R = (16 A(h/2) − A(h)) / 15
///
/// is off by O(h⁶). Its error is estimated by what its last stage changed (twice what halving the step
/// changed, where that does not shrink like h²), plus the rounding noise of f divided by the step. Where noise prevails
/// the step grows, where the remainder prevails it shrinks.
///
/// References: L. F. Richardson, "The approximate arithmetical solution by finite differences", 1911; C. Ridders,
/// "Accurate computation of F′(x) and F′(x) F″(x)", 1982.
struct DifferenceQuotient {
    /// x.
    let element: Double
    /// What steps are relative to, a power of two.
    let size: Double
    /// The noise of one value of the function.
    let noise: FunctionNoise

    /// By how many powers of two the element is smaller than `size`, if it is: a pole or an edge of the function may be
    /// as close as the element is small.
    var smallness: Int? {
        let difference = Int(size.exponent) - (element == 0 ? Int(size.exponent) : Int(element.exponent))
        return difference > 0 ? difference : nil
    }

    /// Whether the function varies faster than any step that was tried: it varies close to the point far more than
    /// rounding does, which slopes as large as the gradient's explain, and one like the difference, by far smaller than
    /// the element's own, does not.
    func isTooFast(slope: Double, largest: Double, difference: Double) -> Bool {
        noise.deviation >= 0x1p20 * noise.rounding && slope.magnitude >= 0x1p10 * difference.magnitude
            && largest * scalbn(size, -24) >= noise.deviation
    }

    /// How many values of the function one step takes.
    static let valueCount = 6

    /// The values of the element that a step h takes: x ± h, x ± h/2, x ± h/4.
    func values(_ exponent: Int) -> [Double] {
        (0..<3).flatMap { halving in
            let step = scalbn(size, exponent - halving)
            return [element + step, element - step]
        }
    }

    /// What one step says.
    ///
    /// - Parameters:
    ///   - changes: f(x′) − f(x) at `values(exponent)`; not finite where f is not.
    ///   - goal: the error that is good enough.
    func attempt(_ exponent: Int, _ changes: ArraySlice<Double>, goal: Double) -> Attempt {
        let values = values(exponent)
        func level(_ halving: Int) -> Level {
            let (above, below) = (values[2 * halving], values[2 * halving + 1])
            let up = changes[changes.startIndex + 2 * halving]
            let down = changes[changes.startIndex + 2 * halving + 1]
            // The steps as they came out after rounding.
            return Level(
                central: (up - down) / (above - below), after: up / (above - element), before: -down / (element - below)
            )
        }
        let (wide, middle, narrow) = (level(0), level(1), level(2))
        let first = middle.central + (middle.central - wide.central) / 3
        let second = narrow.central + (narrow.central - middle.central) / 3
        // Four standard deviations; the smallest step has the largest noise.
        let roundingError = 4 * noise.deviation / scalbn(size, exponent - 2)
        let changed = ((middle.central - wide.central).magnitude, (narrow.central - middle.central).magnitude)
        // Where the error goes with h², each change is a quarter of the one before, and extrapolation can be trusted.
        let isQuadratic = changed.1 <= 0.3 * changed.0 + roundingError
        var attempt = Attempt(
            exponent: exponent, value: second + (second - first) / 15,
            remainder: isQuadratic ? (second - first).magnitude : 2 * max(changed.0, changed.1),
            roundingError: roundingError, isSettled: isQuadratic || changed.1 <= 0.6 * changed.0 + roundingError)
        let curvature = (wide.jump - narrow.jump).magnitude
        if narrow.jump > wide.jump / 2, narrow.jump > 2 * roundingError + goal {
            attempt.kink = (narrow.slopes, curvature + 2 * roundingError)
        }
        return attempt
    }

    private struct Level {
        let central: Double
        let after: Double
        let before: Double

        /// The difference of the slopes on both sides: h·f″ where the function is smooth.
        var jump: Double { (after - before).magnitude }
        var slopes: ClosedRange<Double> { min(after, before)...max(after, before) }
    }

    struct Attempt {
        let exponent: Int
        let value: Double
        let remainder: Double
        let roundingError: Double
        let isSettled: Bool
        var kink: (slopes: ClosedRange<Double>, error: Double)?

        var error: Double { remainder + roundingError }
        var estimate: DifferenceEstimate {
            DifferenceEstimate(value: value, error: error, kink: kink, isSettled: isSettled, exponent: exponent)
        }
        var isFinite: Bool { value.isFinite && error.isFinite }
        var isSmooth: Bool { estimate.isSmooth }
        var wantsLargerStep: Bool { isSmooth && roundingError > remainder }

        /// Smooth ones before others, then the smaller error. Of others the later one, which has the smaller step.
        func isBetter(than other: Attempt) -> Bool {
            switch (isSmooth, other.isSmooth) {
            case (true, true): error < other.error
            case (true, false): true
            case (false, true): false
            case (false, false): isFinite || !other.isFinite
            }
        }
    }
}

/// The search for the step that gives the smallest error, one step after the other, so that many elements can search
/// at once.
struct DifferenceSearch {
    let quotient: DifferenceQuotient
    /// The step to try next, as a power of two of the element's size; `nil` when the search has ended.
    private(set) var next: Int?
    private var tried: Set<Int> = []
    private var best: DifferenceQuotient.Attempt?
    /// The smallest step, and how many may be tried.
    private var (smallest, tryCount) = (Self.smallestExponent, Self.largestTryCount)
    /// What the search found, and what other steps say that were asked for after it.
    private(set) var estimate: DifferenceEstimate?
    private(set) var otherOpinions: [DifferenceEstimate] = []

    /// The step that a search starts from.
    static let firstExponent = -7
    private static let smallestExponent = -27
    private static let tinyExponent = -35
    private static let largestExponent = 21
    /// By how many powers of two the step changes between tries.
    private static let stride = 4
    private static let largestTryCount = 7

    init(_ quotient: DifferenceQuotient) { self.quotient = quotient }

    mutating func start(at exponent: Int) { next = exponent }

    /// Asks for a smaller step, a quarter of the one that was found best.
    mutating func takeSecondOpinion() { next = estimate!.exponent - 2 }

    /// Asks for a step that suits the element by itself, where it is much smaller than the others of its block.
    mutating func takeOpinionOfItsSize() {
        if let own = exponentOfItsSize, own < estimate!.exponent - 2 { next = own }
    }

    /// Asks for a step much smaller than any that is searched, which follows a function that varies faster than these.
    mutating func takeOpinionOfSmallStep() {
        if Self.tinyExponent < estimate!.exponent - 2 { next = Self.tinyExponent }
    }

    private var exponentOfItsSize: Int? { quotient.smallness.map { Self.firstExponent - $0 } }

    /// Takes what the function changed at the values of the next step. The search ends when the error is at most
    /// `goal`, or no step promises a smaller one.
    mutating func receive(_ changes: ArraySlice<Double>, goal: Double) {
        let exponent = next!
        next = nil
        let current = quotient.attempt(exponent, changes, goal: goal)
        if estimate != nil {
            otherOpinions.append(current.estimate)
            return
        }
        tried.insert(exponent)
        if best.map({ current.isBetter(than: $0) }) ?? true { best = current }
        let candidate = exponent + (current.wantsLargerStep ? Self.stride : -Self.stride)
        let isGoodEnough = current.isSmooth && current.error <= goal
        if !isGoodEnough, tried.count < tryCount, (smallest...Self.largestExponent).contains(candidate),
            !tried.contains(candidate)
        {
            next = candidate
        } else if !best!.isFinite, let own = exponentOfItsSize, !tried.contains(own), smallest == Self.smallestExponent
        {
            // The function may not be defined as far away as the other elements of the block are large.
            (smallest, tryCount) = (own + Self.smallestExponent, tried.count + Self.largestTryCount)
            next = own
        } else {
            estimate = best!.estimate
        }
    }
}
