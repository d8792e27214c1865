import TapestryArrays
import TapestryAutograd

/// Says which examples each batch of an epoch has.
///
/// The batches are a function of the epoch's number: asked again it gives the same ones, so a run that was stopped goes
/// on in the order that it would have had.
public protocol BatchSampler: Sendable {
    /// The positions of the examples of each batch.
    func batches(inEpoch epoch: Int) -> [[Int]]
}

/// An order of all examples, or a draw from them.
public enum ExampleOrder: Sendable, Equatable {
    /// One after the other.
    case sequential
    /// Each once, in an order that the seed and the epoch decide.
    case shuffled(seed: UInt64)
    /// As many draws as `count`, each example with a probability in proportion to its weight, so that rare classes can
    /// be seen as often as others.
    case weighted([Double], count: Int, seed: UInt64)

    /// The positions in the order of an epoch, of so many examples.
    func positions(count: Int, epoch: Int) -> [Int] {
        switch self {
        case .sequential: return Array(0..<count)
        case .shuffled(let seed): return RandomSource(seed: seed, epoch: epoch).permutation(count)
        case .weighted(let weights, let draws, let seed):
            let source = RandomSource(seed: seed, epoch: epoch)
            let sums = weights.reduce(into: [0.0]) { $0.append($0.last! + $1) }
            return source.integers(below: 1 << 53, count: draws).map { draw in
                Self.position(of: Double(draw) * 0x1p-53 * sums.last!, among: sums)
            }
        }
    }

    /// The last place where the sum of the weights before it is at most a number.
    private static func position(of number: Double, among sums: [Double]) -> Int {
        var (lower, upper) = (0, sums.count - 1)
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if sums[middle] <= number { lower = middle } else { upper = middle }
        }
        return lower
    }

    fileprivate func check(count: Int) {
        guard case .weighted(let weights, let draws, _) = self else { return }
        guard weights.count == count, weights.allSatisfy({ $0 >= 0 && $0.isFinite }),
            weights.contains(where: { $0 > 0 })
        else {
            trap(
                "DataLoader",
                "\(weights.count) weights for \(count) examples, or one is negative or not finite, or all are zero")
        }
        if draws < 0 { trap("DataLoader", "\(draws) draws") }
    }
}

/// Batches of equal size, cut from an order of the examples.
public struct OrderedBatches: BatchSampler, Equatable {
    let count, size: Int
    let order: ExampleOrder
    let dropsLast: Bool

    /// Batches of so many examples, in an order.
    ///
    /// - Parameters:
    ///   - count: The number of examples.
    ///   - size: The examples of a batch; the last one may have fewer. Traps unless it is positive.
    ///   - order: Their order. Traps if it has weights of another number, or they are not finite, one is negative, or
    ///     all are zero.
    ///   - dropsLast: Whether a last batch that has fewer is left out.
    public init(count: Int, size: Int, order: ExampleOrder = .sequential, dropsLast: Bool = false) {
        guard size > 0 else { trap("DataLoader", "a batch of \(size) examples, expected at least 1") }
        order.check(count: count)
        (self.count, self.size, self.order, self.dropsLast) = (count, size, order, dropsLast)
    }

    /// The order of an epoch, cut.
    public func batches(inEpoch epoch: Int) -> [[Int]] {
        order.positions(count: count, epoch: epoch).batches(of: size, dropsLast: dropsLast)
    }
}

/// Shuffled batches of examples of similar lengths, so that little of a padded batch is padding.
public struct LengthBuckets: BatchSampler, Equatable {
    let lengths: [Int]
    let size, poolSize: Int
    let seed: UInt64

    /// Batches of examples of so many lengths. Traps unless both sizes are positive.
    ///
    /// - Parameters:
    ///   - lengths: The length of each example.
    ///   - size: The examples of a batch; the last one of a pool may have fewer. Traps unless it is positive.
    ///   - seed: Decides the order, with the epoch.
    ///   - poolSize: The batches within which examples are sorted: more of them pad less and mix less.
    public init(lengths: [Int], size: Int, seed: UInt64, poolSize: Int = 50) {
        guard size > 0, poolSize > 0 else {
            trap("LengthBuckets", "batches of \(size) in pools of \(poolSize), expected at least 1 each")
        }
        (self.lengths, self.size, self.seed, self.poolSize) = (lengths, size, seed, poolSize)
    }

    /// The batches of an epoch.
    public func batches(inEpoch epoch: Int) -> [[Int]] {
        lengths.indices.batches(
            of: size, byLength: { lengths[$0] }, shuffledBy: RandomSource(seed: seed, epoch: epoch), poolSize: poolSize)
    }
}

extension RandomSource {
    /// A source of its own for each epoch of a run.
    fileprivate convenience init(seed: UInt64, epoch: Int) {
        // The golden ratio's bits, by which Weyl sequences go on: epochs of one seed are not those of the next one.
        self.init(seed: seed &+ UInt64(bitPattern: Int64(epoch)) &* 0x9E37_79B9_7F4A_7C15)
    }
}
