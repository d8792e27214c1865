import TapestryAutograd
import TapestryTestSupport

/// An operation of the library, by the name that golden files and the documentation call it, on tensors of one type.
package struct Operation<Scalar: DifferentiableScalar>: Sendable, CustomStringConvertible {
    package let name: String
    package let function: GoldenFunction<Scalar>
    /// Ways to call it, for the suites that need no expected values. None for what has no real operand.
    package private(set) var examples: [FunctionCase<Scalar>] = []
    /// The calls that the examples make, of what was drawn for them.
    package private(set) var calls: [@Sendable ([Tensor<Scalar>]) -> OperationCall<Scalar>] = []

    package var description: String { name }

    init(_ name: String, _ function: @escaping GoldenFunction<Scalar>) {
        self.name = name
        self.function = function
    }

    /// Every operation on tensors, a family after the other.
    package static var all: [Operation] {
        elementwise + reductions + linearAlgebra + shape + indexing + neuralNetworks + creation + random
    }

    /// With one more example.
    ///
    /// - Parameters:
    ///   - shapes: of the real operands.
    ///   - domain: where their elements are drawn.
    ///   - hasTies: whether ties within one operand are kinks.
    ///   - preparing: makes operands of what was drawn, where the operation takes only some (a positive definite
    ///     matrix, say).
    func example(
        _ shapes: [Int]..., in domain: OperandDomain = .any, with attributes: [String: GoldenAttribute] = [:],
        integers: [Tensor<Int32>] = [], booleans: [Tensor<Bool>] = [], hasTies: Bool = false, tolerance: Double = 1e-8,
        preparing: @escaping @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>] = { $0 }
    ) -> Operation {
        let function = function
        let call = { @Sendable reals in
            OperationCall(preparing(reals), integers: integers, booleans: booleans, attributes: attributes)
        }
        var example = FunctionCase(
            "\(name) of \(shapes)" + (attributes.isEmpty ? "" : " with \(attributes)"), shapes: shapes,
            domains: shapes.map { _ in domain }
        ) { reals in
            let outputs = try! function(call(reals))
            return outputs.count == 1 ? outputs[0] : concatenate(outputs.map { $0.flattened() })
        }
        example.hasTies = hasTies
        example.tolerance = tolerance
        var copy = self
        copy.examples.append(example)
        copy.calls.append(call)
        return copy
    }

    /// With an example along each axis of a tensor.
    func alongEachAxis(
        of shape: [Int], in domain: OperandDomain = .any, with attributes: [String: GoldenAttribute] = [:],
        hasTies: Bool = false
    ) -> Operation {
        shape.indices.reduce(self) { operation, axis in
            let attributes = attributes.merging(["axis": .integer(axis)]) { $1 }
            return operation.example(shape, in: domain, with: attributes, hasTies: hasTies)
        }
    }
}

extension Operation<Double> {
    /// By name, with the layers and optimisers that golden files know beside the operations.
    package static var byName: [String: Operation] { operationsByName }
}

private let operationsByName: [String: Operation<Double>] = {
    let layers = Operation.lossesAndModules + Operation.cells + Operation.frameworkLayers
    let all = Operation<Double>.all + layers + Operation.optimizers + Operation.schedules
    return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}()
