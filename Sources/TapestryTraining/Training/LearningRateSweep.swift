import Foundation
import TapestryArrays
import TapestryAutograd
import TapestryOptimizers

/// The loss at growing learning rates: where it falls fastest is where to begin.
///
/// Reference: L. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3.
public struct LearningRateSweep: Codable, Sendable, Equatable {
    /// The learning rate of each step.
    public let rates: [Double]
    /// The loss of each step's batch, before the update.
    public let losses: [Double]

    /// The losses as a mean that forgets, with corrected bias: sₜ = 0.9 sₜ₋₁ + 0.1 lₜ, over 1 − 0.9ᵗ.
    public var smoothedLosses: [Double] {
        var (sum, weight) = (0.0, 0.0)
        return losses.map { loss in
            sum = 0.9 * sum + 0.1 * loss
            weight = 0.9 * weight + 0.1
            return sum / weight
        }
    }

    /// The rate at which the smoothed loss falls fastest as the logarithm of the rate grows; `nil` if it never falls.
    /// The first ten steps, over which the mean forms, don't count.
    public var suggestion: Double? {
        let smoothed = smoothedLosses
        let slopes = smoothed.indices.dropFirst(10).dropLast().map { index in
            (
                rate: rates[index],
                slope: (smoothed[index + 1] - smoothed[index - 1]) / log(rates[index + 1] / rates[index - 1])
            )
        }
        guard let steepest = slopes.filter({ $0.slope.isFinite }).min(by: { $0.slope < $1.slope }), steepest.slope < 0
        else { return nil }
        return steepest.rate
    }
}

extension Trainer {
    /// Trains a copy with learning rates that grow from step to step by one factor, and records the losses. It ends
    /// early when the smoothed loss is four times its least, or no number. The trainer itself stays as it is.
    ///
    /// - Parameters:
    ///   - batches: gone through in order, and again if there are fewer than steps. Traps if there are none.
    ///   - range: the first and the last rate, above 0.
    ///   - steps: how many, at least 2.
    public func sweepLearningRates(
        batches: [Batch], in range: ClosedRange<Double> = 1e-7...10, steps: Int = 100
    ) throws -> LearningRateSweep {
        guard !batches.isEmpty, range.lowerBound > 0, range.upperBound < .infinity, steps > 1 else {
            trap(
                "sweepLearningRates",
                "\(batches.count) batches, rates \(range) and \(steps) steps; expected rates above 0")
        }
        var (model, optimizer) = (model, optimizer)
        var (rates, losses): ([Double], [Double]) = ([], [])
        var least = Double.infinity
        for step in 0..<steps {
            let share = Double(step) / Double(steps - 1)
            let rate = range.lowerBound * pow(range.upperBound / range.lowerBound, share)
            // The last one is the bound itself, without what is rounded.
            optimizer.learningRate = step == steps - 1 ? range.upperBound : rate
            let result = try withRandomSource(.derived(from: seed, .step, step)) {
                try differentiate(model, batches[step % batches.count], frozen)
            }
            rates.append(optimizer.learningRate)
            losses.append(result.loss)
            let smoothed = LearningRateSweep(rates: rates, losses: losses).smoothedLosses.last!
            least = min(least, smoothed)
            guard smoothed.isFinite, step == 0 || smoothed <= least + 3 * abs(least) else { break }
            optimizer.update(&model, along: result.gradient, freezing: frozen)
        }
        return LearningRateSweep(rates: rates, losses: losses)
    }

    /// The same with data, in shuffled batches.
    public func sweepLearningRates<Data: RandomAccessCollection>(
        _ data: Data, batchSize: Int, in range: ClosedRange<Double> = 1e-7...10, steps: Int = 100
    ) throws -> LearningRateSweep where Batch == [Data.Element] {
        let batches = data.batches(of: batchSize, shuffledBy: .derived(from: seed, .order, 0))
        return try sweepLearningRates(batches: batches, in: range, steps: steps)
    }
}
