import Foundation
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

    /// - Parameters:
    ///   - function: must draw its random numbers from the current source.
    ///   - point: x, with contiguous parameters.
    init(
        _ function: @escaping (Input) -> Output, at point: ModuleTree, results: [CheckedResult], seed: UInt64
    ) {
        self.function = function
        self.point = point
        self.seed = seed
        self.results = results.map(\.elements)
        cotangents = Self.cotangents(for: self.results, seed: seed)
    }

    /// ±(0.5 … 1), so that no result is left out; 1 if there is one number only, whose gradient is then the plain one.
    private static func cotangents(for results: [[Double]], seed: UInt64) -> [[Double]] {
        if results.count == 1, results[0].count == 1 { return [[1]] }
        let source = RandomSource(seed: seed)
        return results.map { result in
            Tensor<Double>.uniform([result.count], from: -1, to: 1, using: source).scalars.map {
                ($0 + ($0 < 0 ? -1 : 1)) / 2
            }
        }
    }

    /// f(x′) − f(x), where x′ is the point with one element of one leaf replaced.
    func change(leaf: Int, element: Int, to value: Double) -> Double {
        var tree = point
        let array = tree.leaves[leaf].value.array.copied()
        array.pointer.assumingMemoryBound(to: Double.self)[element] = value
        tree.leaves[leaf].value = Value(array)
        return change(at: tree)
    }

    /// f(x′) − f(x)
    func change(at tree: ModuleTree) -> Double {
        evaluationCount += 1
        let output = withRandomSeed(seed) { function(tree.module()) }
        let leaves = ModuleTree(of: output).leaves.filter(\.isParameter)
        if leaves.map(\.value.count) != results.map(\.count) {
            trap(
                "checkGradients",
                "the function's result changes its shape beside the point; there it is \(leaves.map(\.value.shape))")
        }
        return leaves.indices.reduce(0) { $0 + contractedChange(of: leaves[$1].value, $1) }
    }

    private func contractedChange(of value: Value, _ index: Int) -> Double {
        let array = value.array.contiguous()
        let (base, cotangent) = (results[index], cotangents[index])
        return withExtendedLifetime(array) {
            let elements = array.pointer.assumingMemoryBound(to: Double.self)
            var sum = 0.0
            for position in base.indices where elements[position] != base[position] {
                sum += cotangent[position] * (elements[position] - base[position])
            }
            return sum
        }
    }
}

// MARK: - Rounding noise

extension ContractedFunction {
    /// The standard deviation of the rounding noise of f near the point.
    ///
    /// f is sampled at evenly spaced points on a short ray. High differences of the samples, scaled by
    /// (k!)² / (2k)!, keep nothing of a smooth function and all of the noise; their smallest root mean square is the
    /// estimate, but at least one rounding of each result is assumed.
    ///
    /// Reference: J. Moré and S. Wild, "Estimating computational noise", 2011.
    func noise(perturbing leaves: [Int]) -> Double {
        let directions = ray(leaves)
        var differences = (0..<Self.sampleCount).map { sample in
            sample == 0 ? 0 : change(at: moved(along: directions, by: Double(sample)))
        }
        var smallest = Double.infinity
        var scale = 1.0
        for order in 1...Self.highestOrder {
            differences = zip(differences.dropFirst(), differences).map { $0 - $1 }
            scale *= Double(order) / Double(2 * (2 * order - 1))
            guard order >= Self.lowestOrder else { continue }
            let meanSquare = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
            smallest = min(smallest, (scale * meanSquare).squareRoot())
        }
        let floor = oneRounding
        return smallest.isFinite ? max(smallest, floor) : floor
    }

    private static var sampleCount: Int { 9 }
    private static var lowestOrder: Int { 4 }
    private static var highestOrder: Int { 6 }

    /// ε ‖c ⊙ y‖: every result rounded once, independently of the others.
    private var oneRounding: Double {
        let squares = zip(results, cotangents).joinedProducts { $0 * $1 }.reduce(0) { $0 + $1 * $1 }
        return .ulpOfOne / 2 * squares.squareRoot()
    }

    /// A random direction for each leaf, as long as 2⁻³⁰ of its elements.
    private func ray(_ leaves: [Int]) -> [Int: [Double]] {
        let source = RandomSource(seed: seed &+ 1)
        return Dictionary(
            uniqueKeysWithValues: leaves.map { leaf in
                let elements = point.leaves[leaf].value.array.elements(as: Double.self)
                let signs = Tensor<Double>.uniform([elements.count], from: -1, to: 1, using: source).scalars
                let typical = ElementSize.typical(of: elements)
                return (leaf, zip(elements, signs).map { scalbn($1 * max($0.magnitude, typical), -30) })
            })
    }

    private func moved(along directions: [Int: [Double]], by factor: Double) -> ModuleTree {
        var tree = point
        for (leaf, direction) in directions {
            let array = tree.leaves[leaf].value.array.copied()
            let elements = array.pointer.assumingMemoryBound(to: Double.self)
            for position in direction.indices { elements[position] += factor * direction[position] }
            tree.leaves[leaf].value = Value(array)
        }
        return tree
    }
}

extension Zip2Sequence where Sequence1.Element == [Double], Sequence2.Element == [Double] {
    fileprivate func joinedProducts(_ product: (Double, Double) -> Double) -> [Double] {
        flatMap { zip($0, $1).map(product) }
    }
}

/// What steps are relative to.
enum ElementSize {
    /// The root mean square of the elements; 1 if all are zero or it is not finite.
    static func typical(of elements: [Double]) -> Double {
        let largest = elements.reduce(0) { max($0, $1.magnitude) }
        guard largest > 0, largest.isFinite else { return 1 }
        let squares = elements.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
        return largest * (squares / Double(elements.count)).squareRoot()
    }

    /// The element's own size, but not less than the typical one, as a power of two so that steps are exact.
    static func power(of element: Double, typical: Double) -> Double {
        scalbn(1, Int(max(element.magnitude, typical).exponent))
    }
}
