import CTapestryKernels

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
