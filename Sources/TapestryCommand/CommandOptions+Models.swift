import TapestryAutograd
import TapestryFiles

/// What a program saves beside a model, and which program it was. Reading it never fails: what is not there is `nil`.
private struct SavedPlan<Plan> {
    var program: String?
    var plan: Plan?

    enum CodingKeys: String, CodingKey {
        case program, plan
    }
}

extension SavedPlan: Encodable where Plan: Encodable {}

extension SavedPlan: Decodable where Plan: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        program = try? container.decode(String.self, forKey: .program)
        plan = try? container.decode(Plan.self, forKey: .plan)
    }
}

extension CommandOptions {
    /// Ends the training of a model: Ctrl-C ends the program again, and if it ended the training early, a line says so.
    /// Then the model is written, with its plan and the program's name, if a file was asked for. A model that was
    /// loaded was not trained, and nothing is done.
    ///
    /// - Parameter plan: What it takes beside the tensors to make the model again: its settings, a vocabulary.
    /// - Throws: An `OutputFileError` if the file can't be written, or what the plan throws.
    public func finishTraining(_ model: some Module, plan: some Encodable, _ files: JobFiles) throws {
        if files.load != nil { return }
        Interrupt.finish()
        guard let path = files.save else { return }
        try model.save(to: path, plan: SavedPlan(program: program, plan: plan))
    }

    /// The plan of the model that this program wrote into a file.
    ///
    /// - Throws: A `FileFormatError` if the file can't be read, which names the program that wrote it if that was
    ///   another.
    public func plan<Plan: Decodable>(
        of type: Plan.Type = Plan.self, inFile path: String
    ) throws(FileFormatError) -> Plan {
        func error(_ reason: String) -> FileFormatError { FileFormatError(path: path, reason: reason) }
        let file = try Safetensors(contentsOf: path)
        guard let saved = try? file.plan(of: SavedPlan<Plan>.self), let owner = saved.program
        else {
            throw error("it holds tensors, but no model that --save of \(program) wrote")
        }
        if owner != program { throw error("it holds a model of \(owner), not one of \(program)") }
        guard let plan = saved.plan else { throw error("it holds a model of another version of \(program)") }
        return plan
    }
}
