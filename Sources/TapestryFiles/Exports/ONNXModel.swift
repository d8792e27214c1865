import Foundation
import TapestryArrays
import TapestryAutograd

/// A function of a model in the format ONNX, which many other programs run.
///
/// ```swift
/// let model = Recurrent(LeakyCell<Float>(inputSize: 8, hiddenSize: 16))
/// let file = try ONNXModel(
///     of: model, at: Tensor<Float>.zeros([1, 1, 8]), openAxes: ["input": [0: "time", 1: "batch"]]
/// ) { model, input in model(input).outputs }
/// try file.write(to: "model.onnx")
/// ```
///
/// The function runs, in inference, and what it does is written down, operation by operation: any model can be
/// exported, of any layers and any cells. The steps of a recurrence become one `Scan`, with the step as its body, so a
/// file does not grow with the time. A derivative that the function takes is exported as well, with the steps one by
/// one.
///
/// The axes that are left open may have any extent when the file is used; all others have the extents of the example.
/// What the function does may depend on what is open in the way of shapes, and where a constant is repeated, not in its
/// choice of operations. The inputs have the names that the tensors have in `example`, `input` if that is one tensor;
/// the outputs those in what the function returns, `output` if that is one tensor.
///
/// The operations are those of version 18. Some of the library's have no counterpart: solving systems of equations,
/// determinants, a few special functions, and running products among them. They throw an ``ExportError`` that names
/// them.
///
/// Reference: ONNX, "Open Neural Network Exchange Intermediate Representation Specification".
public struct ONNXModel: Sendable {
    /// The bytes of a file.
    public let data: Data

    /// Records and translates a function.
    ///
    /// Traps if the function reads the elements of what depends on the inputs or on the model, since what it does then
    /// would hold for these inputs alone.
    ///
    /// - Parameters:
    ///   - model: what has the parameters, which have their paths as names in the file.
    ///   - example: a tensor or a module of them, integer and Boolean ones too. Of open axes it may have any extent
    ///     but 0.
    ///   - openAxes: for each input, by its name, the axes whose extents are left open, with a name for each extent;
    ///     axes with one name have one extent. At most four names.
    ///   - function: from the model and an input to any module of tensors.
    /// - Throws: An ``ExportError`` if something has no counterpart in ONNX, if an open axis does not exist, or if what
    ///   the function does depends on it, or if the file would have more than 2 GiB, its format's limit.
    public init<Model: Module, Input: Module, Output: Module>(
        of model: Model, at example: Input, openAxes: [String: [Int: String]] = [:],
        _ function: (Model, Input) -> Output
    ) throws(ExportError) {
        let (axes, names) = try ONNXModel.resolved(openAxes, example)
        func recording(_ sample: (Int) -> Int) -> OperationGraph {
            let input = ONNXModel.resized(example, axes.mapValues { $0.mapValues(sample) })
            return OperationGraph(of: model, at: input, rollingLoops: true, function)
        }
        let first = recording { OpenExtents.samples($0).a }
        let second = names.isEmpty ? first : recording { OpenExtents.samples($0).b }
        data = try ONNXModel.data(first, second, OpenExtents(names: names, format: "ONNX"))
        guard data.count < 1 << 31 else {
            throw ExportError(
                format: "ONNX", reason: "a file has at most 2 GiB, and this one would have \(data.count) bytes")
        }
    }

    /// Writes the file beside the one that was there and renames it into place.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written.
    public func write(to path: String) throws(OutputFileError) { try OutputFile.write(data, to: path) }

    private static func data(
        _ a: OperationGraph, _ b: OperationGraph, _ open: OpenExtents
    ) throws(ExportError) -> Data {
        let builder = ONNXBuilder(open)
        func info(
            _ name: String, _ type: ElementType, _ a: [Int], _ b: [Int]
        ) throws(ExportError) -> (info: ONNXValueInfo, shape: [OpenExtent]) {
            let shape = try open.shape(a, b)
            let extents = zip(shape, a).map { extent, count -> ONNXValueInfo.Extent in
                switch extent {
                case .fixed(let count): .fixed(count)
                case .open(let numbers, 1, 0) where numbers.count == 1: .named(open.names[numbers[0]])
                case .open: .unknown
                }
            }
            return (ONNXValueInfo(name: name, elementType: type, shape: extents), shape)
        }
        var inputs: [String] = []
        for (one, two) in zip(a.nodes, b.nodes) {
            guard case .input(let path) = one.kind else { continue }
            inputs.append(builder.claim(path.isEmpty ? "input" : path))
            let (info, shape) = try info(inputs[inputs.count - 1], one.elementType, one.shape, two.shape)
            builder.appendInput(info, shape)
        }
        let outputNames = a.outputs.map { output in
            let path = output.path.isEmpty ? "output" : output.path
            return builder.isTaken(path) ? builder.newName(path) : builder.claim(path)
        }
        let target = ONNXTarget(builder)
        let translation = ONNXTranslation(a, b, target)
        try translation.run(inputs: inputs)
        for (index, term) in try translation.outputs().enumerated() {
            target.emit(term, as: outputNames[index])
            builder.appendOutput(
                try info(outputNames[index], term.elementType, a.outputs[index].shape, b.outputs[index].shape).info)
        }
        return builder.graph.modelData
    }

    // MARK: Open axes

    /// For each input, by its path, the axes that are open with the numbers of their extents, and the names of these.
    private static func resolved<Input: Module>(
        _ openAxes: [String: [Int: String]], _ example: Input
    ) throws(ExportError) -> (axes: [String: [Int: Int]], names: [String]) {
        let names = Set(openAxes.values.flatMap(\.values)).sorted()
        func error(_ reason: String) -> ExportError { ExportError(format: "ONNX", reason: reason) }
        if names.count > OpenExtents.limit { throw error("\(names.count) open extents, at most \(OpenExtents.limit)") }
        let leaves = ModuleTree(of: example).leaves
        var axes: [String: [Int: Int]] = [:]
        for (name, open) in openAxes.sorted(by: { $0.key < $1.key }) {
            guard let leaf = leaves.first(where: { ($0.path.isEmpty ? "input" : $0.path) == name }) else {
                throw error("there is no input \(name.quoted) to have open axes")
            }
            for (axis, extent) in open {
                guard leaf.value.shape.indices.contains(axis) else {
                    throw error("the input \(name.quoted) of shape \(leaf.value.shape) has no axis \(axis)")
                }
                guard leaf.value.shape[axis] > 0 else {
                    throw error(
                        "the input \(name.quoted) of shape \(leaf.value.shape) has no element along its open axis \(axis)"
                    )
                }
                axes[leaf.path, default: [:]][axis] = names.firstIndex(of: extent)!
            }
        }
        return (axes, names)
    }

    /// The example with other extents of some axes.
    private static func resized<Input: Module>(_ example: Input, _ extents: [String: [Int: Int]]) -> Input {
        var tree = ModuleTree(of: example)
        for index in tree.leaves.indices {
            var array = tree.leaves[index].value.readable(in: "export")
            for (axis, count) in extents[tree.leaves[index].path] ?? [:] { array = array.cycled(axis: axis, to: count) }
            tree.leaves[index].value = Value(array)
        }
        return tree.module()
    }
}
