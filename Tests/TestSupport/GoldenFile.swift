import Foundation
import TapestryAutograd

/// A file of golden values; `Tests/README.md` describes the format.
package struct GoldenFile: Decodable, Sendable {
    package let format: String
    package let version: Int
    /// Each case, or what is wrong with it: the others of the file are there all the same.
    package let entries: [Result<GoldenCase, GoldenError>]

    /// All cases; throws what is wrong with the first bad one.
    package var cases: [GoldenCase] { get throws { try entries.map { try $0.get() } } }

    private enum Key: String, CodingKey, CaseIterable { case format, version, cases }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try decoder.requireKnown(Key.self)
        format = try container.decode(String.self, forKey: .format)
        version = try container.decode(Int.self, forKey: .version)
        entries = try container.decode([Entry].self, forKey: .cases).map(\.golden)
        if entries.isEmpty { throw GoldenError("there are no cases") }
    }

    /// What an element of the list is decoded as, which never fails.
    private struct Entry: Decodable {
        let golden: Result<GoldenCase, GoldenError>

        private enum Key: String, CodingKey { case name }

        init(from decoder: any Decoder) throws {
            do {
                golden = .success(try GoldenCase(from: decoder))
            } catch {
                let name = try? decoder.container(keyedBy: Key.self).decode(String.self, forKey: .name)
                let number = decoder.codingPath.last?.intValue.map { "\($0)" } ?? ""
                golden = .failure(GoldenError("case \(name ?? number): \(error)"))
            }
        }
    }

    /// Reads one of the files in `Tests/Goldens`, by its name without the ending.
    package init(named name: String) throws {
        try self.init(at: Self.folder.appending(path: "\(name).json"))
    }

    package init(at url: URL) throws {
        do {
            self = try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: url))
        } catch {
            throw GoldenError("\(url.path) cannot be read: \(error)")
        }
        guard format == "tapestry-goldens", version == 1 else {
            throw GoldenError("\(url.path) has the format \(format), version \(version), and not tapestry-goldens, 1")
        }
    }

    /// The folder beside the tests.
    package static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Goldens")

    /// Every file of a folder whose name ends in `.json`, in the order of their names.
    package static func files(in folder: URL) throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        if files.isEmpty { throw GoldenError("\(folder.path) has no golden files") }
        return files
    }
}

/// What is wrong with a golden file or with a case.
package struct GoldenError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// One case: a function's value at some inputs, and its derivatives there.
package struct GoldenCase: Decodable, Sendable, CustomStringConvertible {
    package struct SecondOrder: Decodable, Sendable {
        package let directions: [GoldenTensor]
        package let gradients: [GoldenTensor]

        private enum Key: String, CodingKey, CaseIterable { case directions, gradients }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            try decoder.requireKnown(Key.self, "secondOrder: ")
            directions = try container.decode([GoldenTensor].self, forKey: .directions)
            gradients = try container.decode([GoldenTensor].self, forKey: .gradients)
        }
    }

    package enum Comparison: String, Decodable, Sendable { case block, lines, elements, distribution }

    package let name: String
    package let operation: String
    package let attributes: [String: GoldenAttribute]
    package let inputs: [GoldenTensor]
    package let outputs: [GoldenTensor]
    package let named: [GoldenTensor]
    package let cotangents: [GoldenTensor]
    package let gradients: [GoldenTensor]
    package let secondOrder: SecondOrder?
    package let tolerance: Double
    package let comparison: Comparison

    package var description: String { name }

    private enum Key: String, CodingKey, CaseIterable {
        case name, operation, attributes, inputs, outputs, named, cotangents, gradients, secondOrder, tolerance
        case comparison
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        try decoder.requireKnown(Key.self)
        operation = try container.decode(String.self, forKey: .operation)
        attributes = try container.decodeIfPresent([String: GoldenAttribute].self, forKey: .attributes) ?? [:]
        inputs = try container.decode([GoldenTensor].self, forKey: .inputs)
        outputs = try container.decode([GoldenTensor].self, forKey: .outputs)
        named = try container.decodeIfPresent([GoldenTensor].self, forKey: .named) ?? []
        cotangents = try container.decodeIfPresent([GoldenTensor].self, forKey: .cotangents) ?? []
        gradients = try container.decodeIfPresent([GoldenTensor].self, forKey: .gradients) ?? []
        secondOrder = try container.decodeIfPresent(SecondOrder.self, forKey: .secondOrder)
        tolerance = try container.decodeIfPresent(Double.self, forKey: .tolerance) ?? 1e-10
        comparison = try container.decodeIfPresent(Comparison.self, forKey: .comparison) ?? .block
        if comparison == .distribution, !cotangents.isEmpty || !container.contains(.tolerance) {
            throw GoldenError("a distribution has a tolerance, and no cotangents")
        }
        if outputs.isEmpty { throw GoldenError("there is no output to compare") }
        if (gradients.isEmpty && secondOrder != nil) || cotangents.isEmpty != gradients.isEmpty {
            throw GoldenError("cotangents and gradients come together, and second-order values with both")
        }
        let realOutputs = Set(outputs.filter(\.isReal).map(\.name))
        if !cotangents.isEmpty, Set(cotangents.map(\.name)) != realOutputs || cotangents.count != realOutputs.count {
            throw GoldenError("cotangents \(cotangents.map(\.name)) for the real outputs \(realOutputs.sorted())")
        }
    }
}

