import TapestryAutograd

/// A function of a case's inputs: the tensors are the real ones, in order, and tracked when derivatives are taken.
package typealias GoldenFunction = @Sendable ([Tensor<Double>], GoldenCase) throws -> [Tensor<Double>]

extension GoldenCase {
    /// Compares values, gradients and second-order products with `function`'s, and returns a line for each block that
    /// is off by more than `tolerance`, relative to the block's scale.
    package func deviations(tolerance: Double = 1e-10, _ function: GoldenFunction) throws -> [String] {
        let inputs = realInputs
        let weights = cotangents.map(\.tensor)
        var report: [String] = []

        func compare(_ what: String, _ actual: [Tensor<Double>], _ expected: [GoldenTensor]) {
            if actual.count != expected.count {
                report.append("\(name): \(actual.count) \(what)s for \(expected.count) expected ones")
            }
            for (actual, expected) in zip(actual, expected) {
                if actual.shape != expected.shape {
                    report.append("\(name), \(what) \(expected.name): shape \(actual.shape), not \(expected.shape)")
                    continue
                }
                // A block whose exact value is zero has no scale of its own: the size of the operands is taken.
                let error = blockError(actual.scalars, expected.scalars, floor: 1e-3)
                if !(error <= tolerance) {
                    report.append(
                        "\(name), \(what) \(expected.name): off by \(error): \(actual.scalars), not \(expected.scalars)"
                    )
                }
            }
        }

        func loss(_ inputs: [Tensor<Double>]) throws -> Tensor<Double> {
            zip(try function(inputs, self), weights).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
        }

        compare("value", try function(inputs, self), outputs)
        compare("gradient", try gradient(at: inputs) { try loss($0) }, gradients)
        if let secondOrder {
            let directions = secondOrder.directions.map(\.tensor)
            let products = try gradient(at: inputs) { outer in
                let inner = try gradient(at: outer) { try loss($0) }
                return zip(inner, directions).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
            }
            compare("second-order product", products, secondOrder.gradients)
        }
        return report
    }
}
