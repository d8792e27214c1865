import TapestryAutograd

/// One derivative that is held against differences: along an element of a parameter, or along a direction in one of its
/// blocks.
struct DifferenceProbe {
    enum Path {
        /// The coordinate is the element itself.
        case element(Int)
        /// The coordinate t moves these elements by t times their part of the direction.
        case direction([Double], of: [Int])
    }

    /// The parameter, among the leaves of the module.
    let leaf: Int
    let path: Path
    /// What the reverse walk says.
    let reverse: Double
    /// How far rounding may have that off, where it was measured.
    let reverseNoise: Double
    var search: DifferenceSearch
    /// Whether the function has its kink here together with other elements, as at a tie.
    var sharesKink = false

    /// Gives the coordinate another value.
    func write(_ value: Double, into elements: UnsafeMutableBufferPointer<Double>) {
        switch path {
        case .element(let element): elements[element] = value
        case .direction(let direction, let numbers):
            for (number, part) in zip(numbers, direction) { elements[number] += value * part }
        }
    }
}

/// The probes of one block, which share its scale.
struct ProbeGroup {
    var probes: [DifferenceProbe]
    /// The largest magnitude of the derivative in the block.
    private(set) var scale: Double
    let tolerance: GradientTolerance

    init(_ probes: [DifferenceProbe], scale: Double, tolerance: GradientTolerance) {
        self.probes = probes
        self.scale = scale
        self.tolerance = tolerance
    }

    /// The error that is small enough to be content with.
    private var goal: Double { tolerance.relative * scale }

    /// Many coordinates with other values, and by how much the function changes with each.
    typealias Changes = ([(probe: DifferenceProbe, value: Double)]) -> [Double]

    /// Searches the step of every probe of every group, all of them at once.
    static func settle(_ groups: inout [ProbeGroup], _ changes: Changes) {
        // The step that suits a few probes likely suits the others.
        let pilots = groups.map { Set([0, $0.probes.count / 2, $0.probes.count - 1]).sorted() }
        start(&groups, pilots.map { $0.map { ($0, DifferenceSearch.firstExponent) } })
        advance(&groups, changes)
        let others = groups.indices.map { index in
            let exponent = groups[index].suitableExponent(pilots[index]) ?? DifferenceSearch.firstExponent
            return groups[index].probes.indices.filter { !pilots[index].contains($0) }.map { ($0, exponent) }
        }
        start(&groups, others)
        advance(&groups, changes)
        // Where a higher derivative jumps inside the step, the estimated error can be too small. So wrong is only what
        // a second step calls wrong too.
        for index in groups.indices { groups[index].askAgain { $0.takeSecondOpinion() } }
        advance(&groups, changes)
        for index in groups.indices { groups[index].askAgain { $0.takeOpinionOfItsSize() } }
        advance(&groups, changes)
        for index in groups.indices { groups[index].askAgain { $0.takeOpinionOfSmallStep() } }
        advance(&groups, changes)
    }

    private static func start(_ groups: inout [ProbeGroup], _ exponents: [[(probe: Int, exponent: Int)]]) {
        for (index, chosen) in exponents.enumerated() {
            for (probe, exponent) in chosen { groups[index].probes[probe].search.start(at: exponent) }
        }
    }

    /// Goes on with every search that has a step to try, until none has.
    private static func advance(_ groups: inout [ProbeGroup], _ changes: Changes) {
        while true {
            let open = groups.indices.flatMap { group in
                groups[group].probes.indices.filter { groups[group].probes[$0].search.next != nil }.map { (group, $0) }
            }
            if open.isEmpty { return }
            let changed = changes(
                open.flatMap { group, index in
                    let probe = groups[group].probes[index]
                    return probe.search.quotient.values(probe.search.next!).map { (probe, $0) }
                })
            for (number, (group, index)) in open.enumerated() {
                let first = number * DifferenceQuotient.valueCount
                let goal = groups[group].goal
                groups[group].probes[index].search.receive(
                    changed[first..<first + DifferenceQuotient.valueCount], goal: goal)
            }
            for (group, index) in open { groups[group].learnScale(from: index) }
        }
    }

    private mutating func learnScale(from index: Int) {
        guard let estimate = probes[index].search.estimate, estimate.isSmooth else { return }
        scale = max(scale, estimate.value.magnitude - estimate.error)
    }

    private func suitableExponent(_ pilots: [Int]) -> Int? {
        pilots.lazy.compactMap { probes[$0].search.estimate }.first { $0.isSmooth && $0.error <= goal }?.exponent
    }

    /// Has the probes that differ from the gradient, and of which no other step has said anything else, look at one
    /// more.
    private mutating func askAgain(_ ask: (inout DifferenceSearch) -> Void) {
        for index in probes.indices where isSuspicious(probes[index].search.estimate!, probes[index]) {
            if [.wrong, .unsettled].contains(finding(index)) { ask(&probes[index].search) }
        }
    }

    private func isSuspicious(_ estimate: DifferenceEstimate, _ probe: DifferenceProbe) -> Bool {
        estimate.isSmooth
            && (probe.reverse - estimate.value).magnitude > goal + estimate.error + probe.reverseNoise
    }

    /// What the differences of a probe say in the end: what a second step says if it does not call the gradient wrong,
    /// or a much smaller one, if that contradicts the first and is not just less exact.
    func estimate(_ index: Int) -> DifferenceEstimate {
        let search = probes[index].search
        let first = search.estimate!
        let others = search.otherOpinions
        let muchSmaller = others.dropFirst().first { other in
            other.isSmooth && !isSuspicious(other, probes[index])
                && (other.value - first.value).magnitude > other.error + first.error
        }
        if let muchSmaller { return muchSmaller }
        guard let second = others.first, !isSuspicious(second, probes[index]) else { return first }
        return second
    }

    /// What the comparison of a probe says.
    func finding(_ index: Int) -> GradientFinding {
        let (estimate, reverse) = (estimate(index), probes[index].reverse)
        guard reverse.isFinite, estimate.value.isFinite, estimate.error.isFinite else { return .notFinite }
        if let (slopes, error) = estimate.kink {
            let slack = goal + error + probes[index].reverseNoise
            let isBetween = (slopes.lowerBound - slack...slopes.upperBound + slack).contains(reverse)
            return isBetween || probes[index].sharesKink ? .kink : .wrong
        }
        if !estimate.isSettled { return .unsettled }
        if isSuspicious(estimate, probes[index]) {
            let quotient = probes[index].search.quotient
            if !quotient.noise.isConvincing(estimate.exponent) { return .noise }
            let isTooFast = quotient.isTooFast(slope: reverse, largest: scale, difference: estimate.value)
            return isTooFast ? .unsettled : .wrong
        }
        // A block of zeros has no scale to compare with: all that was seen is noise.
        let error = estimate.error + probes[index].reverseNoise
        return scale > 0 && error <= tolerance.resolution * scale ? .correct : .noise
    }
}