/// A tensor with its name.
package struct GoldenTensor: Decodable, Sendable {
    package enum Kind: String, Decodable, Sendable { case real, integer, boolean }

    package let name: String
    package let shape: [Int]
    package let scalars: [Double]
    package let kind: Kind

    package var tensor: Tensor<Double> { Tensor(shape: shape, scalars: scalars) }
    package var isReal: Bool { kind == .real }

    private enum Key: String, CodingKey, CaseIterable { case name, shape, values, type }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        try decoder.requireKnown(Key.self, "tensor \(name): ")
        do {
            shape = try container.decode([Int].self, forKey: .shape)
            scalars = try container.decode([GoldenNumber].self, forKey: .values).map(\.value)
            kind = try container.decodeIfPresent(Kind.self, forKey: .type) ?? .real
        } catch {
            throw GoldenError("tensor \(name): \(error)")
        }
        if shape.contains(where: { $0 < 0 }) || shape.reduce(1, *) != scalars.count {
            throw GoldenError("tensor \(name): \(scalars.count) values for the shape \(shape)")
        }
        switch kind {
        case .real: break
        case .integer where scalars.allSatisfy { Int32(exactly: $0) != nil }: break
        case .boolean where scalars.allSatisfy { $0 == 0 || $0 == 1 }: break
        default: throw GoldenError("tensor \(name): a value that is no \(kind.rawValue)")
        }
    }
}

extension Decoder {
    /// Throws if there is a key of another name: what it says would be overlooked.
    fileprivate func requireKnown<Key: CodingKey & CaseIterable>(_ keys: Key.Type, _ place: String = "") throws {
        let known = keys.allCases.map(\.stringValue)
        for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw GoldenError("\(place)the key \(key.stringValue) is not known")
        }
    }
}

/// A key of any name, to see those that should not be there.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A number, or the name of one that JSON does not know, or a truth value.
package struct GoldenNumber: Decodable, Sendable {
    package let value: Double

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
        } else if let truth = try? container.decode(Bool.self) {
            value = truth ? 1 : 0
        } else {
            let name = try container.decode(String.self)
            guard let number = ["Infinity": Double.infinity, "-Infinity": -.infinity, "NaN": .nan][name] else {
                throw GoldenError("\(name) is no number")
            }
            value = number
        }
    }
}

/// A setting of a case that is no tensor.
package enum GoldenAttribute: Decodable, Sendable, Equatable {
    case flag(Bool)
    case integer(Int)
    case integers([Int])
    case number(Double)
    case text(String)

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode([Int].self) {
            self = .integers(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// The value as a Swift type; `nil` if it is of another one.
    package func value<Value>(as type: Value.Type = Value.self) -> Value? {
        switch self {
        case .flag(let value): value as? Value
        case .integer(let value): value as? Value ?? real(Double(value))
        case .integers(let value): value as? Value
        case .number(let value): real(value)
        case .text("Infinity"): real(.infinity)
        case .text("-Infinity"): real(-.infinity)
        case .text(let value): value as? Value
        }
    }

    private func real<Value>(_ number: Double) -> Value? { number as? Value ?? Float(number) as? Value }
}

extension GoldenAttribute: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    package init(booleanLiteral value: Bool) { self = .flag(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(arrayLiteral elements: Int...) { self = .integers(elements) }
}
