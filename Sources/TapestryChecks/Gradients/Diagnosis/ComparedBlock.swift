/// A wrong block, ready to be compared with what it might be.
struct ComparedBlock {
    /// A number and how far it may be off.
    struct Estimate {
        let value: Double
        let error: Double
    }

    let block: GradientBlock
    let shape: [Int]
    /// What reverse mode gave, by the number of the element in the block, where differences can be relied on.
    let reverse: [Int: Double]
    /// What differences gave.
    let differences: [Int: Estimate]
    /// The numbers of the wrong elements.
    let wrong: Set<Int>
    /// What is too small to count.
    let slack: Double

    init(_ block: GradientBlock, shape: [Int], tolerance: GradientTolerance) {
        self.block = block
        self.shape = shape
        slack = tolerance.relative * block.scale
        let told = block.elements.filter { [.correct, .wrong, .noise].contains($0.finding) && $0.position != nil }
        let numbered = told.map { (ElementPosition.number(of: $0.position!, in: shape), $0) }
        wrong = Set(numbered.filter { $0.1.finding == .wrong }.map(\.0))
        reverse = Dictionary(uniqueKeysWithValues: numbered.map { ($0, $1.reverse) })
        differences = Dictionary(
            uniqueKeysWithValues: numbered.map { ($0, Estimate(value: $1.difference, error: $1.differenceError)) })
    }

    /// Whether the gradient, at all of some elements, is what is expected there.
    ///
    /// - Parameter expected: `nil` where it is not known. It must be known for most of the elements, and of the wrong
    ///   ones, which it is to explain.
    func isReverse(at numbers: some Sequence<Int>, _ expected: (Int) -> Estimate?) -> Bool {
        var (asked, known) = (0, 0)
        var (wrongAsked, wrongKnown) = (0, 0)
        for number in numbers {
            guard let g = reverse[number] else { continue }
            let isWrong = wrong.contains(number)
            asked += 1
            if isWrong { wrongAsked += 1 }
            guard let estimate = expected(number) else { continue }
            known += 1
            if isWrong { wrongKnown += 1 }
            // A NaN is not what is expected, either.
            guard (g - estimate.value).magnitude <= 2 * slack + estimate.error else { return false }
        }
        return known > 0 && 2 * known >= asked && 2 * wrongKnown >= wrongAsked
    }

    func isReverse(_ expected: (Int) -> Estimate?) -> Bool { isReverse(at: reverse.keys, expected) }

    func isReverse(_ expected: [Double]) -> Bool {
        expected.count == shape.reduce(1, *) && isReverse { Estimate(value: expected[$0], error: 0) }
    }
}

extension ElementPosition {
    /// The number in row-major order of the element at a position.
    static func number(of position: [Int], in shape: [Int]) -> Int {
        zip(position, shape).reduce(0) { $0 * $1.1 + $1.0 }
    }
}
