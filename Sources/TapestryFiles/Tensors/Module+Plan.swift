import Foundation
import TapestryAutograd

extension Module {
    /// Writes every tensor, and beside them the plan that a model of the same structure can be made from: sizes, a
    /// vocabulary, units of measurement. `Safetensors.plan(of:inFile:)` reads it.
    ///
    /// - Throws: An ``OutputFileError`` that says why the file cannot be written, or what the plan throws.
    public func save(to path: String, plan: some Encodable) throws {
        let plan = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
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
        guard let text = try Safetensors(contentsOf: path).metadata[planName] else {
            throw FileFormatError(path: path, reason: "there is no plan of a model in it")
        }
        guard let plan = try? JSONDecoder().decode(Plan.self, from: Data(text.utf8)) else {
            throw FileFormatError(path: path, reason: "its plan is that of another kind of model")
        }
        return plan
    }
}
