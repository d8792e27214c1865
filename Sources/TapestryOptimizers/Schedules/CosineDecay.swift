import Foundation
import TapestryAutograd

/// Falls from one rate to another along half a cosine, and stays there: η₁ + ½ (η₀ − η₁) (1 + cos(π t / T)).
///
/// Reference: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
public struct CosineDecay: LearningRateSchedule {
    private let initialRate, finalRate: Double
    private let steps: Int

    /// Traps unless the rates are finite and at least 0, and the number of steps is positive.
    ///
    /// - Parameters:
    ///   - initialRate: η₀.
    ///   - finalRate: η₁, from step T on.
    ///   - steps: T.
    public init(from initialRate: Double, to finalRate: Double = 0, steps: Int) {
        checkSchedule("initial rate", initialRate)
        checkSchedule("final rate", finalRate)
        checkSchedule(steps: steps)
        self.initialRate = initialRate
        self.finalRate = finalRate
        self.steps = steps
    }

    /// η₁ + ½ (η₀ − η₁) (1 + cos(π min(t, T) / T)). Traps if the step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        return cosine(from: initialRate, to: finalRate, Double(min(step, steps)) / Double(steps))
    }
}

/// Falls along half a cosine again and again, in periods that may grow: T, T m, T m², … steps.
///
/// Reference: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
public struct CosineRestarts: LearningRateSchedule {
    private let initialRate, finalRate: Double
    private let period, growth: Int

    /// Traps unless the rates are finite and at least 0, and period and growth are positive.
    ///
    /// - Parameters:
    ///   - initialRate: the rate at each restart.
    ///   - finalRate: the rate that each period approaches.
    ///   - period: T, the steps of the first period.
    ///   - growth: m, how many times as long as the one before each period is.
    public init(from initialRate: Double, to finalRate: Double = 0, period: Int, growth: Int = 1) {
        checkSchedule("initial rate", initialRate)
        checkSchedule("final rate", finalRate)
        checkSchedule(steps: period)
        if growth < 1 { trap("schedule", "the growth \(growth) of periods, expected at least 1") }
        self.initialRate = initialRate
        self.finalRate = finalRate
        self.period = period
        self.growth = growth
    }

    /// η₁ + ½ (η₀ − η₁) (1 + cos(π s / P)), s steps after the beginning of a period of P. Traps if the step is
    /// negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        var (rest, length) = (step, period)
        if growth == 1 { rest %= length }
        while rest >= length {
            rest -= length
            length *= growth
        }
        return cosine(from: initialRate, to: finalRate, Double(rest) / Double(length))
    }
}

/// From one number to another along half a cosine, where the share is from 0 to 1.
func cosine(from start: Double, to end: Double, _ share: Double) -> Double {
    end + (start - end) * (1 + cos(.pi * share)) / 2
}
