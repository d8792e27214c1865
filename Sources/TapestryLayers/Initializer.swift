import Foundation
import TapestryAutograd

/// How weights get their first values, from the number of inputs (fan-in) and outputs (fan-out) of a unit.
public enum Initializer: Sendable, Codable, Equatable {
    /// All zero.
    case zeros
    /// All the same number.
    case constant(Double)
    /// Uniform in [−limit, limit).
    case uniform(limit: Double)
    /// Normal with mean 0.
    case normal(standardDeviation: Double)
    /// Uniform in ±√(6 / (fan-in + fan-out)). X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
    /// feedforward neural networks", 2010.
    case xavierUniform
    /// Normal with variance 2 / (fan-in + fan-out). The same paper.
    case xavierNormal
    /// Uniform in ±√(6 / fan-in). K. He et al., "Delving deep into rectifiers", 2015.
    case kaimingUniform
    /// Normal with variance 2 / fan-in. The same paper.
    case kaimingNormal
    /// A matrix with orthonormal rows or columns, whichever are fewer. A. Saxe et al., "Exact solutions to the
    /// nonlinear dynamics of learning in deep linear neural networks", 2014.
    case orthogonal

    /// Uniform in ±1/√count, where a count below 1 is taken as 1: what `Linear` starts with from the number of its
    /// inputs, and recurrent cells from the number of their units.
    public static func inverseRoot(of count: Int) -> Initializer {
        .uniform(limit: 1 / Double(max(count, 1)).squareRoot())
    }

    /// A tensor of first values.
    ///
    /// - Parameters:
    ///   - shape: for `orthogonal` a matrix, else it traps.
    ///   - fanIn: the inputs of a unit; by default the first extent.
    ///   - fanOut: the units; by default the last extent.
    ///   - source: the random numbers; the current source by default.
    public func tensor<Scalar: DifferentiableScalar>(
        _ shape: [Int], fanIn: Int? = nil, fanOut: Int? = nil, using source: RandomSource = .current
    ) -> Tensor<Scalar> {
        if ModuleTree.isRebuilding { return Tensor(Value.zerosWithoutMemory(shape, Scalar.elementType)) }
        let fanIn = Double(max(fanIn ?? shape.first ?? 1, 1))
        let fanOut = Double(max(fanOut ?? shape.last ?? 1, 1))
        func uniform(_ limit: Double) -> Tensor<Scalar> {
            .uniform(shape, from: Scalar(-limit), to: Scalar(limit), using: source)
        }
        func normal(_ deviation: Double) -> Tensor<Scalar> {
            .normal(shape, standardDeviation: Scalar(deviation), using: source)
        }
        return switch self {
        case .zeros: Tensor(repeating: 0, shape: shape)
        case .constant(let value): Tensor(repeating: Scalar(value), shape: shape)
        case .uniform(let limit): uniform(limit)
        case .normal(let standardDeviation): normal(standardDeviation)
        case .xavierUniform: uniform((6 / (fanIn + fanOut)).squareRoot())
        case .xavierNormal: normal((2 / (fanIn + fanOut)).squareRoot())
        case .kaimingUniform: uniform((6 / fanIn).squareRoot())
        case .kaimingNormal: normal((2 / fanIn).squareRoot())
        case .orthogonal: Initializer.orthogonalMatrix(shape, using: source)
        }
    }

    /// Gram–Schmidt, applied twice, on the vectors of a normal matrix: rows if they are fewer than columns.
    private static func orthogonalMatrix<Scalar: DifferentiableScalar>(
        _ shape: [Int], using source: RandomSource
    ) -> Tensor<Scalar> {
        guard shape.count == 2 else { trap("orthogonal", "the shape \(shape) is not that of a matrix") }
        let isTall = shape[0] > shape[1]
        let (vectors, length) = (min(shape[0], shape[1]), max(shape[0], shape[1]))
        var rows: [[Double]] = Tensor<Double>.normal([vectors, length], using: source).nestedArray()
        for index in rows.indices {
            for _ in 0..<2 {
                for other in 0..<index {
                    let projection = zip(rows[index], rows[other]).reduce(0) { $0 + $1.0 * $1.1 }
                    rows[index] = zip(rows[index], rows[other]).map { $0 - projection * $1 }
                }
            }
            let norm = rows[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
            rows[index] = rows[index].map { $0 / norm }
        }
        let matrix = Tensor<Double>(shape: [vectors, length], scalars: rows.flatMap { $0 }).converted(to: Scalar.self)
        return isTall ? matrix.transposed() : matrix
    }
}
