import TapestryAutograd

/// Batch normalisation of one step of a sequence, y = γ ⊙ (x − μₜ) / √(σ²ₜ + ε) + β, with a mean μₜ and a variance σ²ₜ
/// for each step t: while training those of the batch, while inferring running ones. Steps after the last one that
/// running statistics are known of have its statistics, and μ = 0 and σ² = 1 where none are known at all.
///
/// References: S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal
/// covariate shift", 2015; by steps: T. Cooijmans et al., "Recurrent batch normalization", 2017.
public struct StepwiseBatchNorm<Scalar: DifferentiableScalar>: Module {
    /// γ, `[features]`.
    public var gain: Tensor<Scalar>
    /// β, `[features]`, if there is one.
    public var bias: Tensor<Scalar>?
    /// The running μ of every step, `[steps, features]`. It is no parameter.
    @Buffer public private(set) var mean: Tensor<Scalar>
    /// The running σ² of every step, `[steps, features]`. It is no parameter.
    @Buffer public private(set) var variance: Tensor<Scalar>
    /// ε, which keeps features that are equal in all rows from a division by zero.
    public let epsilon: Double

    /// A layer that starts with γ = 0.1, so that tanh is not saturated, β = 0 and no running statistics. Traps if a
    /// number is negative.
    ///
    /// - Parameters:
    ///   - featureCount: the extent of the input's last axis.
    ///   - bias: whether there is a β.
    ///   - epsilon: ε, added to the variance.
    public init(featureCount: Int, bias: Bool = true, epsilon: Double = 1e-5) {
        if featureCount < 0 || !(epsilon >= 0) {
            trap("batchNorm", "\(featureCount) features and an ε of \(epsilon): neither may be negative")
        }
        gain = Tensor(repeating: 0.1, shape: [featureCount])
        self.bias = bias ? .zeros([featureCount]) : nil
        mean = .zeros([0, featureCount])
        variance = .zeros([0, featureCount])
        self.epsilon = epsilon
    }

    /// The normalised features, `[batch, features]` to the same.
    ///
    /// - Parameters:
    ///   - x: `[batch, features]`.
    ///   - time: the step that each row is at, `[batch]`.
    public func callAsFunction(_ x: Tensor<Scalar>, at time: Tensor<Int32>) -> Tensor<Scalar> {
        let (mean, variance) =
            Mode.current == .training
            ? Self.statistics(of: x, where: PresentRows.current) : runningStatistics(at: time)
        let normalized = (x - mean) * (gain * rsqrt(variance + Scalar(epsilon)))
        return bias.map { normalized + $0 } ?? normalized
    }

    /// μ and σ² of the rows that are there, each `[features]`.
    static func statistics(
        of x: Tensor<Scalar>, where rows: Tensor<Bool>?
    ) -> (mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
        guard let rows else { return (x.mean(axes: [0]), x.variance(axes: [0])) }
        let isThere = rows.converted(to: Scalar.self)
        let share = (isThere / maximum(isThere.sum(), Tensor(1))).unsqueezed(axis: 1)
        let mean = (share * x).sum(axes: [0])
        return (mean, (share * square(x - mean)).sum(axes: [0]))
    }

    private func runningStatistics(at time: Tensor<Int32>) -> (mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
        let count = mean.shape[0]
        if count == 0 { return (.zeros([]), .ones([])) }
        let last = Tensor(Int32(count - 1))
        let step = select(time .< last, time, last)
        return (mean.rows(at: step), variance.rows(at: step))
    }

    /// Moves the running statistics towards those of a batch of sequences, with the variance that is not biased, m / (m
    /// − 1) times that of m rows. Steps that were not met before take the batch's own.
    ///
    /// - Parameters:
    ///   - x: what was normalised, `[time, batch, features]`.
    ///   - rows: for each step the rows that are there, `[batch]`; all by default. Where there is none, there is no
    ///     step.
    ///   - rate: how far the statistics move; 1 forgets what was before.
    public mutating func update(with x: Tensor<Scalar>, of rows: [Tensor<Bool>]? = nil, rate: Double) {
        var (means, variances) = (mean.unstacked(), variance.unstacked())
        var step = 0
        for (t, x) in x.unstacked().enumerated() {
            let count = rows.map { $0[t].scalars.count(where: \.self) } ?? x.shape[0]
            // No row makes a step there.
            if count == 0 { continue }
            let (mean, biased) = Self.statistics(of: x, where: rows?[t])
            let variance = biased * Scalar(Double(count) / Double(max(count - 1, 1)))
            if step < means.count {
                means[step] = Scalar(1 - rate) * means[step] + Scalar(rate) * mean
                variances[step] = Scalar(1 - rate) * variances[step] + Scalar(rate) * variance
            } else {
                means.append(mean)
                variances.append(variance)
            }
            step += 1
        }
        (mean, variance) = (stack(means), stack(variances))
    }
}
