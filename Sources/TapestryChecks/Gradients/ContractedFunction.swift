import Foundation
import TapestryArrays
import TapestryAutograd

/// A function near one point, evaluated without recording anything: f(x) = Σ c ⊙ y(x) over all its floating-point
/// results y, with fixed cotangents c.
///
/// What is returned are changes f(x′) − f(x), contracted after the subtraction: results that did not change then add no
/// rounding error.
final class ContractedFunction<Input: Module, Output: Module> {
    private let function: (Input) -> Output
    private let point: ModuleTree
    private let seed: UInt64
    /// y at the point.
    private let results: [[Double]]
    /// c, shaped like the results.
    let cotangents: [[Double]]
    private(set) var evaluationCount = 0
    /// Whether the function can be evaluated at many points at once; not if it reads elements.
    private var isBatchable: Bool

    /// - Parameters:
    ///   - function: must draw its random numbers from the current source.
    ///   - point: x, with contiguous parameters.
    init(
        _ function: @escaping (Input) -> Output, at point: ModuleTree, results: [CheckedResult], seed: UInt64,
        isBatchable: Bool = true
    ) {
        self.isBatchable = isBatchable
        self.function = function
        self.point = point
        self.seed = seed
        self.results = results.map(\.elements)
        cotangents = Self.cotangents(for: self.results, seed: seed)
    }

    /// ±(0.5 … 1), so that no result is left out; 1 if there is one number only, whose gradient is then the plain one.
    static func cotangents(for results: [[Double]], seed: UInt64) -> [[Double]] {
        if results.count == 1, results[0].count == 1 { return [[1]] }
        let source = RandomSource(seed: seed)
        return results.map { result in
            Tensor<Double>.uniform([result.count], from: -1, to: 1, using: source).scalars.map {
                ($0 + ($0 < 0 ? -1 : 1)) / 2
            }
        }
    }

