/// A computation on vectors that a reference leaves to its step, `product` or `layerNorm`: what the search for a
/// mistake can see, and change, within an equation.
struct EquationOperation {
    enum Kind {
        /// x · W
        case product(weights: [[Double]])
        /// γ ⊙ (v − μ) / √(σ² + ε) + β
        case layerNorm(LayerNormForm)
    }

    let kind: Kind
    let operand: [Double]
    /// How many values were yielded before it.
    let position: Int

    /// What it is of its operand, in all that computes rightly.
    var result: [Double] { self(operand) }

    /// The same operation on another operand of as many numbers.
    func callAsFunction(_ operand: [Double]) -> [Double] {
        switch kind {
        case .product(let weights):
            (weights.first ?? []).indices.map { unit in
                operand.indices.reduce(0) { $0 + operand[$1] * weights[$1][unit] }
            }
        case .layerNorm(let form): form(operand)
        }
    }

    /// The number of numbers in its result.
    var width: Int {
        switch kind {
        case .product(let weights): weights.first?.count ?? 0
        case .layerNorm: operand.count
        }
    }
}

/// A layer normalisation, with the ways in which it is taken for another one.
struct LayerNormForm {
    /// What the features are divided by, or not.
    enum Divisor: CaseIterable {
        /// √(σ² + ε)
        case rootWithEpsilon
        /// √σ² + ε
        case rootPlusEpsilon
        /// σ² + ε
        case variance
        /// √(v̄² + ε), of the squares without subtracting the mean.
        case rootMeanSquare
        /// 1
        case none
    }

    var gain: [Double]?
    var bias: [Double]?
    var epsilon = 1e-5
    var divisor = Divisor.rootWithEpsilon
    var subtractsMean = true
    /// What the variance is divided by is the count less this.
    var correction = 0.0
    /// How many blocks, side by side, are normalised apart.
    var blockCount = 1
    /// (n + β) γ in place of γ n + β.
    var isBiasFirst = false

    func callAsFunction(_ v: [Double]) -> [Double] {
        let count = v.count / blockCount
        return scaled((0..<blockCount).flatMap { normalized(Array(v[$0 * count..<($0 + 1) * count])) })
    }

    /// γ n + β
    func scaled(_ n: [Double]) -> [Double] {
        n.indices.map { position in
            let (gain, bias) = (gain?[position] ?? 1, bias?[position] ?? 0)
            return isBiasFirst ? (n[position] + bias) * gain : n[position] * gain + bias
        }
    }

    private func normalized(_ v: [Double]) -> [Double] {
        let mean = v.reduce(0, +) / Double(v.count)
        let variance = v.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (Double(v.count) - correction)
        let by: Double =
            switch divisor {
            case .rootWithEpsilon: (variance + epsilon).squareRoot()
            case .rootPlusEpsilon: variance.squareRoot() + epsilon
            case .variance: variance + epsilon
            case .rootMeanSquare: (v.reduce(0) { $0 + $1 * $1 } / Double(v.count) + epsilon).squareRoot()
            case .none: 1
            }
        return v.map { ($0 - (subtractsMean ? mean : 0)) / by }
    }
}
