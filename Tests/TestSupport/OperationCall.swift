import TapestryAutograd

/// What an operation is called with: tensors in the order of the golden format, and settings by name.
///
/// It remembers which settings have been asked for: one that no one asked for is not known to the operation.
package final class OperationCall<Scalar: DifferentiableScalar> {
    /// The real operands, in order.
    package let reals: [Tensor<Scalar>]
    package let integers: [Tensor<Int32>]
    package let booleans: [Tensor<Bool>]
    /// The names of the real operands, which count in recurrent layers and optimisers only.
    package let names: [String]
    private let attributes: [String: GoldenAttribute]
    private var asked: Set<String> = []

    package init(
        _ reals: [Tensor<Scalar>], integers: [Tensor<Int32>] = [], booleans: [Tensor<Bool>] = [],
        names: [String] = [], attributes: [String: GoldenAttribute] = [:]
    ) {
        self.reals = reals
        self.integers = integers
        self.booleans = booleans
        self.names = names
        self.attributes = attributes
    }

    /// The same call with other real operands.
    package func with(_ reals: [Tensor<Scalar>]) -> OperationCall {
        OperationCall(reals, integers: integers, booleans: booleans, names: names, attributes: attributes)
    }

    /// The real operand at a position.
    package func callAsFunction(_ index: Int) throws -> Tensor<Scalar> {
        if index >= reals.count { throw GoldenError("real operand \(index) of \(reals.count)") }
        return reals[index]
    }

    /// The integer operand, of operations that have one.
    package var indices: Tensor<Int32> {
        get throws {
            guard integers.count == 1 else { throw GoldenError("\(integers.count) integer operands, not one") }
            return integers[0]
        }
    }

    /// The Boolean operand, of operations that have one.
    package var mask: Tensor<Bool> {
        get throws {
            guard booleans.count == 1 else { throw GoldenError("\(booleans.count) Boolean operands, not one") }
            return booleans[0]
        }
    }

    /// A setting, or nothing if it is missing.
    package func setting<Value>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        asked.insert(key)
        guard let attribute = attributes[key] else { return nil }
        guard let value = attribute.value(as: Value.self) else {
            throw GoldenError("attribute \(key) is \(attribute), and no \(Value.self)")
        }
        return value
    }

    /// A setting that has no default.
    package func required<Value>(_ key: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = try setting(key, as: Value.self) else { throw GoldenError("attribute \(key) is missing") }
        return value
    }

    /// Whether all is left to defaults.
    package var isPlain: Bool { attributes.isEmpty }

    /// Attributes that no one has asked for.
    package var unknown: [String] { attributes.keys.filter { !asked.contains($0) }.sorted() }
}
