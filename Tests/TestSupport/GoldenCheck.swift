import TapestryAutograd

/// A function of a case's operands; positions and truth values among its results as numbers without a derivative.
package typealias GoldenFunction<Scalar: DifferentiableScalar> =
    @Sendable (OperationCall<Scalar>) throws -> [Tensor<Scalar>]

extension GoldenCase {
    /// The real inputs, in order: those that have gradients.
    package var realInputs: [Tensor<Double>] { inputs.filter(\.isReal).map(\.tensor) }

    /// The real inputs from tensors, which may be tracked, and the others from the case.
    package func call(_ reals: [Tensor<Double>]) -> OperationCall<Double> {
        OperationCall(
            reals,
            integers: inputs.filter { $0.kind == .integer }.map {
                Tensor<Int32>(shape: $0.shape, scalars: $0.scalars.map { Int32($0) })
            },
            booleans: inputs.filter { $0.kind == .boolean }.map {
                Tensor<Bool>(shape: $0.shape, scalars: $0.scalars.map { $0 == 1 })
            }, names: inputs.filter(\.isReal).map(\.name), attributes: attributes)
    }

    /// Compares values, gradients and second-order products with `function`'s, and returns a line for each block that
    /// is off by more than the case's tolerance.
    package func deviations(_ function: GoldenFunction<Double>) throws -> [String] {
        let inputs = realInputs
        let call = call(inputs)
        let (values, traced) = try tracing { try function(call) }
        if let attribute = call.unknown.first { throw GoldenError("attribute \(attribute) is not known") }
        var report = compare("value", values, outputs)
        report += named.compactMap { block in
            let found = traced.filter { $0.name == block.name }.flatMap { $0.tensor(as: Double.self).scalars }
            return blockError(found, block.scalars, floor: 1e-3) <= tolerance
                ? nil : "named value \(block.name): \(found), not \(block.scalars)"
        }
        if cotangents.isEmpty || !report.isEmpty { return report }

        let weights = try zip(outputs, values).map { output, value in
            guard output.isReal else { return Tensor<Double>.zeros(value.shape) }
            guard let cotangent = cotangents.first(where: { $0.name == output.name }) else {
                throw GoldenError("output \(output.name) has no cotangent")
            }
            if cotangent.shape != value.shape {
                throw GoldenError("cotangent \(cotangent.shape) of output \(output.name) \(value.shape)")
            }
            return cotangent.tensor
        }

        func loss(_ inputs: [Tensor<Double>]) throws -> Tensor<Double> {
            zip(try function(self.call(inputs)), weights).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
        }

        report += compare("gradient", try gradient(at: inputs) { try loss($0) }, gradients)
        guard let secondOrder else { return report }
        let directions = secondOrder.directions.map(\.tensor)
        if directions.map(\.shape) != inputs.map(\.shape) {
            throw GoldenError("directions \(directions.map(\.shape)) for inputs \(inputs.map(\.shape))")
        }
        let products = try gradient(at: inputs) { outer in
            let inner = try gradient(at: outer) { try loss($0) }
            return zip(inner, directions).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
        }
        return report + compare("second-order product", products, secondOrder.gradients)
    }

    private func compare(_ what: String, _ actual: [Tensor<Double>], _ expected: [GoldenTensor]) -> [String] {
        if actual.count != expected.count { return ["\(actual.count) \(what)s for \(expected.count) expected ones"] }
        return zip(actual, expected).compactMap { actual, expected in
            if !shapeAgrees(actual.shape, expected.shape) {
                return "\(what) \(expected.name): shape \(actual.shape), not \(expected.shape)"
            }
            let error = deviation(actual.scalars, expected)
            if error <= (expected.isReal || comparison == .distribution ? tolerance : 0) { return nil }
            let numbers = "\(actual.scalars.prefix(1000)), not \(expected.scalars.prefix(1000))"
            return "\(what) \(expected.name): off by \(error): \(numbers)"
        }
    }

    /// Of distributions the first axis counts draws, of which there may be more or fewer than are expected.
    private func shapeAgrees(_ actual: [Int], _ expected: [Int]) -> Bool {
        comparison == .distribution
            ? actual.count == expected.count && actual.dropFirst() == expected.dropFirst() : actual == expected
    }

    private func deviation(_ actual: [Double], _ expected: GoldenTensor) -> Double {
        switch comparison {
        // A block whose exact value is zero has no scale of its own: the size of the operands is taken.
        case .block: blockError(actual, expected.scalars, floor: 1e-3)
        case .lines: lineError(actual, expected)
        case .elements: zip(actual, expected.scalars).map { elementError($0, $1) }.max() ?? 0
        case .distribution: distributionError(actual, expected)
        }
    }

    /// The greatest deviation of a line of the last axis, relative to that line; of a vector each element is one.
    private func lineError(_ actual: [Double], _ expected: GoldenTensor) -> Double {
        let width = expected.shape.count > 1 ? expected.shape.last! : 1
        return stride(from: 0, to: actual.count, by: width).map { start in
            let line = start..<start + width
            return blockError(Array(actual[line]), Array(expected.scalars[line]), floor: .leastNormalMagnitude)
        }.max() ?? 0
    }

    /// The greatest distance of the distributions of any element of the draws.
    private func distributionError(_ draws: [Double], _ sample: GoldenTensor) -> Double {
        let width = sample.shape.dropFirst().reduce(1, *)
        func column(_ numbers: [Double], _ index: Int) -> [Double] {
            stride(from: index, to: numbers.count, by: width).map { numbers[$0] }
        }
        return (0..<width).map { distributionDistance(column(draws, $0), column(sample.scalars, $0)) }.max() ?? 0
    }
}

/// The difference of two numbers relative to the expected one, or to the least normal number if that is smaller;
/// infinite where a NaN, an infinity or the sign of a zero differs.
private func elementError(_ actual: Double, _ expected: Double) -> Double {
    if actual.isNaN || expected.isNaN { return actual.isNaN && expected.isNaN ? 0 : .infinity }
    if actual == expected { return actual == 0 && actual.sign != expected.sign ? .infinity : 0 }
    let difference = (actual - expected).magnitude
    return difference.isFinite ? difference / max(expected.magnitude, .leastNormalMagnitude) : .infinity
}
