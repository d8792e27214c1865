import Foundation

/// What is combined, element after element, by a running reduction.
package enum RunningReduction: Sendable, CaseIterable {
    case sum
    /// log Σ eˣ
    case logSumExp
    /// log Σ eˣ over the elements before, minus the element: the logarithm of their weight over its own.
    case logOdds
}

extension NDArray {
    /// The reductions of the first 1, 2, … elements along an axis, in the array's shape; with `reversed` of the last
    /// 1, 2, …, so that the first element of the result is the reduction of all.
    ///
    /// Elements are taken in strictly one after the other: results depend neither on layout nor on threads. Running
    /// values of `float32` are kept in double and each result is rounded once, so an intermediate value beyond the
    /// largest float does no harm. Sums carry along what rounding takes from them, so that the error does not grow
    /// with the count. `int32` wraps. log Σ eˣ is −inf as long as all elements are, and +inf from the first +inf on,
    /// unless NaN comes. Equal infinities have equal weights in the odds; those of the first element are −inf.
    ///
    /// Traps for Boolean arrays, and for what has logarithms of integers.
    package func running(_ reduction: RunningReduction, axis: Int, reversed: Bool = false) -> NDArray {
        let name = "running \(reduction)"
        let axis = layout.axis(axis, in: name)
        switch (elementType, reduction) {
        case (.float32, .sum): return run(RunningSum<Float>(), axis, reversed)
        case (.float64, .sum): return run(RunningSum<Double>(), axis, reversed)
        case (.int32, .sum): return run(RunningWrappingSum(), axis, reversed)
        case (.float32, .logSumExp): return run(RunningLogSumExp<Float>(), axis, reversed)
        case (.float64, .logSumExp): return run(RunningLogSumExp<Double>(), axis, reversed)
        case (.float32, .logOdds): return run(RunningLogOdds<Float>(), axis, reversed)
        case (.float64, .logOdds): return run(RunningLogOdds<Double>(), axis, reversed)
        case (.int32, .logSumExp), (.int32, .logOdds), (.bool, _): trap(name, "has no meaning for \(elementType)")
        }
    }

    /// The position of what a running maximum (or minimum) is, up to every element of an axis, as `int32`: of equal
    /// elements the first one, of NaN the first one from where it is.
    package func runningPositions(maximum: Bool, axis: Int) -> NDArray {
        let name = maximum ? "cumulativeMax" : "cumulativeMin"
        let axis = layout.axis(axis, in: name)
        checkPositions(alongAxis: axis, name)
        switch elementType {
        case .float32: return run(RunningPosition<Float>(maximum: maximum), axis, false)
        case .float64: return run(RunningPosition<Double>(maximum: maximum), axis, false)
        case .int32: return run(RunningPosition<Int32>(maximum: maximum), axis, false)
        case .bool: trap(name, "has no meaning for \(elementType)")
        }
    }

    private func run<Running: RunningValue>(_ start: Running, _ axis: Int, _ reversed: Bool) -> NDArray {
        let result = NDArray(uninitialized: layout.contiguous, Running.Result.elementType)
        let extent = shape[axis]
        let (stride, step) = (layout.strides[axis], result.layout.strides[axis])
        let source = pointer.assumingMemoryBound(to: Running.Element.self)
        let out = result.pointer.assumingMemoryBound(to: Running.Result.self)
        let lines = Lines(shape: shape, along: axis) {
            SIMD4(result.layout.strides[$0], layout.strides[$0], 0, 0)
        }
        lines.forEachBlock(length: extent, step: step) { offsets, steps, count in
            func position(_ taken: Int) -> Int { reversed ? extent - 1 - taken : taken }
            let (to, from) = (out + offsets[0], source + offsets[1])
            if count == 1 {
                // The state stays in registers.
                var running = start
                for taken in 0..<extent {
                    to[position(taken) * step] = running.taking(from[position(taken) * stride])
                }
                return
            }
            withUnsafeTemporaryAllocation(of: Running.self, capacity: count) { running in
                running.initialize(repeating: start)
                for taken in 0..<extent {
                    let (to, from) = (to + position(taken) * step, from + position(taken) * stride)
                    for line in 0..<count { to[line * steps[0]] = running[line].taking(from[line * steps[1]]) }
                }
            }
        }
        return result
    }
}

