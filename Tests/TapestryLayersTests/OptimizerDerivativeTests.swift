import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryTestSupport
import Testing

/// Steps of optimisers, and what they are made of, inside of a derivative.
@Suite struct OptimizerDerivativeTests {
    private static let start = Point(
        weights: Tensor([[0.4, -0.3, 0.2], [0.1, 0.7, -0.6]]), bias: Tensor([0.05, -0.2, 0.3]))
    private static let direction = Point(
        weights: Tensor([[1, -0.5, 0.25], [0.75, -1, 0.5]]), bias: Tensor([-0.5, 1, 0.25]))

    /// A loss that is quadratic in nothing, of one of two tasks.
    private static func loss(_ model: Point, task: Int) -> Tensor<Double> {
        let x = Tensor<Double>([[0.5, -1], [2, 0.25], [-0.75, 1]]) * (task == 0 ? 1 : -0.6)
        let y = Tensor<Double>([[1, 0, -1], [0.5, 2, 0], [0, -1, 1]])
        return square(tanh(matmul(x, model.weights) + model.bias) - y).mean()
    }

    /// The loss on a second task after two steps on the first, as a function of where they start.
    private static func adapted(_ kind: OptimizerKind, _ start: Point) -> Tensor<Double> {
        adapted(kind.make(for: start), start)
    }

    private static func adapted(_ optimizer: some Optimizer<Point>, _ start: Point) -> Tensor<Double> {
        var (model, optimizer) = (start, optimizer)
        for _ in 0..<2 { optimizer.update(&model, along: gradient(at: model) { loss($0, task: 0) }) }
        return loss(model, task: 1)
    }

    private static func slope(_ gradient: Point) -> Double {
        (gradient.weights * direction.weights).sum().scalar + (gradient.bias * direction.bias).sum().scalar
    }

    /// Along a line through the start, from both sides.
    @Test("a step inside of a derivative is differentiated", arguments: OptimizerKind.allCases)
    func metaLearning(_ kind: OptimizerKind) {
        let h = 1e-4
        func value(_ t: Double) -> Double { Self.adapted(kind, Self.start.moved(along: Self.direction, by: t)).scalar }
        let difference = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
        let reverse = Self.slope(gradient(at: Self.start) { Self.adapted(kind, $0) })
        #expect(abs(reverse - difference) < 1e-8 * abs(difference), "reverse mode: \(reverse), not \(difference)")
        let forward = jvp(at: Self.start, along: Self.direction) { Self.adapted(kind, $0) }.tangent.scalar
        #expect(abs(forward - difference) < 1e-8 * abs(difference), "forward mode: \(forward), not \(difference)")
    }

    @Test("a step of SGD is the one written by hand, and the derivative of the first order another")
    func byHand() {
        let byHand = gradient(at: Self.start) { start in
            let slopes = gradient(at: start) { Self.loss($0, task: 0) }
            return Self.loss(
                Point(weights: start.weights - 0.1 * slopes.weights, bias: start.bias - 0.1 * slopes.bias), task: 1)
        }
        func step(_ start: Point, detached: Bool) -> Tensor<Double> {
            var (model, optimizer) = (start, SGD(for: start, learningRate: 0.1))
            let slopes = gradient(at: model) { Self.loss($0, task: 0) }
            optimizer.update(&model, along: detached ? slopes.withoutDerivative() : slopes)
            return Self.loss(model, task: 1)
        }
        let slopes = gradient(at: Self.start) { step($0, detached: false) }
        #expect(slopes.weights.isClose(to: byHand.weights, relativeTolerance: 1e-13))
        #expect(slopes.bias.isClose(to: byHand.bias, relativeTolerance: 1e-13))
        let firstOrder = gradient(at: Self.start) { step($0, detached: true) }
        #expect(!firstOrder.weights.isClose(to: byHand.weights, relativeTolerance: 1e-3))
        #expect(firstOrder.weights != firstOrder.weights.zerosLike)
    }

    /// m̂ / (√v̂ + ε) is g / (|g| + ε) in the first step: its slope at 0 is 1 / ε.
    @Test("Adam's step is differentiated where a gradient is zero")
    func zeroGradient() {
        let slope = gradient(at: Tensor<Double>(0)) { slope in
            var point = Point(weights: Tensor([1.0]), bias: Tensor([1.0]))
            var optimizer = Adam(for: point, learningRate: 0.5, epsilon: 0.25)
            optimizer.update(&point, along: Point(weights: Tensor([1]) * slope, bias: Tensor([1.0])))
            return point.weights.sum()
        }
        #expect(abs(slope.scalar + 2) < 1e-14)
    }

