import TapestryAutograd

/// The check of one block: which derivatives are probed, and what they say together.
struct BlockCheck {
    let block: ParameterBlock
    /// The elements of the parameter, and of its gradient.
    let values: [Double]
    let gradient: [Double]
    /// The rounding noise of the function.
    let noise: FunctionNoise
    /// How far rounding may have each element of the gradient off, where it was measured.
    let gradientNoise: [Double]?
    let tolerance: GradientTolerance
    /// The order of the derivative.
    let order: Int

    /// A probe for each element of a sample.
    func elements(_ sample: [Int]) -> ProbeGroup {
        let probes = sample.map { number in
            let element = block.elements[number]
            let size = ElementSize.power(of: values[element], typical: typical)
            let quotient = DifferenceQuotient(element: values[element], size: size, noise: noise)
            return DifferenceProbe(
                leaf: block.leaf, path: .element(element), reverse: gradient[element],
                reverseNoise: gradientNoise(of: element), search: DifferenceSearch(quotient))
        }
        let scale = ownGradient.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
        return ProbeGroup(probes, scale: scale, tolerance: tolerance)
    }

    /// Probes along random directions, whose parts are normally distributed: an error e of the gradient shows in each
    /// with the standard deviation ‖e‖.
    func projections(_ count: Int, using source: RandomSource) -> ProbeGroup {
        let probes = (0..<count).map { _ in
            let direction = Tensor<Double>.normal([block.elements.count], using: source).scalars
            let reverse = zip(ownGradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let quotient = DifferenceQuotient(
                element: 0, size: ElementSize.power(of: 0, typical: typical), noise: noise)
            return DifferenceProbe(
                leaf: block.leaf, path: .direction(direction, of: block.elements), reverse: reverse,
                reverseNoise: zip(block.elements, direction).reduce(0) {
                    $0 + gradientNoise(of: $1.0) * $1.1.magnitude
                },
                search: DifferenceSearch(quotient))
        }
        let norm = ownGradient.norm
        return ProbeGroup(probes, scale: norm.isFinite ? norm : 0, tolerance: tolerance)
    }

    /// What of an element's gradient may be rounding.
    func gradientNoise(of element: Int) -> Double {
        gradientNoise.map { $0[element].isFinite ? $0[element] : 0 } ?? 0
    }

    /// The root mean square of the block's elements.
    var typical: Double { ElementSize.typical(of: block.elements.map { values[$0] }) }
    private var ownGradient: [Double] { block.elements.map { gradient[$0] } }

    /// What the probes say.
    ///
    /// - Parameters:
    ///   - sample: the numbers of the probed elements; none for projections.
    ///   - forward: what forward mode says of one element.
    func result(
        _ group: ProbeGroup, of sample: [Int]?, adjoint: AdjointTest, forward: (_ element: Int) -> Double
    ) -> GradientBlock {
        let elements = group.probes.indices.map { index in
            let estimate = group.estimate(index)
            return GradientElement(
                position: sample.map { ElementPosition.of($0[index], in: block.shape) },
                reverse: group.probes[index].reverse, difference: estimate.value, differenceError: estimate.error,
                finding: group.finding(index))
        }
        var result = GradientBlock(
            parameter: block.parameter, part: block.part, scale: group.scale, shape: block.shape,
            elementCount: block.elements.count, elements: elements, adjoint: adjoint,
            verdict: verdict(elements, adjoint))
        // What forward mode says of the worst element tells which mode is wrong.
        if result.verdict == .wrong, let sample, let worst = result.worstIndex {
            result.elements[worst].forward = forward(block.elements[sample[worst]])
        }
        return result
    }

    private func verdict(_ elements: [GradientElement], _ adjoint: AdjointTest) -> GradientVerdict {
        let counts = Dictionary(grouping: elements, by: \.finding).mapValues(\.count)
        if counts[.wrong] != nil || !adjoint.agrees { return .wrong }
        // A derivative of a gradient that was checked and does not change at all is zero. (Of the function itself, that
        // may as well be an operand that nothing reads.)
        if order > 1, adjoint.isFinite,
            elements.allSatisfy({ $0.reverse == 0 && $0.difference == 0 && $0.finding == .noise })
        {
            return .correct
        }
        let informative = Double(counts[.correct] ?? 0)
        let isInformed = informative > 0 && informative >= tolerance.informativeShare * Double(elements.count)
        return isInformed && counts[.notFinite] == nil && adjoint.isFinite ? .correct : .inconclusive
    }
}
