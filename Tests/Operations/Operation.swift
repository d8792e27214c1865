import TapestryAutograd
import TapestryTestSupport

/// An operation of the library, by the name that golden files and the documentation call it.
package struct Operation: Sendable, CustomStringConvertible {
    package let name: String
    package let function: GoldenFunction
    /// Ways to call it, for the suites that need no expected values. None for what has no real operand.
    package private(set) var examples: [FunctionCase] = []

    package var description: String { name }

    init(_ name: String, _ function: @escaping GoldenFunction) {
        self.name = name
        self.function = function
    }

    /// Every operation on tensors, a family after the other.
    package static let all = elementwise + reductions + linearAlgebra + shape + indexing + neuralNetworks + creation

    /// By name, with the layers and optimisers that golden files know beside the operations.
    package static let byName = Dictionary(uniqueKeysWithValues: (all + cells + optimizers).map { ($0.name, $0) })

    /// With one more example.
    ///
    /// - Parameters:
    ///   - shapes: of the real operands.
    ///   - domain: where their elements are drawn.
    ///   - hasTies: whether ties within one operand are kinks.
    ///   - preparing: makes operands of what was drawn, where the operation takes only some (a positive definite
    ///     matrix, say).
    func example(
        _ shapes: [Int]..., in domain: FunctionCase.Domain = .any, with attributes: [String: GoldenAttribute] = [:],
        integers: [Tensor<Int32>] = [], booleans: [Tensor<Bool>] = [], hasTies: Bool = false, tolerance: Double = 1e-8,
        preparing: @escaping @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { $0 }
    ) -> Operation {
        let function = function
        var example = FunctionCase(
            "\(name) of \(shapes)" + (attributes.isEmpty ? "" : " with \(attributes)"), shapes: shapes,
            domains: shapes.map { _ in domain }
        ) { reals in
            let call = OperationCall(preparing(reals), integers: integers, booleans: booleans, attributes: attributes)
            let outputs = try! function(call)
            return outputs.count == 1 ? outputs[0] : concatenate(outputs.map { $0.flattened() })
        }
        example.hasTies = hasTies
        example.tolerance = tolerance
        var copy = self
        copy.examples.append(example)
        return copy
    }
}
