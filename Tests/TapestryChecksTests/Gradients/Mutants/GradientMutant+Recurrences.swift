import Tapestry

// A whole recurrence as one primitive of a user, with its back-propagation through time written by hand; and paths that
// are cut outside of any primitive.

extension GradientMutant {
    /// What is wrong with back-propagation through time.
    private enum Mistake: Sendable {
        case overwritten, firstStepMissing, countedAtEveryStep, averaged, sign
        case cutBefore(Int)
    }

    /// hₜ = tanh(xₜ + hₜ₋₁ U) over all steps; `detached` says at which steps the state, and the weights, are constants.
    @Sendable private static func recurrence(
        _ weights: Tensor<Double>, steps: Int, stateDetached: (Int) -> Bool = { _ in false },
        weightsDetached: (Int) -> Bool = { _ in false }
    ) -> Tensor<Double> {
        let inputs = normal([steps, 2, 3], 4)
        var h = normal([2, 3], 5)
        for t in 0..<steps {
            h = withScope("t = \(t)") {
                let state = stateDetached(t) ? h.withoutDerivative() : h
                return tanh(inputs[t] + matmul(state, weightsDetached(t) ? weights.withoutDerivative() : weights))
            }
        }
        return h
    }

    private static func recurrence(
        _ name: String, steps: Int, _ mistake: Mistake, _ pattern: GradientDiagnosis.Pattern
    ) -> GradientMutant {
        GradientMutant(
            name: "recurrence of \(steps) steps, \(name)", wrongBlocks: ["the tensor"], pattern: pattern,
            rule: Rule(primitive: "custom \"recurrence\"", operand: 0)
        ) { scale in
            checkGradients(
                of: { weights in
                    let h = withCustomGradient(named: "recurrence", at: 0.9 * weights) {
                        recurrence($0, steps: steps)
                    } pullback: { g, _, weights in
                        func gradient(_ body: @escaping (Tensor<Double>) -> Tensor<Double>) -> Tensor<Double> {
                            vjp(at: weights, of: body).pullback(g)
                        }
                        switch mistake {
                        case .overwritten:
                            return gradient { recurrence($0, steps: steps, weightsDetached: { $0 < steps - 1 }) }
                        case .firstStepMissing:
                            return gradient { recurrence($0, steps: steps, weightsDetached: { $0 == 0 }) }
                        case .cutBefore(let step):
                            return gradient { recurrence($0, steps: steps, stateDetached: { $0 == step }) }
                        case .countedAtEveryStep: return Double(steps) * gradient { recurrence($0, steps: steps) }
                        case .averaged: return gradient { recurrence($0, steps: steps) } / Double(steps)
                        case .sign: return -gradient { recurrence($0, steps: steps) }
                        }
                    }
                    return square(h) * scale
                }, at: normal([3, 3], 6) * 0.6)
        }
    }

    static let recurrences: [GradientMutant] = [
        recurrence("overwritten", steps: 5, .overwritten, .overwritten(use: 4, of: 5)),
        recurrence("overwritten", steps: 40, .overwritten, .overwritten(use: 39, of: 40)),
        recurrence("the first step missing", steps: 4, .firstStepMissing, .missingTerm(use: 0, of: 4)),
        recurrence("counted at every step", steps: 7, .countedAtEveryStep, .countedAtEveryStep(7)),
        recurrence("averaged", steps: 7, .averaged, .oneOfSteps(7)),
        recurrence("cut half-way", steps: 6, .cutBefore(3), .cutThroughTime(steps: [3])),
        recurrence("the sign", steps: 1, .sign, .sign),
        recurrence("the sign", steps: 200, .sign, .sign),
    ]

    // MARK: Cut paths

    private static func cut(
        _ name: String, _ pattern: GradientDiagnosis.Pattern, _ function: @escaping Unary
    ) -> GradientMutant {
        GradientMutant(name: name, wrongBlocks: ["the tensor"], pattern: pattern) { scale in
            checkGradients(of: { function($0) * scale }, at: normal([3, 4], 7))
        }
    }

    /// The same elements, of which no tape knows anything.
    @Sendable static func copy(_ x: Tensor<Double>) -> Tensor<Double> {
        Tensor(shape: x.shape, scalars: x.scalars)
    }

    static let cuts: [GradientMutant] = [
        cut("a factor detached", .detached) { tanh($0) * tanh($0).withoutDerivative() },
        cut("a term detached", .detached) { exp($0) + square($0).withoutDerivative() },
        cut("all detached", .detached) { tanh($0).withoutDerivative() + 0 * $0 },
        cut("all copied", .detached) { exp(copy($0)) + 0 * $0 },
        cut("a factor copied", .factor(0.5)) { $0 * copy($0) },
        cut("a factor of what was detached", .detached) { tanh($0) * exp($0.withoutDerivative()) },
        cut("a term of what was detached twice", .detached) { x in
            exp(x) + sin(2 * x.withoutDerivative()).withoutDerivative()
        },
        cut("a function made without recording", .detached) { x in exp(x) * withoutRecording { sin(1 + x) } },
        cut("a number that was read", .detached) { x in x * square(x).sum().scalar },
        cut("a factor made without recording", .detached) { x in x * withoutRecording { 1 * x } },
        cut("a hook that changes the sign", .sign) { exp($0.mappingCotangent { -$0 }) },
        cut("a hook that clips", .changedCotangent) { exp($0.mappingCotangent { relu($0) }) },
        cut("a hook on one of two paths", .changedCotangent) { exp($0) + square($0.mappingCotangent { 3 * $0 }) },
        GradientMutant(
            name: "a rule that clips large cotangents alone", wrongBlocks: [], pattern: .nonlinear,
            rule: Rule(primitive: "custom \"clipping\"", operand: 0)
        ) { scale in
            checkGradients(
                of: { x in
                    let y = withCustomGradient(named: "clipping", at: 1 * x, of: { exp($0) }) { g, y, _ in
                        (g * y).clamped(to: -1000...1000)
                    }
                    return tanh(y)
                }, at: normal([3, 4], 7))
        },
        GradientMutant(name: "the state detached", wrongBlocks: ["second"], pattern: .detached) { scale in
            let cell = withRandomSeed(4) { GRUCell<Double>(inputSize: 3, hiddenSize: 2) }
            return checkGradients(
                of: { cell, h in cell.step(normal([2, 3], 5), h.withoutDerivative()).output * scale },
                at: cell, normal([2, 2], 6))
        },
        GradientMutant(
            name: "weights detached but for the last use", wrongBlocks: ["second"], pattern: .overwritten(use: 2, of: 3)
        ) { scale in
            checkGradients(
                of: { x, weights in
                    let constant = weights.withoutDerivative()
                    return tanh(matmul(tanh(matmul(tanh(matmul(x, constant)), constant)), weights)) * scale
                }, at: normal([2, 3], 5), normal([3, 3], 6))
        },
    ]
}
