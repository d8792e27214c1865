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

/// Central differences of a function along one element, extrapolated to step 0, at the step that gives the smallest
/// error.
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
    /// The standard deviation of the rounding noise of one value of the function.
    let noise: Double
    /// f(x′) − f(x) for another value x′ of the element; not finite where f is not.
    let change: (Double) -> Double

    /// The step that a search starts from, as a power of two of the element's size.
    static let firstExponent = -7
    private static let exponents = -27...21
    /// By how many powers of two the step changes between tries.
    private static let stride = 4
    private static let largestTryCount = 7

    /// Tries steps until the error is at most `goal`, or no step promises a smaller one.
    func estimate(goal: Double, startingAt start: Int) -> DifferenceEstimate {
        var tried: Set<Int> = [start]
        var current = attempt(start, goal: goal)
        var best = current
        while tried.count < Self.largestTryCount, !(current.isSmooth && current.error <= goal) {
            let next = current.exponent + (current.wantsLargerStep ? Self.stride : -Self.stride)
            guard Self.exponents.contains(next), tried.insert(next).inserted else { break }
            current = attempt(next, goal: goal)
            if current.isBetter(than: best) { best = current }
        }
        return best.estimate
    }

    /// A second opinion: the estimate of a smaller step, a quarter of the one before.
    func estimate(after first: DifferenceEstimate, goal: Double) -> DifferenceEstimate {
        attempt(first.exponent - 2, goal: goal).estimate
    }

    /// The differences of one step h, h/2, h/4.
    private func attempt(_ exponent: Int, goal: Double) -> Attempt {
        let step = scalbn(size, exponent)
        let (wide, middle, narrow) = (level(step), level(step / 2), level(step / 4))
        let first = middle.central + (middle.central - wide.central) / 3
        let second = narrow.central + (narrow.central - middle.central) / 3
        // Four standard deviations; the smallest step has the largest noise.
        let roundingError = 4 * noise / (step / 4)
        let changes = ((middle.central - wide.central).magnitude, (narrow.central - middle.central).magnitude)
        // Where the error goes with h², each change is a quarter of the one before, and extrapolation can be trusted.
        let isQuadratic = changes.1 <= 0.3 * changes.0 + roundingError
        var attempt = Attempt(
            exponent: exponent, value: second + (second - first) / 15,
            remainder: isQuadratic ? (second - first).magnitude : 2 * max(changes.0, changes.1),
            roundingError: roundingError, isSettled: isQuadratic || changes.1 <= 0.6 * changes.0 + roundingError)
        let curvature = (wide.jump - narrow.jump).magnitude
        if narrow.jump > wide.jump / 2, narrow.jump > 2 * roundingError + goal {
            attempt.kink = (narrow.slopes, curvature + 2 * roundingError)
        }
        return attempt
    }

    private func level(_ step: Double) -> Level {
        let (above, below) = (element + step, element - step)
        let (up, down) = (change(above), change(below))
        // The steps as they came out after rounding.
        return Level(
            central: (up - down) / (above - below), after: up / (above - element), before: -down / (element - below))
    }

    private struct Level {
        let central: Double
        let after: Double
        let before: Double

        /// The difference of the slopes on both sides: h·f″ where the function is smooth.
        var jump: Double { (after - before).magnitude }
        var slopes: ClosedRange<Double> { min(after, before)...max(after, before) }
    }

    private struct Attempt {
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