    /// f(x′) − f(x) for many points x′, which differ from x in some leaves.
    ///
    /// They are evaluated as batches, if the function allows it: one that reads elements does not.
    ///
    /// - Parameters:
    ///   - leaves: those that are changed.
    ///   - write: changes the elements of one of these leaves for one of the points.
    func changes(
        at count: Int, of leaves: [Int],
        _ write: (_ point: Int, _ leaf: Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double] {
        evaluationCount += count
        let size = leaves.reduce(0) { $0 + point.leaves[$1].value.count }
        let most = max(1, min(Self.batchLimit, Self.elementLimit / max(size, 1)))
        return stride(from: 0, to: count, by: most).flatMap { first -> [Double] in
            let points = first..<min(first + most, count)
            if points.count > 1, isBatchable {
                if let changes = batchedChanges(at: points, of: leaves, write) { return changes }
                isBatchable = false
            }
            return points.map { number in change(leaves.map { copy(of: $0) }, leaves) { write(number, $0, $1) } }
        }
    }

    /// As many points at once as keep what a batch needs small, and their copies of the parameters as well.
    private static var batchLimit: Int { 192 }
    private static var elementLimit: Int { 1 << 22 }

    private func copy(of leaf: Int) -> NDArray { point.leaves[leaf].value.array.copied() }

    /// One point.
    private func change(
        _ arrays: [NDArray], _ leaves: [Int], _ write: (Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) -> Double {
        var tree = point
        for (leaf, array) in zip(leaves, arrays) {
            write(leaf, elements(of: array, in: 0..<array.count))
            tree.leaves[leaf].value = Value(array)
        }
        let output = withRandomSeed(seed) { function(tree.module()) }
        let results = ModuleTree(of: output).leaves.filter(\.isParameter)
        if results.map(\.value.count) != self.results.map(\.count) {
            trap(
                "checkGradients",
                "the function's result changes its shape beside the point; there it is \(results.map(\.value.shape))")
        }
        return results.indices.reduce(0) { sum, index in
            let array = results[index].value.array.contiguous()
            let elements = elements(of: array, in: 0..<array.count)
            return sum
                + self.results[index].withUnsafeBufferPointer {
                    contracted(elements, minus: $0, cotangents[index])
                }
        }
    }

    /// Many points; `nil` if the function reads what a batch has no single value of.
    private func batchedChanges(
        at points: Range<Int>, of leaves: [Int],
        _ write: (_ point: Int, _ leaf: Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double]? {
        // The first example is the point itself: the kernels of a batch may round otherwise than those of one point.
        let batch = leaves.map { leaf in
            let value = point.leaves[leaf].value
            let row = Tensor<Double>(value).unsqueezed(axis: 0)
            let all = row.expanded(to: [points.count + 1] + value.shape).value.array.copied()
            for (number, point) in points.enumerated() {
                write(point, leaf, elements(of: all, in: value.count * (number + 1)..<value.count * (number + 2)))
            }
            return Tensor<Double>(Value(all))
        }
        let output = withRandomSeed(seed) {
            vmapUnlessRead(over: batch) { example in
                var tree = point
                for (leaf, tensor) in zip(leaves, example) { tree.leaves[leaf].value = tensor.value }
                return function(tree.module())
            }
        }
        guard let output else { return nil }
        var changes = [Double](repeating: 0, count: points.count)
        for (index, leaf) in ModuleTree(of: output).leaves.filter(\.isParameter).enumerated() {
            let array = leaf.value.array.contiguous()
            let count = results[index].count
            let base = UnsafeBufferPointer(elements(of: array, in: 0..<count))
            for number in changes.indices {
                let result = elements(of: array, in: count * (number + 1)..<count * (number + 2))
                changes[number] += contracted(result, minus: base, cotangents[index])
            }
        }
        return changes
    }

    private func elements(of array: NDArray, in range: Range<Int>) -> UnsafeMutableBufferPointer<Double> {
        let first = array.pointer.assumingMemoryBound(to: Double.self)
        return UnsafeMutableBufferPointer(start: first + range.lowerBound, count: range.count)
    }

    private func contracted(
        _ result: UnsafeMutableBufferPointer<Double>, minus base: UnsafeBufferPointer<Double>, _ cotangent: [Double]
    ) -> Double {
        var sum = 0.0
        for position in base.indices where result[position] != base[position] {
            sum += cotangent[position] * (result[position] - base[position])
        }
        return sum
    }
}

// MARK: - Rounding noise

extension ContractedFunction {
    /// The rounding noise of f near the point.
    ///
    /// f is sampled at evenly spaced points on a short ray. High differences of the samples, scaled by
    /// (k!)² / (2k)!, keep nothing of a smooth function and all of the noise; their smallest root mean square is the
    /// estimate, but at least one rounding of each result is assumed.
    ///
    /// Reference: J. Moré and S. Wild, "Estimating computational noise", 2011.
    func noise(perturbing leaves: [Int]) -> FunctionNoise {
        let directions = ray(leaves)
        var differences =
            [0]
            + changes(at: Self.sampleCount - 1, of: leaves) { point, leaf, elements in
                let direction = directions[leaf]!
                for position in elements.indices { elements[position] += Double(point + 1) * direction[position] }
            }
        var smallest = Double.infinity
        var scale = 1.0
        for order in 1...Self.highestOrder {
            differences = zip(differences.dropFirst(), differences).map { $0 - $1 }
            scale *= Double(order) / Double(2 * (2 * order - 1))
            guard order >= Self.lowestOrder else { continue }
            smallest = min(smallest, differences.norm * (scale / Double(differences.count)).squareRoot())
        }
        return FunctionNoise(
            deviation: smallest.isFinite ? max(smallest, oneRounding) : oneRounding, rounding: oneRounding)
    }

    private static var sampleCount: Int { 9 }
    private static var lowestOrder: Int { 4 }
    private static var highestOrder: Int { 6 }

    /// ε ‖c ⊙ y‖: every result rounded once, independently of the others.
    private var oneRounding: Double {
        .ulpOfOne / 2 * zip(results, cotangents).joinedProducts { $0 * $1 }.norm
    }

    /// A random direction for each leaf, as long as 2⁻³⁰ of its elements.
    private func ray(_ leaves: [Int]) -> [Int: [Double]] {
        let source = RandomSource(seed: seed &+ 1)
        return Dictionary(
            uniqueKeysWithValues: leaves.map { leaf in
                let elements = point.leaves[leaf].value.array.elements(as: Double.self)
                let signs = Tensor<Double>.uniform([elements.count], from: -1, to: 1, using: source).scalars
                let typical = ElementSize.typical(of: elements)
                // Relative to each element by itself: there may be a pole beside a small one.
                return (leaf, zip(elements, signs).map { scalbn($1 * ($0 == 0 ? typical : $0.magnitude), -30) })
            })
    }
}

extension Zip2Sequence where Sequence1.Element == [Double], Sequence2.Element == [Double] {
    fileprivate func joinedProducts(_ product: (Double, Double) -> Double) -> [Double] {
        flatMap { zip($0, $1).map(product) }
    }
}

extension [Double] {
    /// The Euclidean norm, also where squares are too large or too small for `Double`.
    var norm: Double {
        let largest = reduce(0) { Swift.max($0, $1.magnitude) }
        guard largest > 0, largest.isFinite else { return largest }
        return largest * reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    }
}

/// What steps are relative to.
enum ElementSize {
    /// The root mean square of the elements; 1 if all are zero or it is not finite.
    static func typical(of elements: [Double]) -> Double {
        let norm = elements.norm
        return norm > 0 && norm.isFinite ? norm / Double(elements.count).squareRoot() : 1
    }

    /// The element's own size, but not less than the typical one, as a power of two so that steps are exact.
    static func power(of element: Double, typical: Double) -> Double {
        scalbn(1, Int(max(element.magnitude, typical).exponent))
    }
}
