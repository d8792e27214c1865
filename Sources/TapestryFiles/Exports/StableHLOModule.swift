import TapestryArrays
import TapestryAutograd

/// A function as text in StableHLO, the language that XLA compiles, of a module with one function `main`.
///
/// ```swift
/// let program = try StableHLOModule(of: model, at: inputs) { model, inputs in
///     gradient(at: model) { mean(square($0(inputs).outputs)) }
/// }
/// try OutputFile.write(program.text, to: "gradient.mlir")
/// ```
///
/// What the function does is written down, operation by operation, in inference: a recorded tape, so to say, with the
/// operations as well that have no derivative. Derivatives that it takes are part of it, and recurrences are unrolled.
/// All shapes are those of the example.
///
/// The arguments of `main` are the tensors of the example and then the model's parameters, its results the tensors of
/// what the function returns; comments say which is which. Some operations have no counterpart: solving systems of
/// equations, determinants, a few special functions, and running products among them. They throw an ``ExportError``
/// that names them.
///
/// Reference: OpenXLA, "StableHLO Specification".
public struct StableHLOModule: Sendable {
    /// The program: a module with one function, `main`.
    public let text: String
    /// What the arguments of `main` are: the paths of the example's tensors (`input` for a single one), then those of
    /// the model's tensors.
    public let argumentNames: [String]
    /// The paths of the results (`output` for a single one).
    public let resultNames: [String]

    /// Records and translates a function.
    ///
    /// Traps if the function reads the elements of what depends on the input or on the model, since what it does then
    /// would hold for these alone.
    ///
    /// - Parameters:
    ///   - model: what has the parameters.
    ///   - example: a tensor or a module of them, integer and Boolean ones too, with the shapes that the function is to
    ///     have.
    ///   - function: from the model and an input to any module of tensors.
    /// - Throws: An ``ExportError`` that names the first operation that has no counterpart.
    public init<Model: Module, Input: Module, Output: Module>(
        of model: Model, at example: Input, _ function: (Model, Input) -> Output
    ) throws(ExportError) {
        let graph = OperationGraph(of: model, at: example, rollingLoops: false, function)
        let target = StableHLOTarget()
        var arguments: [(name: String, term: StableHLOTarget.Term)] = []
        var terms: [Int: StableHLOTarget.Term] = [:]
        func argument(_ path: String, _ index: Int) {
            let node = graph.nodes[index]
            let term = StableHLOTarget.Term(
                name: "%arg\(arguments.count)", elementType: node.elementType, shape: node.shape)
            arguments.append((path, term))
            terms[index] = term
        }
        func term(_ operand: OperationGraph.Operand) -> StableHLOTarget.Term {
            switch operand {
            case .node(let reference): terms[reference.index]!
            case .constant(let array): target.constant(array)
            }
        }
        for (index, node) in graph.nodes.enumerated() {
            switch node.kind {
            case .input(let path): argument(path.isEmpty ? "input" : path, index)
            case .parameter(let path, _): argument(path.isEmpty ? "model" : path, index)
            case .primitive, .scan, .result: break
            }
        }
        for index in graph.usedNodes {
            guard case .primitive(let id, _) = graph.nodes[index].kind else { continue }
            let node = RecordedNode(a: graph.nodes[index], b: graph.nodes[index])
            terms[index] = try target.translate(id, node, node.a.operands.map(term))
        }
        let results = graph.outputs.map { (name: $0.path.isEmpty ? "output" : $0.path, term: term($0.operand)) }
        argumentNames = arguments.map(\.name)
        resultNames = results.map(\.name)
        text = StableHLOModule.text(arguments, results, target.lines)
    }

    private static func text(
        _ arguments: [(name: String, term: StableHLOTarget.Term)],
        _ results: [(name: String, term: StableHLOTarget.Term)], _ lines: [String]
    ) -> String {
        let comments =
            arguments.map { "// \($0.term.name): \($0.name.quoted)" }
            + results.enumerated().map { "// result \($0): \($1.name.quoted)" }
        let parameters = arguments.map { "\($0.term.name): \($0.term.type)" }.joined(separator: ", ")
        let types = results.map(\.term.type).joined(separator: ", ")
        let names = results.map(\.term.name).joined(separator: ", ")
        let body = lines + [results.isEmpty ? "return" : "return \(names) : \(types)"]
        return """
            \(comments.joined(separator: "\n"))
            module @tapestry {
              func.func public @main(\(parameters)) -> (\(types)) {
            \(body.map { "    " + $0 }.joined(separator: "\n"))
              }
            }

            """
    }
}
