import TapestryAutograd

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
    ///   - change: by how much the function changes when an element gets another value.
    func result(of sample: [Int], change: (_ element: Int, _ value: Double) -> Double) -> GradientBlock {
        let (estimates, scale) = estimates(of: sample, change)
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
        of sample: [Int], _ change: (Int, Double) -> Double
    ) -> (estimates: [DifferenceEstimate], scale: Double) {
        let typical = ElementSize.typical(of: block.elements.map { values[$0] })
        var scale = block.elements.lazy.map { gradient[$0].magnitude }.filter(\.isFinite).max() ?? 0
        var exponent = DifferenceQuotient.firstExponent
        let estimates = sample.map { number in
            let element = block.elements[number]
            let goal = tolerance.relative * scale
            let estimate = estimate(element, typical: typical, goal: goal, startingAt: exponent, change)
            // The step that suited this element likely suits the next one.
            if estimate.isSmooth {
                if estimate.error <= goal { exponent = estimate.exponent }
                scale = max(scale, estimate.value.magnitude - estimate.error)
            }
            return estimate
        }
        return (estimates, scale)
    }

    private func estimate(
        _ element: Int, typical: Double, goal: Double, startingAt exponent: Int, _ change: (Int, Double) -> Double
    ) -> DifferenceEstimate {
        withoutActuallyEscaping({ change(element, $0) }) { change in
            let quotient = DifferenceQuotient(
                element: values[element], size: ElementSize.power(of: values[element], typical: typical),
                noise: noise, change: change)
            let estimate = quotient.estimate(goal: goal, startingAt: exponent)
            guard isSuspicious(estimate, reverse: gradient[element], goal) else { return estimate }
            // Where a higher derivative jumps inside the step, the estimated error can be too small. So wrong is only
            // what a second step calls wrong too.
            let second = quotient.estimate(after: estimate, goal: goal)
            return isSuspicious(second, reverse: gradient[element], goal) ? estimate : second
        }
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
