import TapestryAutograd

/// Adds to each step's features waves of its position t: y[2i] = x[2i] + sin(t / 10000^(2i / features)), and the cosine
/// to y[2i + 1].
///
/// Reference: A. Vaswani et al., "Attention is all you need", 2017.
public struct SinusoidalPositionalEncoding<Scalar: DifferentiableScalar>: Layer {
    /// The layer, which has no parameters.
    public init() {}

    /// `[…, time, features]` to the same, with 0 as the position of the first step.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { self(x, from: 0) }

    /// The same with another position of the first step, for sequences that come in pieces.
    public func callAsFunction(_ x: Tensor<Scalar>, from start: Int) -> Tensor<Scalar> {
        let (time, features) = timeAndFeatures(of: x, "sinusoidalPositionalEncoding")
        // Positions are exact in double, and their angles differ beyond 2²⁴ too.
        let positions = Tensor<Double>((0..<time).map { Double(start + $0) }).unsqueezed(axis: 1)
        let pairs = Tensor<Double>((0..<(features + 1) / 2).map { 2 * Double($0) / Double(features) })
        let angles = positions * pow(Tensor(10_000), -pairs)
        let waves = stack([sin(angles), cos(angles)], axis: 2).reshaped(to: [time, pairs.count * 2])
        return x + waves.slice(axis: 1, 0..<features).converted(to: Scalar.self)
    }
}

/// Adds to each step's features a learned vector of its position.
///
/// Reference: J. Gehring et al., "Convolutional sequence to sequence learning", 2017.
public struct LearnedPositionalEncoding<Scalar: DifferentiableScalar>: Layer {
    /// One row for each position, `[positions, features]`.
    public var weights: Tensor<Scalar>

    /// A table with a row for each position. Traps if a size is negative.
    ///
    /// - Parameters:
    ///   - positionCount: the greatest number of steps.
    ///   - size: the number of features.
    ///   - initializer: by default normal with standard deviation 0.02.
    public init(positionCount: Int, size: Int, initializer: Initializer = .normal(standardDeviation: 0.02)) {
        if positionCount < 0 || size < 0 {
            trap("learnedPositionalEncoding", "\(positionCount) positions of \(size) features: neither may be negative")
        }
        weights = initializer.tensor([positionCount, size])
    }

    /// `[…, time, features]` to the same, with 0 as the position of the first step.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { self(x, from: 0) }

    /// The same with another position of the first step, for sequences that come in pieces. Traps on more steps than
    /// there are positions.
    public func callAsFunction(_ x: Tensor<Scalar>, from start: Int) -> Tensor<Scalar> {
        let (time, features) = timeAndFeatures(of: x, "learnedPositionalEncoding")
        if features != weights.shape[1] || start < 0 || start + time > weights.shape[0] {
            trap(
                "learnedPositionalEncoding",
                "steps \(x.shape) from position \(start) on do not fit the weights \(weights.shape)")
        }
        return x + weights.slice(axis: 0, start..<start + time)
    }
}

private func timeAndFeatures<Scalar: DifferentiableScalar>(
    of x: Tensor<Scalar>, _ operation: String
) -> (time: Int, features: Int) {
    if x.rank < 2 { trap(operation, "the shape \(x.shape) is not […, time, features]") }
    return (x.shape[x.rank - 2], x.shape[x.rank - 1])
}