/// The state of a running reduction.
private protocol RunningValue: BitwiseCopyable {
    associatedtype Element: TensorScalar
    associatedtype Result: TensorScalar
    /// Takes in the next element, and gives the reduction of all so far.
    mutating func taking(_ element: Element) -> Result
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

    var total: Double { sum + lost }

    mutating func scale(by factor: Double) {
        sum *= factor
        lost *= factor
    }
}

/// Σ eˣ of finite numbers and −inf, as eʳ Σ eˣ⁻ʳ.
private struct RunningPowers: BitwiseCopyable {
    /// r: not far below the greatest element so far.
    private var reference = -Double.infinity
    private var sum = RunningSum<Double>()

    mutating func add(_ x: Double) {
        // In steps of at least 1: at each of them what was summed shrinks by e, and its rounding errors with it.
        if x > reference + 1 {
            sum.scale(by: exp(reference - x))
            reference = x
        }
        _ = sum.taking(x == -.infinity ? 0 : exp(x - reference))
    }

    /// The logarithm minus x, from the reference: the difference of the two numbers would have their rounding errors.
    func logarithm(minus x: Double = 0) -> Double { (reference - x) + log(sum.total) }
}

private struct RunningLogSumExp<Element: DifferentiableScalar>: RunningValue {
    private var powers = RunningPowers()
    /// What +inf and NaN add up to.
    private var excess = 0.0

    mutating func taking(_ element: Element) -> Element {
        let x = Double(element)
        if x.isNaN || x == .infinity { excess += x }
        if excess != 0 { return Element(excess) }
        powers.add(x)
        return Element(powers.logarithm())
    }
}

/// log Σ eˣ of the elements so far, minus the next one.
private struct RunningLogOdds<Element: DifferentiableScalar>: RunningValue {
    private var powers = RunningPowers()
    private var hasFinite = false
    private var leastCount = 0.0
    private var greatestCount = 0.0
    private var hasNaN = false

    mutating func taking(_ element: Element) -> Element {
        let x = Double(element)
        let odds = odds(to: x)
        if x.isFinite {
            powers.add(x)
            hasFinite = true
        } else if x.isNaN {
            hasNaN = true
        } else if x > 0 {
            greatestCount += 1
        } else {
            leastCount += 1
        }
        return Element(odds)
    }

    private func odds(to x: Double) -> Double {
        if hasNaN || x.isNaN { return .nan }
        // The greatest elements, if they are infinite, count alone.
        if x == .infinity || greatestCount > 0 { return x == .infinity ? log(greatestCount) : .infinity }
        if !hasFinite { return x == -.infinity ? log(leastCount) : -.infinity }
        return powers.logarithm(minus: x)
    }
}

private struct RunningWrappingSum: RunningValue {
    private var sum: Int32 = 0

    mutating func taking(_ element: Int32) -> Int32 {
        sum &+= element
        return sum
    }
}

/// Where the greatest element so far is, or the least.
private struct RunningPosition<Element: TensorScalar & Comparable & Numeric>: RunningValue {
    private let maximum: Bool
    private var best: Element = 0
    private var position: Int32 = 0
    private var count: Int32 = 0

    init(maximum: Bool) { self.maximum = maximum }

    mutating func taking(_ element: Element) -> Int32 {
        let isBetter = maximum ? element > best : element < best
        // NaN differs from itself; nothing is better than it once it is there.
        if count == 0 || isBetter || element != element && best == best { (best, position) = (element, count) }
        count &+= 1
        return position
    }
}
