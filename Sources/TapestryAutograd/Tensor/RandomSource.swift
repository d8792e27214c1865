import Foundation
import Synchronization
import TapestryArrays

/// A source of random numbers: a counter-based generator, so that the same seed gives the same bits on any machine
/// and for any number of threads.
///
/// Functions that need randomness (initialisers, dropout, shuffling) take one explicitly or use the current one,
/// which `withRandomSource(_:_:)` sets for the code inside it. Inside of `vmap` all examples get the same draws.
///
/// Reference: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011 (Philox 4×32-10).
public final class RandomSource: Sendable {
    /// What all numbers are made from, beside their order.
    public let seed: UInt64
    private let nextStream = Atomic<UInt64>(0)

    /// A source at its first draw.
    public init(seed: UInt64) { self.seed = seed }

    /// A source that will draw what this one would draw next.
    package func copy() -> RandomSource {
        let copy = RandomSource(seed: seed)
        copy.nextStream.store(nextStream.load(ordering: .relaxed), ordering: .relaxed)
        return copy
    }

    /// The source in use: the one that `withRandomSource` set, else one for the whole process, seeded with 0.
    public static var current: RandomSource { scoped ?? shared }

    @TaskLocal static var scoped: RandomSource?
    private static let shared = RandomSource(seed: 0)

    /// Every draw has a stream of numbers of its own.
    private func drawStream() -> UInt64 {
        // What is drawn while a module is put together is thrown away, and must not move the source.
        if ModuleTree.isRebuilding { return nextStream.load(ordering: .relaxed) }
        return nextStream.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// A whole number from `0 ..< bound`, uniformly. Traps unless the bound is positive.
    public func integer(below bound: Int) -> Int { integers(below: bound, count: 1, in: "integer")[0] }

    /// Whole numbers from `0 ..< bound`, uniformly. Traps unless the bound is positive and the count is not negative.
    public func integers(below bound: Int, count: Int) -> [Int] { integers(below: bound, count: count, in: "integers") }

    private func integers(below bound: Int, count: Int, in operation: String) -> [Int] {
        if bound < 1 { trap(operation, "the bound \(bound) is not positive") }
        checkCount(count, in: operation)
        let words = NDArray.randomBits(seed: seed, stream: drawStream(), count: 2 * count)
        return (0..<count).map { index in
            let bits = UInt64(words[2 * index]) << 32 | UInt64(words[2 * index + 1])
            // The high half of bits · bound: uniform to within bound / 2⁶⁴.
            return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
        }
    }

    /// A number from [0, 1).
    public func uniform() -> Double {
        NDArray(random: .uniform, seed: seed, stream: drawStream(), shape: [], .float64).scalar(as: Double.self)
    }

    /// An order of `0 ..< count`, each equally likely (Fisher–Yates). Traps when the count is negative.
    public func permutation(_ count: Int) -> [Int] {
        checkCount(count, in: "permutation")
        var order = Array(0..<count)
        guard count > 1 else { return order }
        let words = NDArray.randomBits(seed: seed, stream: drawStream(), count: 2 * count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            let bits = UInt64(words[2 * last]) << 32 | UInt64(words[2 * last + 1])
            order.swapAt(last, Int(bits.multipliedFullWidth(by: UInt64(last + 1)).high))
        }
        return order
    }

    func truncatedNormal(
        _ shape: [Int], _ mean: Double, _ standardDeviation: Double, from lower: Double, to upper: Double,
        _ type: ElementType
    ) -> Value {
        if ModuleTree.isRebuilding { return .zerosWithoutMemory(shape, type) }
        return Value(
            NDArray(
                truncatedNormal: mean, standardDeviation, from: lower, to: upper, seed: seed, stream: drawStream(),
                shape: shape, type))
    }

    /// Traps unless there can be so many numbers, each of two words.
    private func checkCount(_ count: Int, in operation: String) {
        if count < 0 { trap(operation, "the count \(count) is negative") }
        if count > Int.max >> 4 { trap(operation, "the count \(count) is more than memory can hold") }
    }

    func array(_ distribution: RandomDistribution, _ shape: [Int], _ type: ElementType) -> Value {
        if ModuleTree.isRebuilding { return .zerosWithoutMemory(shape, type) }
        return Value(NDArray(random: distribution, seed: seed, stream: drawStream(), shape: shape, type))
    }
}

/// Runs `body` with a source of random numbers as the current one.
public func withRandomSource<Result>(_ source: RandomSource, _ body: () throws -> Result) rethrows -> Result {
    try RandomSource.$scoped.withValue(source, operation: body)
}

/// Runs `body` with a fresh source of the given seed as the current one.
public func withRandomSeed<Result>(_ seed: UInt64, _ body: () throws -> Result) rethrows -> Result {
    try withRandomSource(RandomSource(seed: seed), body)
}
