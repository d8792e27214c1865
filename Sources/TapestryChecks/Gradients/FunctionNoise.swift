import Foundation
import Synchronization
import TapestryAutograd

/// How much of a function's value is noise.
struct FunctionNoise {
    /// The standard deviation, measured within 2⁻³⁰ of the point.
    var deviation: Double
    /// What rounding each result once makes of it.
    let rounding: Double
    /// Whether it was made larger by what rounding makes of intermediate results.
    var isWidened = false

    /// The same with what rounding makes of intermediate results, if that is more.
    ///
    /// Where numbers cancel that are much larger than what is left of them, (x + 10¹⁴)² − 10²⁸ at 1, the function is a
    /// staircase, and all samples close to the point lie on one step.
    func widened(to rounding: Double) -> FunctionNoise {
        rounding > 2 * deviation ? FunctionNoise(deviation: rounding, rounding: self.rounding, isWidened: true) : self
    }

    /// Whether a difference over steps of this power of two of the element's size can show that a gradient is wrong.
    /// Steps larger than the element leave what the function does at the point behind; that noise leaves no smaller
    /// ones is no reason to trust them.
    func isConvincing(_ exponent: Int) -> Bool { !isWidened || exponent <= 0 }
}

extension GradientChecker {
    /// The standard deviation of the contracted results if every operation's result is rounded once, independently of
    /// the others: (Σ (ε v̄ v)²)^½ over all elements v of all results, with their cotangents v̄.
    ///
    /// Reference: N. J. Higham, "Accuracy and stability of numerical algorithms", 2002, section 2.8.
    func roundingOfResults(cotangents: [[Double]]) -> Double {
        let function = recordedFunction()
        let inputs = function.operations.prefix(while: \.isInput).map(\.result)
        let tracked = inputs.indices.filter { inputs[$0].elementType == .float64 }
        let squares = Mutex(0.0)
        @Sendable func add(_ products: [Double], _ epsilon: Double) {
            let norm = epsilon * products.norm
            squares.withLock { $0 += norm * norm }
        }
        let point = tracked.map { Tensor<Double>(inputs[$0]) }
        let (results, pullback) = vjp(at: point, mode: settings.mode) {
            (operands: [Tensor<Double>]) -> [Tensor<Double>] in
            var values = inputs
            for (place, operand) in zip(tracked, operands) { values[place] = operand.value }
            let results = function.replayed(
                at: values,
                passing: { number, value in
                    let plain = function.operations[number].result.withoutTapes
                    switch value.elementType {
                    case .float64:
                        return Tensor<Double>(value).observingCotangent {
                            add(($0.withoutDerivative() * Tensor(plain)).scalars, .ulpOfOne / 2)
                        }.value
                    case .float32:
                        return Tensor<Float>(value).observingCotangent {
                            let cotangent = $0.withoutDerivative().converted(to: Double.self)
                            add((cotangent * Tensor(plain.converted(to: .float64))).scalars, Double(Float.ulpOfOne) / 2)
                        }.value
                    default: return value
                    }
                })
            return results.map { Tensor<Double>($0) }
        }
        _ = pullback(zip(results, cotangents).map { Tensor(shape: $0.shape, scalars: $1) })
        return squares.withLock { $0.squareRoot() }
    }

    /// How far rounding may have each element of each leaf's gradient off: six times the noise of gradients next
    /// to the point, on a ray so short that they do not change otherwise.
    func roundingOfGradient(_ tree: ModuleTree, _ parameters: [Int], cotangents: [[Double]]) -> [[Double]] {
        let source = RandomSource(seed: settings.seed &+ 4)
        let ray = parameters.map {
            Tensor<Double>.uniform([tree.leaves[$0].value.count], from: -1, to: 1, using: source).scalars
        }
        let samples = (0..<10).map { number in
            var moved = tree
            for (leaf, direction) in zip(parameters, ray) {
                let value = tree.leaves[leaf].value
                let scalars = zip(value.array.elements(as: Double.self), direction).map {
                    $0 + scalbn($0 * $1 * Double(number), -45)
                }
                moved.leaves[leaf].value = Tensor(shape: value.shape, scalars: scalars).value
            }
            return gradient(at: moved, cotangents: cotangents)
        }
        return samples[0].indices.map { leaf in
            samples[0][leaf].indices.map { element in
                var differences = samples.map { $0[leaf][element] }
                for _ in 0..<4 { differences = zip(differences.dropFirst(), differences).map { $0 - $1 } }
                // (4!)² / 8! of the squares' mean is the variance.
                return 6 * differences.norm * (1.0 / 70 / Double(differences.count)).squareRoot()
            }
        }
    }

    private func gradient(at tree: ModuleTree, cotangents: [[Double]]) -> [[Double]] {
        let (value, pullback) = withRandomSeed(settings.seed) {
            vjp(at: tree.module(as: Input.self), mode: settings.mode, of: function)
        }
        var outputs = ModuleTree(of: value)
        var next = cotangents.makeIterator()
        for index in outputs.leaves.indices where outputs.leaves[index].isParameter {
            outputs.leaves[index].value = Tensor(shape: outputs.leaves[index].value.shape, scalars: next.next()!).value
        }
        return ModuleTree(of: pullback(outputs.module())).leaves.map { leaf in
            leaf.value.elementType == .float64 ? leaf.value.array.elements(as: Double.self) : []
        }
    }
}
