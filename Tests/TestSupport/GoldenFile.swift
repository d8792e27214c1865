import Foundation
import TapestryAutograd

/// A file of golden values: the format is described beside the files, in `Tests/README.md`.
package struct GoldenFile: Decodable, Sendable {
    package let format: String
    package let version: Int
    package let cases: [GoldenCase]

    /// Reads one of the files in `Tests/Goldens`, by its name without the ending.
    package init(named name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Goldens/\(name).json"))
        self = try JSONDecoder().decode(GoldenFile.self, from: data)
        guard format == "tapestry-goldens", version == 1 else { throw GoldenError.unknownFormat(format, version) }
    }
}

package enum GoldenError: Error {
    case unknownFormat(String, Int)
    case unknownAttribute(String)
    case missingAttribute(String)
}

/// One case: a function's value at some inputs, and its derivatives there.
package struct GoldenCase: Decodable, Sendable, CustomStringConvertible {
    package struct SecondOrder: Decodable, Sendable {
        package let directions: [GoldenTensor]
        package let gradients: [GoldenTensor]
    }

    package let name: String
    package let operation: String
    package let attributes: [String: GoldenAttribute]
    package let inputs: [GoldenTensor]
    package let outputs: [GoldenTensor]
    package let named: [GoldenTensor]
    package let cotangents: [GoldenTensor]
    package let gradients: [GoldenTensor]
    package let secondOrder: SecondOrder?

    package var description: String { name }

    /// The real inputs, in order: those that have gradients.
    package var realInputs: [Tensor<Double>] { inputs.filter { !$0.isInteger }.map(\.tensor) }
    /// The integer inputs, in order.
    package var integerInputs: [Tensor<Int32>] { inputs.filter(\.isInteger).map(\.integerTensor) }

    package func attribute<Value>(_ key: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = attributes[key]?.value as? Value else { throw GoldenError.missingAttribute(key) }
        return value
    }

    /// An attribute that may be missing.
    package func attribute<Value>(_ key: String, default value: Value) -> Value {
        attributes[key]?.value as? Value ?? value
    }

    /// Throws if the case has an attribute of another name: a setting must not be overlooked.
    package func allowAttributes(_ known: String...) throws {
        if let unknown = attributes.keys.sorted().first(where: { !known.contains($0) }) {
            throw GoldenError.unknownAttribute(unknown)
        }
    }
}

/// A tensor with its name.
package struct GoldenTensor: Decodable, Sendable {
    package let name: String
    package let shape: [Int]
    package let values: [GoldenNumber]
    package let type: String?

    package var isInteger: Bool { type == "integer" }
    package var scalars: [Double] { values.map(\.value) }
    package var tensor: Tensor<Double> { Tensor(shape: shape, scalars: scalars) }
    package var integerTensor: Tensor<Int32> { Tensor(shape: shape, scalars: scalars.map { Int32($0) }) }
}

/// A number, or the name of one that JSON does not know.
package struct GoldenNumber: Decodable, Sendable {
    package let value: Double

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let name = try? container.decode(String.self) else {
            value = try container.decode(Double.self)
            return
        }
        switch name {
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        case "NaN": value = .nan
        default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(name) is no number")
        }
    }
}

/// A setting of a case that is no tensor.
package struct GoldenAttribute: Decodable, Sendable {
    package let value: any Sendable

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self.value = value
        } else if let value = try? container.decode(Int.self) {
            self.value = value
        } else if let value = try? container.decode([Int].self) {
            self.value = value
        } else if let value = try? container.decode(Double.self) {
            self.value = value
        } else {
            value = try container.decode(String.self)
        }
    }
}