    @Test("every example of a batch adapts by itself", arguments: [OptimizerKind.momentum, .adam])
    func eachByItself(_ kind: OptimizerKind) {
        let targets = Tensor<Double>([[1, 0, -1], [0.5, 2, 0]])
        func adapted(_ target: Tensor<Double>) -> Point {
            var model = Self.start
            var optimizer = kind.make(for: model)
            update(&optimizer, &model) { square($0.bias - target).sum() + square($0.weights * target).sum() }
            return model
        }
        func update(
            _ optimizer: inout any Optimizer<Point>, _ model: inout Point, _ loss: (Point) -> Tensor<Double>
        ) {
            let slopes = gradient(at: model) { loss($0) }
            optimizer.update(&model, along: slopes)
        }
        let each = vmap(over: targets) { adapted($0) }
        for number in 0..<2 {
            let alone = adapted(targets[number])
            #expect(each.weights[number].isClose(to: alone.weights, relativeTolerance: 1e-13))
            #expect(each.bias[number].isClose(to: alone.bias, relativeTolerance: 1e-13))
        }
    }

    @Test("what a finished tape recorded goes on as a constant")
    func finishedTape() {
        let tape = Tape()
        var model = tape.watch(Self.start)
        let slopes = tape.gradient(of: Self.loss(model, task: 0), at: model)
        var optimizer = SGD(for: model, learningRate: 0.1, momentum: 0.9)
        optimizer.update(&model, along: slopes)
        #expect(!model.weights.isTracked)
        #expect(model.weights.isClose(to: Self.start.weights - 0.1 * slopes.weights))
    }

    // MARK: Moving and clipping

    @Test("a module moves along another, in any mode, by a step that may be learned")
    func moved() {
        func after(_ rate: Tensor<Double>, _ start: Point) -> Tensor<Double> {
            let slopes = gradient(at: start) { Self.loss($0, task: 0) }
            return Self.loss(start.moved(along: slopes, by: -rate), task: 1)
        }
        let rate = Tensor(0.1)
        let byHand = gradient(at: rate) { rate in
            let slopes = gradient(at: Self.start) { Self.loss($0, task: 0) }
            let weights = Self.start.weights - rate * slopes.weights
            return Self.loss(Point(weights: weights, bias: Self.start.bias - rate * slopes.bias), task: 1)
        }
        #expect(gradient(at: rate) { after($0, Self.start) }.isClose(to: byHand, relativeTolerance: 1e-13))
        let forward = jvp(at: rate, along: Tensor(1)) { after($0, Self.start) }.tangent
        #expect(forward.isClose(to: byHand, relativeTolerance: 1e-13))
        let rates = Tensor([0.1, 0.2, 0.3])
        let each = vmap(over: rates) { after($0, Self.start) }
        #expect(each[2].isClose(to: after(rates[2], Self.start), relativeTolerance: 1e-13))
        let single = Tensor<Float>([1, 2]).moved(along: Tensor([0.5, 0.25]), by: Tensor<Double>(2))
        #expect(single == Tensor([2, 2.5]))
    }

    /// g · limit / ‖g‖ below the limit's sphere, and g inside of it, against differences.
    @Test("the derivative of a clipped gradient counts the norm", arguments: [0.25, 1e3])
    func clippedDerivative(_ limit: Double) {
        func value(_ point: Point) -> Tensor<Double> {
            let clipped = point.clipped(toNorm: limit)
            return (clipped.weights * Self.direction.weights.transposed().reshaped(to: [2, 3])).sum()
                + square(clipped.bias).sum()
        }
        let h = 1e-4
        func along(_ t: Double) -> Double { value(Self.start.moved(along: Self.direction, by: t)).scalar }
        let difference = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
        let reverse = Self.slope(gradient(at: Self.start) { value($0) })
        #expect(abs(reverse - difference) < 1e-9, "\(reverse), not \(difference)")
        let forward = jvp(at: Self.start, along: Self.direction) { value($0) }.tangent.scalar
        #expect(abs(forward - difference) < 1e-9, "\(forward), not \(difference)")
    }

    @Test("each example's gradient is clipped by itself, and a norm that is not finite left alone")
    func clippedExamples() {
        let targets = Tensor<Double>([[1, 0, -1], [50, 2, 0], [.infinity, 0, 0]])
        func slopes(_ target: Tensor<Double>) -> Point {
            gradient(at: Self.start) { (square($0.bias) * target).sum() + $0.weights.sum() }
        }
        let each = vmap(over: targets) { slopes($0).clipped(toNorm: 3) }
        for number in 0..<3 {
            let alone = slopes(targets[number]).clipped(toNorm: 3)
            #expect(each.weights[number].isClose(to: alone.weights, relativeTolerance: 1e-14))
            #expect(each.bias[number].isClose(to: alone.bias, relativeTolerance: 1e-14))
        }
        #expect(abs(Point(weights: each.weights[1], bias: each.bias[1]).parameterNorm - 3) < 1e-14)
        #expect(each.weights[2] == Tensor.ones([2, 3]) && each.bias[2].scalars[0].isInfinite)
    }
}
