import Foundation
import TapestryAutograd

/// Falls by a factor every so many steps: η₀ γ^⌊t / n⌋.
public struct StepDecay: LearningRateSchedule {
    private let initialRate, factor: Double
    private let period: Int

    /// Traps unless the rate and the factor are finite and at least 0, and the period is positive.
    ///
    /// - Parameters:
    ///   - initialRate: η₀.
    ///   - factor: γ.
    ///   - period: n.
    public init(from initialRate: Double, factor: Double = 0.1, every period: Int) {
        checkSchedule("initial rate", initialRate)
        checkSchedule("factor", factor)
        checkSchedule(steps: period)
        self.initialRate = initialRate
        self.factor = factor
        self.period = period
    }

    /// η₀ γ^⌊t / n⌋. Traps if the step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        return initialRate * pow(factor, Double(step / period))
    }
}

/// Falls by a factor at each of some steps: η₀ γᵏ, where k of the steps have been reached.
public struct MultiStepDecay: LearningRateSchedule {
    private let initialRate, factor: Double
    private let milestones: [Int]

    /// Traps unless the rate and the factor are finite and at least 0. A step that is given twice counts twice.
    ///
    /// - Parameters:
    ///   - initialRate: η₀.
    ///   - factor: γ.
    ///   - milestones: the steps from which on the rate is smaller.
    public init(from initialRate: Double, factor: Double = 0.1, at milestones: [Int]) {
        checkSchedule("initial rate", initialRate)
        checkSchedule("factor", factor)
        self.initialRate = initialRate
        self.factor = factor
        self.milestones = milestones
    }

    /// η₀ γᵏ. Traps if the step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        return initialRate * pow(factor, Double(milestones.count { $0 <= step }))
    }
}

/// Falls by a factor at every step: η₀ γᵗ.
public struct ExponentialDecay: LearningRateSchedule {
    private let initialRate, factor: Double

    /// Traps unless the rate and the factor are finite and at least 0.
    ///
    /// - Parameters:
    ///   - initialRate: η₀.
    ///   - factor: γ.
    public init(from initialRate: Double, factor: Double) {
        checkSchedule("initial rate", initialRate)
        checkSchedule("factor", factor)
        self.initialRate = initialRate
        self.factor = factor
    }

    /// η₀ γᵗ. Traps if the step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        return initialRate * pow(factor, Double(step))
    }
}

/// Goes from one rate to another along a power of the time that is left, and stays there:
/// η₁ + (η₀ − η₁) (1 − t / T)^p. The power 1 is a straight line.
public struct PolynomialDecay: LearningRateSchedule {
    private let initialRate, finalRate, power: Double
    private let steps: Int

    /// Traps unless rates and power are finite and at least 0, and the number of steps is positive.
    ///
    /// - Parameters:
    ///   - initialRate: η₀.
    ///   - finalRate: η₁, from step T on.
    ///   - steps: T.
    ///   - power: p.
    public init(from initialRate: Double, to finalRate: Double = 0, steps: Int, power: Double = 1) {
        checkSchedule("initial rate", initialRate)
        checkSchedule("final rate", finalRate)
        checkSchedule("power", power)
        checkSchedule(steps: steps)
        self.initialRate = initialRate
        self.finalRate = finalRate
        self.power = power
        self.steps = steps
    }

    /// η₁ + (η₀ − η₁) (1 − min(t, T) / T)^p. Traps if the step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        if step >= steps { return finalRate }
        return finalRate + (initialRate - finalRate) * pow(1 - Double(step) / Double(steps), power)
    }
}
