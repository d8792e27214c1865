import Tapestry

/// A function to export, and what it gives for an input, for other programs to give as well.
package struct ExportCase: Sendable, CustomStringConvertible {
    package let name: String
    /// The input's tensors by the names that they have in exported files.
    package let inputs: [String: StoredArray]
    /// The tensors of the model, which a StableHLO function takes beside the input.
    package let parameters: [String: StoredArray]
    /// What the library computes.
    package let outputs: [String: StoredArray]
    package let onnx: @Sendable () throws -> ONNXModel
    package let stableHLO: @Sendable () throws -> StableHLOModule

    package var description: String { name }

    /// - Parameters:
    ///   - openAxes: of all inputs.
    ///   - example: what is exported from, if it has other extents than the input.
    package init<Model: Module, Input: Module, Output: Module>(
        _ name: String, _ model: Model, at input: Input, openAxes: [Int: String] = [:], from example: Input? = nil,
        _ function: @escaping @Sendable (Model, Input) -> Output
    ) {
        self.name = name
        inputs = ExportCase.named(input, "input")
        parameters = ExportCase.named(model, "model")
        outputs = ExportCase.named(withMode(.inference) { function(model, input) }, "output")
        let open = inputs.mapValues { _ in openAxes }
        onnx = { try ONNXModel(of: model, at: example ?? input, openAxes: openAxes.isEmpty ? [:] : open, function) }
        stableHLO = { try StableHLOModule(of: model, at: input, function) }
    }

    private static func named(_ module: some Module, _ single: String) -> [String: StoredArray] {
        let arrays = module.storedArrays()
        // What is one tensor has no path of its own.
        return arrays.count == 1 && arrays["tensor"] != nil ? [single: arrays["tensor"]!] : arrays
    }

    /// Writes what another program needs for its check into a folder.
    package func write(to folder: String, number: Int) throws {
        let path = "\(folder)/\(number)"
        try NumPyArchive(inputs).write(to: path + ".inputs.npz")
        try NumPyArchive(parameters).write(to: path + ".parameters.npz")
        try NumPyArchive(outputs).write(to: path + ".outputs.npz")
        try OutputFile.write(name, to: path + ".name")
        do {
            try onnx().write(to: path + ".onnx")
        } catch let error as ExportError {
            try OutputFile.write(error.reason, to: path + ".onnx-error")
        }
        do {
            let program = try stableHLO()
            try OutputFile.write(program.text, to: path + ".mlir")
            try OutputFile.write(program.argumentNames.joined(separator: "\n"), to: path + ".arguments")
            try OutputFile.write(program.resultNames.joined(separator: "\n"), to: path + ".results")
        } catch let error as ExportError {
            try OutputFile.write(error.reason, to: path + ".mlir-error")
        }
    }

    /// Every case.
    package static var all: [ExportCase] { withRandomSeed(5) { models + derivatives + cells + operations } }
}
