import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import Testing

/// What stands beside optimisers: averages of weights, statistics of gradients, clipping element by element, schedules.
@Suite struct TrainingAidTests {
    private func point(_ weights: Double, _ bias: Double) -> Point {
        Point(weights: .ones([2, 3]) * weights, bias: .ones([3]) * bias)
    }

    @Test("a ← d a + (1 − d) p")
    func movingAverage() {
        var average = MovingAverage(of: point(1, 2), decay: 0.75)
        #expect(average.model == point(1, 2))
        average.update(with: point(5, 2))
        #expect(average.model == point(2, 2))
        average.update(with: point(-2, 6))
        #expect(average.model == point(1, 3))
    }

    @Test("a warm average begins with the decay 2/11, then 3/12, up to its own")
    func warmAverage() {
        var average = MovingAverage(of: Tensor<Double>([0.0]), decay: 0.25, warmsUp: true)
        average.update(with: Tensor([11.0]))
        #expect(abs(average.model.scalars[0] - 9) < 1e-13)
        average.update(with: Tensor([1.0]))
        #expect(abs(average.model.scalars[0] - 3) < 1e-13)
        average.update(with: Tensor([7.0]))
        #expect(abs(average.model.scalars[0] - 6) < 1e-13, "4/13 is above the decay")
    }

    @Test("buffers of an average are those of the model seen last")
    func averageOfBuffers() {
        struct Normed: Module {
            @Buffer var mean: Tensor<Double>
            var gain: Tensor<Double>
        }
        var average = MovingAverage(of: Normed(mean: Tensor([1.0]), gain: Tensor([1.0])), decay: 0.5)
        average.update(with: Normed(mean: Tensor([9.0]), gain: Tensor([3.0])))
        #expect(average.model.mean.scalars == [9] && average.model.gain.scalars == [2])
    }

    @Test("norm, share of zeros and numbers that are none")
    func statistics() {
        let gradient = Point(weights: Tensor([[3, 0, -4], [0, .nan, 0]]), bias: Tensor([1e-200, 0, 0]))
        let entries = GradientStatistics(of: gradient, for: point(2, 0)).entries
        #expect(entries.map(\.path) == ["weights", "bias"] && entries.map(\.count) == [6, 3])
        #expect(entries[0].norm == 5 && entries[0].zeroShare == 0.5 && entries[0].nonFiniteCount == 1)
        #expect(entries[0].rootMeanSquare == sqrt(5) && entries[0].parameterNorm == sqrt(24))
        #expect(entries[1].norm == 1e-200 && entries[1].nonFiniteCount == 0)
        #expect(GradientStatistics(of: gradient, for: point(2, 0), except: ["weights"]).entries == [entries[1]])
    }

    @Test("warnings: not finite, zero, vanished, exploding, or nothing")
    func warnings() {
        func warning(_ bias: [Double]) -> [String] {
            let gradient = Point(weights: .ones([2, 3]), bias: Tensor(bias))
            return GradientStatistics(of: gradient, for: point(1, 1)).warnings(vanishingBelow: 0.1, explodingAbove: 10)
        }
        #expect(warning([1, -2, 0]) == [])
        let sparse = Tensor<Double>([Double](repeating: 0, count: 30) + [9])
        #expect(GradientStatistics(of: sparse, for: sparse).warnings() == [])
        #expect(warning([.infinity, .nan, 0]) == ["bias: 2 of 3 elements of the gradient are not finite"])
        #expect(warning([0, 0, 0]) == ["bias: the gradient is zero"])
        #expect(
            warning([0.125, 0, 0]) == [
                "bias: the gradient has vanished, its root mean square is \(0.125 / 3.0.squareRoot())"
            ])
        #expect(warning([20, 20, 20]) == ["bias: the gradient explodes, its root mean square is 20.0"])
    }

    @Test("each element is cut off at the limit, NaN left alone; what is cut off has no slope")
    func clippedValues() {
        let gradient = Point(weights: Tensor([[3, -0.5, -4], [0, 1, .nan]]), bias: Tensor([.infinity, -1, 2]))
        let clipped = gradient.clipped(toValue: 1)
        #expect(clipped.weights.scalars[..<5] == [1, -0.5, -1, 0, 1] && clipped.weights.scalars[5].isNaN)
        #expect(clipped.bias.scalars == [1, -1, 1])
        #expect(gradient.clipped(toValue: .infinity).bias == gradient.bias)
        let slopes = TapestryAutograd.gradient(at: Tensor([0.5, 2.0, -3.0])) { square($0.clipped(toValue: 1)).sum() }
        #expect(slopes.scalars == [1, 0, 0])
    }

    @Test("schedules stay where they ended, and are the same after being written and read")
    func schedules() throws {
        #expect(CosineDecay(from: 1, to: 0.25, steps: 4).rate(at: 100) == 0.25)
        #expect(PolynomialDecay(from: 1, to: 0.25, steps: 4).rate(at: 4) == 0.25)
        #expect(abs(OneCycle(to: 1, steps: 10).rate(at: 500) - 1 / 25e4) < 1e-18)
        #expect(OneCycle(to: 1, steps: 10, risingShare: 0.1).rate(at: 0) == 1, "a rise of no steps")
        #expect(ConstantRate(0.5).rate(at: 9) == 0.5)
        let schedule = WarmUp(steps: 3, then: WarmUp(steps: 2, from: 0.5, then: CosineRestarts(from: 0.3, period: 4)))
        let read = try JSONDecoder().decode(type(of: schedule), from: JSONEncoder().encode(schedule))
        for step in 0..<20 { #expect(read.rate(at: step) == schedule.rate(at: step)) }
        #expect(schedule.rate(at: 0) == 0 && schedule.rate(at: 3) == 0.15 && schedule.rate(at: 5) == 0.3)
    }

    @Test("a plateau passes over NaN, and below zero better is smaller all the same")
    func plateau() {
        var plateau = PlateauDecay(from: 1, factor: 0.5, patience: 1, threshold: 0.1)
        #expect([Double.nan, 1, .nan, .nan].map { plateau.update(with: $0) } == [1, 1, 1, 0.5])
        var negative = PlateauDecay(from: 1, factor: 0.5, patience: 0, threshold: 0.1)
        #expect([-10.0, -10.5, -12].map { negative.update(with: $0) } == [1, 0.5, 0.5])
        var infinite = PlateauDecay(from: 1, factor: 0.5, patience: 0)
        #expect([Double.infinity, 5].map { infinite.update(with: $0) } == [1, 1])
    }
}
