import Synchronization
import TapestryAutograd

/// How much of a function's value is noise.
struct FunctionNoise {
    /// The standard deviation, measured within 2⁻³⁰ of the point.
    var deviation: Double
    /// What rounding each result once makes of it.
    let rounding: Double
    /// Whether the function has jumps so close to the point that differences see them, and not the slope between them.
    var hasJumps = false

    /// The same with what rounding makes of the intermediate results; `nil` if that is nothing new.
    ///
    /// Where numbers cancel that are much larger than what is left of them, (x + 10¹⁴)² − 10²⁸ at 1, the function is a
    /// staircase, and all samples close to the point lie on one step.
    func widened(by roundings: Roundings) -> FunctionNoise? {
        var wider = self
        wider.deviation = max(deviation, roundings.deviation)
        wider.hasJumps = roundings.passStepFunctions && deviation >= 0x1p10 * max(roundings.deviation, rounding)
        return wider.hasJumps || wider.deviation > 2 * deviation ? wider : nil
    }
}

/// What a tape tells of a function's rounding noise.
struct Roundings {
    /// The standard deviation of the contracted results if every operation's result is rounded once, independently of the
    /// others: (Σ (ε v̄ v)²)^½ over all elements v of all results, with their cotangents v̄.
    ///
    /// Reference: N. J. Higham, "Accuracy and stability of numerical algorithms", 2002, section 2.8.
    let deviation: Double
    /// Whether values pass `floor` or the like.
    let passStepFunctions: Bool
}

extension GradientChecker {
    /// What rounding the intermediate results makes of the function, by the cotangents that they get.
    func roundings(cotangents: [[Double]]) -> Roundings {
        let function = recordedFunction()
        let inputs = function.operations.prefix(while: \.isInput).map(\.result)
        let tracked = inputs.indices.filter { inputs[$0].elementType == .float64 }
        let squares = Mutex(0.0)
        @Sendable func add(_ products: [Double], _ epsilon: Double) {
            let norm = epsilon * products.norm
            squares.withLock { $0 += norm * norm }
        }
        let point = tracked.map { Tensor<Double>(inputs[$0]) }
        let (results, pullback) = vjp(at: point, mode: settings.mode) { (operands: [Tensor<Double>]) -> [Tensor<Double>] in
            var values = inputs
            for (place, operand) in zip(tracked, operands) { values[place] = operand.value }
            let results = function.replayed(at: values, passing: { number, value in
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
        return Roundings(
            deviation: squares.withLock { $0.squareRoot() },
            passStepFunctions: function.operations.contains(where: \.isStepFunction))
    }
}
