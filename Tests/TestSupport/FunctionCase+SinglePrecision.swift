import TapestryAutograd

// The same function on Float and on Double, at operands that both can hold.

extension FunctionCase<Float> {
    /// How far a block in single precision may be from the one in double, relative to the block's scale: the functions
    /// are compositions of a dozen operations at most on a few dozen elements, each of which rounds to 6e-8, and their
    /// conditions are small in the domains of the examples.
    private static let tolerance = 1e-5

    /// Values and gradients in every layout against those of the same function in double.
    package func complaints(against exact: FunctionCase<Double>) -> [String] {
        layouts.flatMap { layout -> [String] in
            let operands = operands(layout)
            let exactOperands = operands.map { $0.converted(to: Double.self) }
            let value = function(operands)
            let exactValue = exact.function(exactOperands)
            let complaints = complaint(value, exactValue, "\(layout): value")
            if value.shape != exactValue.shape { return complaints }

            let cotangent = randomLike(exactValue, seed: 7).converted(to: Float.self)
            let slopes = gradient(at: operands) { (function($0) * cotangent).sum() }
            let exactCotangent = cotangent.converted(to: Double.self)
            let exactSlopes = gradient(at: exactOperands) { (exact.function($0) * exactCotangent).sum() }
            return complaints
                + slopes.indices.flatMap {
                    complaint(slopes[$0], exactSlopes[$0], "\(layout): gradient of operand \($0)")
                }
        }
    }

    private func complaint(
        _ actual: Tensor<Float>, _ expected: Tensor<Double>, _ what: String
    ) -> [String] {
        let error = blockError(actual.scalars.map { Double($0) }, expected.scalars, floor: 1e-3)
        return actual.shape == expected.shape && error <= Self.tolerance
            ? [] : ["\(self), \(what): off by \(error): \(actual.scalars), in double \(expected.scalars)"]
    }
}
