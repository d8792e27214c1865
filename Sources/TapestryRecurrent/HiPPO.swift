import Foundation
import TapestryAutograd

/// High-order polynomial projection: memories that hold the past as coefficients of orthogonal polynomials.
///
/// References: A. Gu, T. Dao, S. Ermon, A. Rudra and C. Ré, "HiPPO: recurrent memory with optimal polynomial
/// projections", 2020; its normal part: A. Gu, K. Goel, A. Gupta and C. Ré, "On the parameterization and initialization
/// of diagonal state space models", 2022.
public enum HiPPO {
    /// The eigenvalues −½ + i ω of the normal part of the HiPPO-LegS matrix, and their eigenvectors.
    public struct Eigensystem: Sendable {
        /// ω, the greatest first, `[count / 2]`: those that are positive. The others are their negatives.
        public let frequencies: Tensor<Double>
        /// A column of length 1 for each, `[count, count / 2]`.
        public let vectors: ComplexTensor<Double>
    }

    /// Diagonalises the normal part of the HiPPO-LegS matrix,
    ///
    ///     S[n, k] = −½ √((2n + 1)(2k + 1)) for n > k, −½ for n = k, ½ √((2n + 1)(2k + 1)) for n < k
    ///
    /// in closed form but for the frequencies, each the root of one function that rises. With w[n] = √(2n + 1) v[n],
    /// the differences of neighbouring rows of S v = (−½ + i ω) v have two terms each:
    ///
    ///     w[n + 1] (½ + i ω / (2n + 3)) = −w[n] (½ − i ω / (2n + 1))
    ///
    /// and the first row closes the circle, so that the arguments of all factors add up to Σ arctan(2 ω / (2n + 1)) =
    /// π ((count − 1) / 2 − k) for some whole k.
    ///
    /// - Parameter count: even and positive, else it traps.
    public static func normalEigensystem(count: Int) -> Eigensystem {
        if count < 2 || !count.isMultiple(of: 2) {
            trap("HiPPO", "the number of states is \(count); it must be even and positive")
        }
        let frequencies = (0..<count / 2).map { k in
            frequency(count, turning: .pi * (Double(count - 1) / 2 - Double(k)))
        }
        var real = [Double](repeating: 0, count: count * frequencies.count)
        var imaginary = real
        for (column, omega) in frequencies.enumerated() {
            let squares = (0..<count).map { n in
                let degree = Double(2 * n + 1)
                return degree / (degree * degree / 4 + omega * omega)
            }
            let norm = squares.reduce(0, +).squareRoot()
            var argument = 0.0
            for n in 0..<count {
                let magnitude = squares[n].squareRoot() / norm
                real[n * frequencies.count + column] = magnitude * cos(argument)
                imaginary[n * frequencies.count + column] = magnitude * sin(argument)
                let (here, next) = (Double(2 * n + 1), Double(2 * n + 3))
                argument += .pi - atan(2 * omega / here) - atan(2 * omega / next)
            }
        }
        let shape = [count, frequencies.count]
        return Eigensystem(
            frequencies: Tensor(frequencies),
            vectors: ComplexTensor(
                real: Tensor(shape: shape, scalars: real), imaginary: Tensor(shape: shape, scalars: imaginary)))
    }

    /// The ω > 0 at which Σ arctan(2 ω / (2n + 1)) has a value. The sum is concave there, so that Newton's steps from 0
    /// come to the root from below, until rounding stops them.
    private static func frequency(_ count: Int, turning target: Double) -> Double {
        var omega = 0.0
        while true {
            var (sum, slope) = (0.0, 0.0)
            for n in 0..<count {
                let rate = 2 / Double(2 * n + 1)
                sum += atan(rate * omega)
                slope += rate / (1 + rate * rate * omega * omega)
            }
            let next = omega + (target - sum) / slope
            if next <= omega * (1 + 1e-15) { return omega }
            omega = next
        }
    }
}
