import CTapestryKernels
import Foundation

/// The distributions that the counter-based generator knows.
package enum RandomDistribution: Sendable {
    /// Uniform in [0, 1).
    case uniform
    /// Normal with mean 0 and variance 1.
    case normal
}

extension NDArray {
    /// Random elements that depend only on the seed, the stream, and their position.
    package init(
        random distribution: RandomDistribution, seed: UInt64, stream: UInt64, shape: [Int], _ elementType: ElementType
    ) {
        self.init(uninitialized: Layout(shape), elementType)
        let (out, size, type) = (pointer, elementType.size, elementType.kernelType)
        Parallel.forEachRange(of: count, grain: 1 << 14, unit: 64) { range in
            let target = out + range.lowerBound * size
            switch distribution {
            case .uniform:
                tapestry_random_uniform(type, seed, stream, UInt64(range.lowerBound), range.count, target)
            case .normal:
                tapestry_random_normal(type, seed, stream, UInt64(range.lowerBound), range.count, target)
            }
        }
    }

    /// 32-bit random words.
    package static func randomBits(seed: UInt64, stream: UInt64, count: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
            tapestry_random_bits(seed, stream, 0, count, buffer.baseAddress)
            initialized = count
        }
    }
}

// MARK: - Truncated normal distribution

/// The standard normal distribution between two bounds, drawn by rejection: exact however far out the bounds lie and
/// however close to each other, where the inverse of the distribution function runs out of digits.
///
/// At least about half of the proposals are accepted, whatever the bounds.
///
/// Reference: C. P. Robert, "Simulation of truncated normal variables", 1995.
package struct TruncatedNormal: Sendable {
    /// Where proposals come from.
    private enum Proposal {
        /// The whole normal distribution.
        case normal
        /// All numbers between the bounds alike.
        case uniform
        /// Exponential from the lower bound on, with this rate.
        case exponential(rate: Double)
    }

    private let lower, upper: Double
    /// Whether both bounds are negative: then their mirror images are drawn from.
    private let isMirrored: Bool
    private let proposal: Proposal

    /// - Parameter lower: is less than `upper`; either may be infinite.
    package init(from lower: Double, to upper: Double) {
        isMirrored = upper < 0
        (self.lower, self.upper) = isMirrored ? (-upper, -lower) : (lower, upper)
        if self.lower > 0 {
            // The rate at which most are accepted.
            proposal = .exponential(rate: self.lower / 2 + hypot(self.lower / 2, 1))
        } else {
            let wide = (2 * Double.pi).squareRoot()
            proposal = upper - lower > wide ? .normal : .uniform
        }
    }

    /// A proposal made of two numbers from [0, 1), if it is accepted.
    package func draw(_ u: Double, _ v: Double) -> Double? {
        let x: Double
        let isAccepted: Bool
        switch proposal {
        case .normal:
            // Box and Muller.
            x = (-2 * log1p(-u)).squareRoot() * cos(2 * .pi * v)
            isAccepted = x >= lower && x <= upper
        case .uniform:
            x = lower + u * (upper - lower)
            isAccepted = v < exp(-x * x / 2)
        case .exponential(let rate):
            x = lower - log1p(u * expm1(-rate * (upper - lower))) / rate
            // φ(x) over the proposal's density, which is greatest at the rate, or at the bound before it.
            let (distance, least) = (x - rate, rate - min(rate, upper))
            isAccepted = v < exp((least - distance) * (least + distance) / 2)
        }
        return isAccepted ? (isMirrored ? -x : x) : nil
    }
}

extension NDArray {
    /// Elements of the normal distribution with this mean and standard deviation between two bounds. Each depends only
    /// on the seed, the stream, and its position.
    package init(
        truncatedNormal mean: Double, _ standardDeviation: Double, from lower: Double, to upper: Double, seed: UInt64,
        stream: UInt64, shape: [Int], _ elementType: ElementType
    ) {
        // Bounds that are too far out to be counted in standard deviations leave nothing but the nearer one.
        let greatest = Double.greatestFiniteMagnitude
        let distribution = TruncatedNormal(
            from: min((lower - mean) / standardDeviation, greatest),
            to: max((upper - mean) / standardDeviation, -greatest))
        // A key of its own, so that an element may try as often as it takes.
        let key = NDArray.randomBits(seed: seed, stream: stream, count: 4)
        let elements = NDArray(uninitialized: Layout(shape), .float64)
        let out = elements.pointer.assumingMemoryBound(to: Double.self)
        Parallel.forEachRange(of: elements.count, grain: 1 << 10, unit: 64) { range in
            for index in range {
                let x = distribution.element(index, key)
                // Rounding could leave the bounds.
                out[index] = min(max(x * standardDeviation + mean, lower), upper)
            }
        }
        self = elements.converted(to: elementType)
    }
}

extension TruncatedNormal {
    /// The first accepted proposal of a sequence that belongs to one element.
    fileprivate func element(_ index: Int, _ key: [UInt32]) -> Double {
        let position = UInt64(index)
        var attempt: UInt32 = 0
        while true {
            let counter = [UInt32(truncatingIfNeeded: position), UInt32(position >> 32), attempt, key[2]]
            var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
            withUnsafeMutablePointer(to: &words) { words in
                words.withMemoryRebound(to: UInt32.self, capacity: 4) { tapestry_philox_block(counter, key, $0) }
            }
            if let x = draw(unit(words.0, words.1), unit(words.2, words.3)) { return x }
            attempt += 1
        }
    }

    /// A number from [0, 1), of 53 bits.
    private func unit(_ high: UInt32, _ low: UInt32) -> Double {
        Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
    }
}
