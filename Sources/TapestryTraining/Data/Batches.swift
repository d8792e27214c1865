import TapestryArrays
import TapestryAutograd

extension RandomAccessCollection {
    /// The elements in batches, in order or shuffled.
    ///
    /// ```swift
    /// for epoch in 0..<epochs {
    ///     for batch in sentences.batches(of: 32, shuffledBy: source) { … }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - size: The elements of a batch; the last one may have fewer. Traps unless it is positive.
    ///   - source: Draws the order, anew at each call; `nil` for the order of the collection.
    ///   - dropsLast: Whether a last batch that has fewer is left out.
    public func batches(
        of size: Int, shuffledBy source: RandomSource? = nil, dropsLast: Bool = false
    ) -> [[Element]] {
        Batches.cut(source.map { self.shuffled(by: $0) } ?? Array(self), size, dropsLast: dropsLast)
    }

    /// The elements in shuffled batches of similar lengths, so that little of a padded batch is padding: the shuffled
    /// elements are sorted by length within pools of many batches, and the batches are shuffled.
    ///
    /// - Parameters:
    ///   - size: The elements of a batch; the last one of a pool may have fewer. Traps unless it is positive.
    ///   - length: The length of an element.
    ///   - source: Draws the order, anew at each call.
    ///   - poolSize: The batches of a pool: more of them pad less and mix less. Traps unless it is positive.
    public func batches(
        of size: Int, byLength length: (Element) -> Int, shuffledBy source: RandomSource, poolSize: Int = 50
    ) -> [[Element]] {
        guard poolSize > 0 else { trap("batches", "a pool of \(poolSize) batches, expected at least 1") }
        let (product, isTooLarge) = size.multipliedReportingOverflow(by: poolSize)
        let pools = Batches.cut(self.shuffled(by: source), isTooLarge ? .max : product, dropsLast: false)
        return pools.flatMap { pool in
            Batches.cut(pool.sorted { length($0) < length($1) }, size, dropsLast: false)
        }.shuffled(by: source)
    }

    /// The elements in an order that the source draws.
    public func shuffled(by source: RandomSource) -> [Element] {
        let elements = Array(self)
        return source.permutation(elements.count).map { elements[$0] }
    }

    /// The elements in parts that have these shares of them, such as `[0.8, 0.1, 0.1]`, in order. Shuffle before where
    /// the order means something. Traps if a share is negative or they exceed 1; what they leave is in no part.
    public func split(_ shares: [Double]) -> [[Element]] {
        let total = shares.reduce(0, +)
        guard shares.allSatisfy({ $0 >= 0 }), total <= 1 + 1e-9 else {
            trap("split", "shares of \(shares) add up to \(total); none may be negative, nor all exceed 1")
        }
        let elements = Array(self)
        var parts: [[Element]] = []
        var (end, share) = (0, 0.0)
        for next in shares {
            share += next
            // Cut at rounded sums of the shares, so that the parts leave nothing out between them.
            let newEnd = Swift.min(Int((share * Double(elements.count)).rounded()), elements.count)
            parts.append(Array(elements[end..<newEnd]))
            end = newEnd
        }
        return parts
    }
}

private enum Batches {
    static func cut<Element>(_ elements: [Element], _ size: Int, dropsLast: Bool) -> [[Element]] {
        guard size > 0 else { trap("batches", "a batch of \(size) elements, expected at least 1") }
        let end = dropsLast ? elements.count / size * size : elements.count
        return stride(from: 0, to: end, by: size).map { Array(elements[$0..<min($0 + size, end)]) }
    }
}
