import TapestryAutograd

/// The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno: steps along d = −H g, where H approximates the
/// inverse Hessian by the last few steps s and the changes y of the gradient along them:
///
///     H ← (I − s yᵀ / yᵀs) H (I − y sᵀ / yᵀs) + s sᵀ / yᵀs,    beginning with H = (yᵀs / yᵀy) I of the newest pair
///
/// and a line search finds a step size under the strong conditions of Wolfe. It needs the loss at several points for
/// one step, so it takes the loss as a function rather than a gradient, and is no ``Optimizer``; the loss must be the
/// same function each time, without dropout, of all data rather than of batches.
///
/// ```swift
/// var optimizer = LBFGS(for: model)
/// for _ in 0..<10 {
///     let loss = optimizer.update(&model) { crossEntropy($0(inputs), targets) }
///     print(loss)
/// }
/// ```
///
/// It computes in double. What it moves is a constant: no derivative is taken through its steps. Where the loss is
/// infinite or no number, the search goes back; PyTorch's ends there with a model of NaN, or far away. From where the
/// gradient is not finite no step is taken, nor one of infinite size, and nothing of it is kept. Elsewhere the steps
/// are the same.
///
/// Reference: D. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
public struct LBFGS<Model: Module>: Codable, Sendable {
    /// The step size that the line search tries first, above 0 and finite.
    public var learningRate: Double
    /// The most steps of one update.
    private let iterationLimit: Int
    /// An update ends once it has computed so many gradients.
    private let evaluationLimit: Int
    private let gradientTolerance: Double
    private let changeTolerance: Double
    private let historyCount: Int

    /// One step and the change of the gradient along it.
    private struct Pair: Codable, Sendable {
        let step: Tensor<Double>
        let change: Tensor<Double>
    }

    private var pairs: [Pair] = []
    /// What the newest pair says of H.
    private var scale = 1.0
    /// The direction and the size of the last step, and the gradient where it began; `nil` before the first one.
    private var last: (direction: Tensor<Double>, size: Double, gradient: Tensor<Double>)? {
        get { lastDirection.flatMap { direction in lastGradient.map { (direction, lastSize, $0) } } }
        set { (lastDirection, lastSize, lastGradient) = (newValue?.direction, newValue?.size ?? 0, newValue?.gradient) }
    }
    private var lastDirection: Tensor<Double>?
    private var lastSize = 0.0
    private var lastGradient: Tensor<Double>?

    /// A method that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its type counts.
    ///   - learningRate: the step size that the line search tries first, above 0 and finite.
    ///   - iterationLimit: the most steps of one update, at least 1.
    ///   - evaluationLimit: an update ends, in the middle of a line search too, once it has computed so many gradients;
    ///     `nil` for 5/4 of the steps.
    ///   - gradientTolerance: an update ends when no element of the gradient is greater.
    ///   - changeTolerance: an update ends when no element, nor the loss, changes by more.
    ///   - historyCount: how many pairs of steps and changes are kept, at least 1.
    public init(
        for model: Model, learningRate: Double = 1, iterationLimit: Int = 20, evaluationLimit: Int? = nil,
        gradientTolerance: Double = 1e-7, changeTolerance: Double = 1e-9, historyCount: Int = 100
    ) {
        guard iterationLimit > 0, historyCount > 0, evaluationLimit ?? 1 > 0 else {
            trap("optimizer", "L-BFGS needs limits and a history of at least 1")
        }
        checkRange("gradient tolerance", gradientTolerance)
        checkRange("change tolerance", changeTolerance)
        self.learningRate = learningRate
        self.iterationLimit = iterationLimit
        self.evaluationLimit = evaluationLimit ?? iterationLimit * 5 / 4
        self.gradientTolerance = gradientTolerance
        self.changeTolerance = changeTolerance
        self.historyCount = historyCount
        checkLearningRate()
    }

    private func checkLearningRate() {
        checkRange("learning rate", learningRate)
        if learningRate == 0 { trap("optimizer", "L-BFGS needs a learning rate above 0") }
    }

