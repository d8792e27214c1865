import TapestryAutograd

/// An element of a parameter, in row-major order, with another value.
struct ElementValue {
    let element: Int
    let value: Double

    init(_ element: Int, _ value: Double) { (self.element, self.value) = (element, value) }
}

/// The check of one block against differences.
struct BlockCheck {
    let block: ParameterBlock
    /// The elements of the parameter, and of its gradient.
    let values: [Double]
    let gradient: [Double]
    /// The rounding noise of the function.
    let noise: Double
    let tolerance: GradientTolerance

    /// - Parameters:
    ///   - sample: the numbers of the elements to check.
    ///   - changes: by how much the function changes when an element gets another value, for many of them at once.
    func result(of sample: [Int], changes: ([ElementValue]) -> [Double]) -> GradientBlock {
        let (estimates, scale) = estimates(of: sample, changes)
        let elements = zip(sample, estimates).map { number, estimate in
            let reverse = gradient[block.elements[number]]
            return GradientElement(
                position: ElementPosition.of(number, in: block.shape), reverse: reverse, difference: estimate.value,
                differenceError: estimate.error, finding: finding(reverse, estimate, scale))
        }
        return GradientBlock(
            parameter: block.parameter, part: block.part, scale: scale, elementCount: block.elements.count,
            elements: elements, verdict: verdict(elements))
    }

    /// The differences of all elements in the sample, and the block's scale.
    private func estimates(
        of sample: [Int], _ changes: ([ElementValue]) -> [Double]
    ) -> (estimates: [DifferenceEstimate], scale: Double) {
        let typical = ElementSize.typical(of: block.elements.map { values[$0] })
        let elements = sample.map { block.elements[$0] }
        var searches = elements.map { element in
            DifferenceSearch(
                DifferenceQuotient(
                    element: values[element], size: ElementSize.power(of: values[element], typical: typical),
                    noise: noise))
        }
        var scale = block.elements.lazy.map { gradient[$0].magnitude }.filter(\.isFinite).max() ?? 0

        /// Goes on with every search that has a step to try, until none has.
        func run(_ chosen: [Int], startingAt exponent: Int) {
            for index in chosen { searches[index].start(at: exponent) }
            advance(chosen)
        }
        func advance(_ chosen: [Int]) {
            var open = chosen
            while !open.isEmpty {
                let values = open.flatMap { index in
                    searches[index].quotient.values(searches[index].next!).map { ElementValue(elements[index], $0) }
                }
                let changed = changes(values)
                let goal = tolerance.relative * scale
                for (number, index) in open.enumerated() {
                    let first = number * DifferenceQuotient.valueCount
                    searches[index].receive(changed[first..<first + DifferenceQuotient.valueCount], goal: goal)
                }
                for index in open {
                    guard let estimate = searches[index].estimate, estimate.isSmooth else { continue }
                    scale = max(scale, estimate.value.magnitude - estimate.error)
                }
                open = open.filter { searches[$0].next != nil }
            }
        }

        // The step that suits a few elements likely suits the others.
        let pilots = Array(Set([0, sample.count / 2, sample.count - 1])).sorted()
        run(pilots, startingAt: DifferenceSearch.firstExponent)
        let exponent = pilots.lazy.compactMap { searches[$0].estimate }
            .first { $0.isSmooth && $0.error <= tolerance.relative * scale }?.exponent
        run(
            searches.indices.filter { !pilots.contains($0) },
            startingAt: exponent ?? DifferenceSearch.firstExponent)

        // Where a higher derivative jumps inside the step, the estimated error can be too small. So wrong is only what
        // a second step calls wrong too.
        let allowed = tolerance.relative * scale
        let suspicious = searches.indices.filter {
            isSuspicious(searches[$0].estimate!, reverse: gradient[elements[$0]], allowed)
        }
        for index in suspicious { searches[index].takeSecondOpinion() }
        advance(suspicious)
        let estimates = searches.indices.map { index in
            let estimate = searches[index].estimate!
            guard let second = searches[index].secondOpinion else { return estimate }
            return isSuspicious(second, reverse: gradient[elements[index]], allowed) ? estimate : second
        }
        return (estimates, scale)
    }

    private func isSuspicious(_ estimate: DifferenceEstimate, reverse: Double, _ allowed: Double) -> Bool {
        estimate.isSmooth && (reverse - estimate.value).magnitude > allowed + estimate.error
    }

    private func finding(_ reverse: Double, _ estimate: DifferenceEstimate, _ scale: Double) -> GradientFinding {
        let allowed = tolerance.relative * scale
        guard reverse.isFinite, estimate.value.isFinite, estimate.error.isFinite else { return .notFinite }
        if let (slopes, error) = estimate.kink {
            let slack = allowed + error
            return (slopes.lowerBound - slack...slopes.upperBound + slack).contains(reverse) ? .kink : .wrong
        }
        if !estimate.isSettled { return .unsettled }
        if isSuspicious(estimate, reverse: reverse, allowed) { return .wrong }
        // A block of zeros has no scale to compare with: all that was seen is noise.
        return scale > 0 && estimate.error <= tolerance.resolution * scale ? .correct : .noise
    }

    private func verdict(_ elements: [GradientElement]) -> GradientVerdict {
        let counts = Dictionary(grouping: elements, by: \.finding).mapValues(\.count)
        if counts[.wrong] != nil { return .wrong }
        let informative = Double(counts[.correct] ?? 0)
        let isInformed = informative > 0 && informative >= tolerance.informativeShare * Double(elements.count)
        return isInformed && counts[.notFinite] == nil ? .correct : .inconclusive
    }
}
