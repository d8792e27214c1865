import Foundation

/// What is combined, element after element, by a running reduction.
package enum RunningReduction: Sendable, CaseIterable {
    case sum, product, maximum, minimum
    /// log Σ eˣ
    case logSumExp
}

extension NDArray {
    /// The reductions of the first 1, 2, … elements along an axis, in the array's shape; with `reversed` of the last
    /// 1, 2, …, so that the first element of the result is the reduction of all.
    ///
    /// Elements are taken in strictly one after the other: results depend neither on layout nor on threads. Running
    /// values of `float32` are kept in double and each result is rounded once, so an intermediate value beyond the
    /// largest float does no harm. Sums carry along what rounding takes from them, so that the error does not grow
    /// with the count. `int32` wraps. Maximum and minimum become NaN at the first NaN. log Σ eˣ is −inf as long as all
    /// elements are, and +inf from the first +inf on, unless NaN comes.
    ///
    /// Traps for Boolean arrays, and for log Σ eˣ of integers.
    package func running(_ reduction: RunningReduction, axis: Int, reversed: Bool = false) -> NDArray {
        let name = "running \(reduction)"
        let axis = layout.axis(axis, in: name)
        switch elementType {
        case .float32: return running(reduction, of: Float.self, axis, reversed)
        case .float64: return running(reduction, of: Double.self, axis, reversed)
        case .int32:
            switch reduction {
            case .sum: return run(RunningWrappingSum(), axis, reversed)
            case .product: return run(RunningWrappingProduct(), axis, reversed)
            case .maximum: return run(RunningMaximum<Int32>(), axis, reversed)
            case .minimum: return run(RunningMinimum<Int32>(), axis, reversed)
            case .logSumExp: trap(name, "has no meaning for \(elementType)")
            }
        case .bool: trap(name, "has no meaning for \(elementType)")
        }
    }

    private func running<Element: DifferentiableScalar>(
        _ reduction: RunningReduction, of type: Element.Type, _ axis: Int, _ reversed: Bool
    ) -> NDArray {
        switch reduction {
        case .sum: run(RunningSum<Element>(), axis, reversed)
        case .product: run(RunningProduct<Element>(), axis, reversed)
        case .maximum: run(RunningMaximum<Element>(), axis, reversed)
        case .minimum: run(RunningMinimum<Element>(), axis, reversed)
        case .logSumExp: run(RunningLogSumExp<Element>(), axis, reversed)
        }
    }

    private func run<Running: RunningValue>(_ start: Running, _ axis: Int, _ reversed: Bool) -> NDArray {
        let result = NDArray(uninitialized: layout.contiguous, elementType)
        let (extent, stride, step) = (shape[axis], layout.strides[axis], result.layout.strides[axis])
        let source = pointer.assumingMemoryBound(to: Running.Element.self)
        let out = result.pointer.assumingMemoryBound(to: Running.Element.self)
        let lines = Lines(shape: shape, along: axis) {
            SIMD4(result.layout.strides[$0], layout.strides[$0], 0, 0)
        }
        lines.forEach(length: extent) { offsets in
            let (to, from) = (out + offsets[0], source + offsets[1])
            var running = start
            for count in 0..<extent {
                let position = reversed ? extent - 1 - count : count
                to[position * step] = running.taking(from[position * stride])
            }
        }
        return result
    }
}

/// The state of a running reduction.
private protocol RunningValue {
    associatedtype Element: TensorScalar
    /// Takes in the next element, and gives the reduction of all so far.
    mutating func taking(_ element: Element) -> Element
}

/// Σ x with Neumaier's variant of Kahan's summation.
///
/// Reference: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
private struct RunningSum<Element: DifferentiableScalar>: RunningValue {
    private var sum = 0.0
    /// What rounding has taken from the sum.
    private var lost = 0.0

    mutating func taking(_ element: Element) -> Element {
        let x = Double(element)
        let total = sum + x
        lost += sum.magnitude >= x.magnitude ? (sum - total) + x : (x - total) + sum
        sum = total
        // Once the sum is infinite, what it has lost is NaN.
        return Element(sum.isFinite ? sum + lost : sum)
    }

    mutating func scale(by factor: Double) {
        sum *= factor
        lost *= factor
    }
}

private struct RunningProduct<Element: DifferentiableScalar>: RunningValue {
    private var product = 1.0

    mutating func taking(_ element: Element) -> Element {
        product *= Double(element)
        return Element(product)
    }
}

/// log Σ eˣ = r + log Σ eˣ⁻ʳ.
private struct RunningLogSumExp<Element: DifferentiableScalar>: RunningValue {
    /// r: not far below the greatest element so far.
    private var reference = -Double.infinity
    private var sum = RunningSum<Double>()
    /// What +inf and NaN add up to.
    private var excess = 0.0

    mutating func taking(_ element: Element) -> Element {
        let x = Double(element)
        if x.isNaN || x == .infinity { excess += x }
        if excess != 0 { return Element(excess) }
        // In steps of at least 1: at each of them what was summed shrinks by e, and its rounding errors with it.
        if x > reference + 1 {
            sum.scale(by: exp(reference - x))
            reference = x
        }
        let total = sum.taking(x == -.infinity ? 0 : exp(x - reference))
        return Element(reference + log(total))
    }
}

private struct RunningMaximum<Element: TensorScalar & Comparable>: RunningValue {
    private var greatest: Element?

    mutating func taking(_ element: Element) -> Element {
        // NaN differs from itself; nothing is greater than it once it is there.
        guard let greatest, !(element > greatest), element == element else {
            self.greatest = element
            return element
        }
        return greatest
    }
}

private struct RunningMinimum<Element: TensorScalar & Comparable>: RunningValue {
    private var least: Element?

    mutating func taking(_ element: Element) -> Element {
        guard let least, !(element < least), element == element else {
            self.least = element
            return element
        }
        return least
    }
}

private struct RunningWrappingSum: RunningValue {
    private var sum: Int32 = 0

    mutating func taking(_ element: Int32) -> Int32 {
        sum &+= element
        return sum
    }
}

private struct RunningWrappingProduct: RunningValue {
    private var product: Int32 = 1

    mutating func taking(_ element: Int32) -> Int32 {
        product &*= element
        return product
    }
}