    /// Takes up to `iterationLimit` steps toward a minimum of the loss. Traps if the model has other parameters than
    /// before.
    ///
    /// - Returns: the loss where the update began.
    /// - Throws: What the loss throws; the model and the optimizer are as they were before then.
    @discardableResult
    public mutating func update<Scalar: DifferentiableScalar, Failure: Error>(
        _ model: inout Model, minimizing loss: (Model) throws(Failure) -> Tensor<Scalar>
    ) throws(Failure) -> Double {
        checkLearningRate()
        var line = ParameterLine(through: model)
        if let last, last.gradient.count != line.origin.count {
            trap(
                "optimizer",
                "the model has \(line.origin.count) numbers and the optimizer remembers \(last.gradient.count)")
        }
        func evaluate(_ model: Model) throws(Failure) -> (loss: Double, gradient: Tensor<Double>) {
            let (loss, gradient) = try valueAndGradient(at: model, of: loss)
            return (Double(loss.scalar), ParameterLine.vector(of: gradient))
        }
        var (value, gradient) = try evaluate(model)
        let first = value
        var evaluationCount = 1
        if gradient.greatestMagnitude <= gradientTolerance { return first }
        // Takes the place of this one at the end, with the model's, since the loss may throw before.
        var result = self
        for iteration in 1...iterationLimit {
            var next = result
            let direction = next.nextDirection(gradient)
            guard direction.isFinite else { break }
            let isFirst = result.last == nil
            let initialSize = isFirst ? min(1, 1 / abs(gradient).sum().scalar) * learningRate : learningRate
            let slope = dot(gradient, direction).scalar
            // Also where no step is taken, or the next update would learn from the last one again.
            next.last = (direction, initialSize, gradient)
            guard slope <= -changeTolerance else {
                result = next
                break
            }
            var search = WolfeSearch(
                value: value, slope: slope, gradient: gradient, directionMagnitude: direction.greatestMagnitude,
                changeTolerance: changeTolerance, trialLimit: evaluationLimit - evaluationCount)
            let found = try search.run(from: initialSize) { (size) throws(Failure) in
                let (value, gradient) = try evaluate(line.model(along: direction, by: size))
                return WolfeSearch.Point(
                    size: size, value: value, slope: dot(gradient, direction).scalar, gradient: gradient)
            }
            guard found.size.isFinite else { break }
            next.last = (direction, found.size, gradient)
            result = next
            line.move(along: direction, by: found.size)
            evaluationCount += search.evaluationCount
            let change = abs(found.value - value)
            (value, gradient) = (found.value, found.gradient)
            if iteration == iterationLimit || evaluationCount >= evaluationLimit
                || gradient.greatestMagnitude <= gradientTolerance
                || direction.greatestMagnitude * found.size <= changeTolerance || change < changeTolerance
            {
                break
            }
        }
        (self, model) = (result, line.model)
        return first
    }

    /// −H g, after what the last step has taught of H.
    private mutating func nextDirection(_ gradient: Tensor<Double>) -> Tensor<Double> {
        if let last {
            let pair = Pair(step: last.direction * last.size, change: gradient - last.gradient)
            let curvature = dot(pair.change, pair.step).scalar
            let newScale = curvature / dot(pair.change, pair.change).scalar
            // Along a step on which the gradient did not grow there is nothing to learn of a positive H, nor where one
            // of them is so great or small that the scale is not finite.
            if curvature > 1e-10, newScale.isFinite {
                pairs = pairs.suffix(historyCount - 1) + [pair]
                scale = newScale
            }
        }
        var direction = -gradient
        var shares: [Double] = []
        for pair in pairs.reversed() {
            let share = (dot(pair.step, direction) / dot(pair.change, pair.step)).scalar
            shares.append(share)
            direction = direction - pair.change * share
        }
        direction = direction * scale
        for (pair, share) in zip(pairs, shares.reversed()) {
            let back = (dot(pair.change, direction) / dot(pair.change, pair.step)).scalar
            direction = direction + pair.step * (share - back)
        }
        return direction
    }
}

/// A model as a point among all models of its structure: its parameters in double, one after the other.
private struct ParameterLine<Model: Module> {
    private(set) var origin: Tensor<Double>
    private let structure: Model

    init(through model: Model) {
        structure = model.withoutDerivative()
        origin = ParameterLine.vector(of: structure)
    }

    static func vector(of model: Model) -> Tensor<Double> {
        let parts = model.parameters.map { $0.tensor(as: Double.self).flattened() }
        return parts.isEmpty ? .zeros([0]) : concatenate(parts)
    }

    var model: Model { model(at: origin) }

    func model(along direction: Tensor<Double>, by size: Double) -> Model { model(at: origin + direction * size) }

    mutating func move(along direction: Tensor<Double>, by size: Double) { origin = origin + direction * size }

    private func model(at point: Tensor<Double>) -> Model {
        var start = 0
        return structure.mapValues { value in
            let part = point.slice(axis: 0, start..<start + value.count)
            start += value.count
            return part.value.reshaped(to: value.shape).converted(to: value.elementType)
        }
    }
}

extension Tensor<Double> {
    fileprivate var greatestMagnitude: Double { count == 0 ? 0 : abs(self).max().scalar }

    /// Whether all elements are.
    fileprivate var isFinite: Bool { scalars.allSatisfy(\.isFinite) }
}
