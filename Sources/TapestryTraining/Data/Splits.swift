import TapestryArrays
import TapestryAutograd

extension RandomAccessCollection {
    /// The elements in parts that have these shares of them and of each class, to within one element. Elements that the
    /// source draws are in each part, in the collection's order; what the shares leave is in no part.
    ///
    /// - Parameters:
    ///   - shares: Such as `[0.8, 0.1, 0.1]`. Traps if one is negative or they exceed 1.
    ///   - label: The class of an element.
    ///   - source: Draws the elements.
    public func split<Label: Hashable>(
        _ shares: [Double], stratifiedBy label: (Element) -> Label, shuffledBy source: RandomSource
    ) -> [[Element]] {
        var deal = Deal(shares, in: "split")
        let elements = Array(self)
        var classes: [Label: [Int]] = [:]
        var order: [Label] = []
        for index in source.permutation(elements.count) {
            let label = label(elements[index])
            if classes[label] == nil { order.append(label) }
            classes[label, default: []].append(index)
        }
        // Class after class goes to the part that is furthest behind its share, so that no class favours a part.
        for label in order {
            var own = Deal(shares, in: "split")
            for index in classes[label]! {
                let part = own.next(of: 1, breakingTiesBy: deal)
                own.give(1, to: part)
                deal.give(1, to: part)
                deal.members[part].append(index)
            }
        }
        return deal.parts.map { $0.sorted().map { elements[$0] } }
    }

    /// The elements in parts that have about these shares of them, where all elements of a group are in one part:
    /// sentences of one speaker, pictures of one patient. The groups that the source draws are in each part, in the
    /// collection's order.
    ///
    /// - Parameters:
    ///   - shares: Such as `[0.8, 0.1, 0.1]`. Traps if one is negative or they exceed 1.
    ///   - group: The group of an element.
    ///   - source: Draws the groups.
    public func split<Group: Hashable>(
        _ shares: [Double], groupedBy group: (Element) -> Group, shuffledBy source: RandomSource
    ) -> [[Element]] {
        var deal = Deal(shares, in: "split")
        let elements = Array(self)
        var groups: [Group: [Int]] = [:]
        var order: [Group] = []
        for index in elements.indices {
            let group = group(elements[index])
            if groups[group] == nil { order.append(group) }
            groups[group, default: []].append(index)
        }
        // Large groups first: small ones then fill what is left.
        let drawn = source.permutation(order.count).map { groups[order[$0]]! }
        let sorted = drawn.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
        for (_, members) in sorted {
            let part = deal.next(of: elements.count)
            deal.give(members.count, to: part)
            deal.members[part] += members
        }
        return deal.parts.map { $0.sorted().map { elements[$0] } }
    }
}

/// Gives elements to parts so that each has its share.
private struct Deal {
    /// With a last one for what the shares leave.
    private let shares: [Double]
    private var given: [Int]
    var members: [[Int]]

    init(_ shares: [Double], in operation: String) {
        let total = shares.reduce(0, +)
        guard shares.allSatisfy({ $0 >= 0 }), total <= 1 + 1e-9 else {
            trap(operation, "shares of \(shares) add up to \(total); none may be negative, nor all exceed 1")
        }
        self.shares = shares + [max(1 - total, 0)]
        given = Array(repeating: 0, count: shares.count + 1)
        members = Array(repeating: [], count: shares.count + 1)
    }

    var parts: ArraySlice<[Int]> { members.dropLast() }

    private func lack(_ part: Int, of total: Double) -> Double { shares[part] * total - Double(given[part]) }

    /// The part that lacks most. `total` is how many there will be in all, or 1 for as many as were given and one more.
    func next(of total: Int, breakingTiesBy other: Deal? = nil) -> Int {
        let sum = Double(total == 1 ? given.reduce(1, +) : total)
        let others = Double(other.map { $0.given.reduce(1, +) } ?? 0)
        return shares.indices.filter { shares[$0] > 1e-9 }.max { a, b in
            let (lackA, lackB) = (lack(a, of: sum), lack(b, of: sum))
            // Shares such as 0.1 are not exact, so neither are ties.
            if abs(lackA - lackB) > 1e-9 { return lackA < lackB }
            guard let other else { return a > b }
            let (first, second) = (other.lack(a, of: others), other.lack(b, of: others))
            return abs(first - second) > 1e-9 ? first < second : a > b
        } ?? shares.count - 1
    }

    mutating func give(_ count: Int, to part: Int) { given[part] += count }
}
