import Foundation
import TapestryAutograd

extension Module {
    /// Writes every tensor, and beside them the plan that a model of the same structure can be made from: sizes, a
    /// vocabulary, units of measurement. `Safetensors.plan(of:inFile:)` reads it.
    ///
    /// - Throws: An ``OutputFileError`` that says why the file cannot be written, or what the plan throws.
    public func save(to path: String, plan: some Encodable) throws {
        let encoder = JSONEncoder()
        // The same model gives the same bytes.
        encoder.outputFormatting = .sortedKeys
        let plan = String(decoding: try encoder.encode(plan), as: UTF8.self)
        try save(to: path, metadata: [Safetensors.planName: plan])
    }
}

extension Safetensors {
    fileprivate static let planName = "plan"

    /// The plan of the model that `Module.save(to:plan:)` wrote into a file.
    ///
    /// - Throws: A ``FileFormatError`` if the file can't be read, or has no plan of this type.
    public static func plan<Plan: Decodable>(
        of type: Plan.Type = Plan.self, inFile path: String
    ) throws(FileFormatError) -> Plan {
        do throws(FileFormatError) {
            return try Safetensors(contentsOf: path).plan()
        } catch {
            throw error.inFile(path)
        }
    }

    /// The plan of the model in a file that has been read.
    package func plan<Plan: Decodable>(of type: Plan.Type = Plan.self) throws(FileFormatError) -> Plan {
        guard let text = metadata[Safetensors.planName] else {
            throw FileFormatError(reason: "there is no plan of a model in it")
        }
        do {
            return try JSONDecoder().decode(Plan.self, from: Data(text.utf8))
        } catch {
            let reason = Safetensors.reason(error)
            throw FileFormatError(reason: "the plan of its model is no \(Plan.self): \(reason)")
        }
    }

    /// What is wrong with a text that is not of a type, in a few words.
    private static func reason(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".").quoted
        }
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context): "it has no \(place(context.codingPath + [key]))"
        case .valueNotFound(_, let context): "\(place(context.codingPath)) is null"
        case .typeMismatch(let type, let context): "\(place(context.codingPath)) is no \(type)"
        case .dataCorrupted(let context): context.debugDescription.shortened(to: 200)
        default: error.localizedDescription
        }
    }
}
