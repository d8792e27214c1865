import Foundation
import TapestryArrays
import TapestryAutograd

/// What the graphs of one model share: names, tensors, and the extents that are known only when it runs.
final class ONNXBuilder {
    let open: OpenExtents
    /// The graph of the model; the steps of recurrences have graphs of their own inside.
    private(set) var graph = ONNXGraph(name: "tapestry")
    private var nameCount = 0
    private var names: Set<String> = []
    /// The names of constants, and the arrays, which must not go away and give their identity to others.
    private var constants: [ObjectIdentifier: (name: String, array: NDArray)] = [:]
    private var scalars: [String: String] = [:]
    private var extents: [OpenExtent: String] = [:]
    private var shapes: [[OpenExtent]: String] = [:]
    /// For each open extent an input and an axis that has it.
    private var origins: [Int: (input: String, axis: Int)] = [:]

    init(_ open: OpenExtents) { self.open = open }

    // MARK: Names and nodes

    /// A name that nothing else has.
    func newName(_ stem: String) -> String {
        repeat { nameCount += 1 } while names.contains("\(stem)_\(nameCount)")
        return claim("\(stem)_\(nameCount)")
    }

    /// Takes a name for what users ask for by it.
    @discardableResult
    func claim(_ name: String) -> String {
        names.insert(name)
        return name
    }

    func isTaken(_ name: String) -> Bool { names.contains(name) }

    /// Appends a node to the graph of the model.
    func append(_ node: ONNXNode) { graph.nodes.append(node) }

    func appendInput(_ info: ONNXValueInfo, _ shape: [OpenExtent]) {
        graph.inputs.append(info)
        for (axis, extent) in shape.enumerated() {
            if case .open(let numbers, 1, 0) = extent, numbers.count == 1, origins[numbers[0]] == nil {
                origins[numbers[0]] = (info.name, axis)
            }
        }
    }

    func appendOutput(_ info: ONNXValueInfo) { graph.outputs.append(info) }

    // MARK: Constants

    /// A tensor of the model, by a name of its own.
    func tensor(_ array: NDArray, named name: String) -> String {
        let array = array.contiguous()
        let bytes = Data(bytes: array.pointer, count: array.count * array.elementType.size)
        graph.tensors.append(
            ONNXTensor(name: name, shape: array.shape, type: array.elementType.onnxNumber, bytes: bytes))
        return name
    }

    /// A constant of the function; the same one once.
    func constant(_ array: NDArray) -> String {
        if let known = constants[array.identity] { return known.name }
        if array.rank == 0 {
            let bytes = Data(bytes: array.pointer, count: array.elementType.size)
            return cached("\(array.elementType) \(Array(bytes))") { tensor(array, named: newName("constant")) }
        }
        let name = tensor(array, named: newName("constant"))
        constants[array.identity] = (name, array)
        return name
    }

    /// Whole numbers of 64 bits, which shapes, axes and positions are: a vector.
    func integers(_ numbers: [Int]) -> String {
        cached("int64 \(numbers)") {
            let name = newName("integers")
            var bytes = Data()
            for number in numbers { bytes.append(number: Int64(number)) }
            graph.tensors.append(ONNXTensor(name: name, shape: [numbers.count], type: 7, bytes: bytes))
            return name
        }
    }

    private func cached(_ key: String, _ make: () -> String) -> String {
        if let name = scalars[key] { return name }
        let name = make()
        scalars[key] = name
        return name
    }

    // MARK: Extents that are known when the model runs

    /// Extents as a vector of whole numbers of 64 bits.
    func vector(_ extents: [OpenExtent]) -> String {
        let fixed = extents.compactMap { if case .fixed(let count) = $0 { count } else { nil } }
        if fixed.count == extents.count { return integers(fixed) }
        if let name = shapes[extents] { return name }
        let parts = extents.map(vector)
        let name = parts.count == 1 ? parts[0] : appended("Concat", parts, [("axis", .int(0))], "shape")
        shapes[extents] = name
        return name
    }

    /// One extent as a vector of one number.
    private func vector(_ extent: OpenExtent) -> String {
        guard case .open(let numbers, let factor, let offset) = extent else {
            guard case .fixed(let count) = extent else { return integers([]) }
            return integers([count])
        }
        if let name = extents[extent] { return name }
        var name = numbers.map(base).reduce(nil) { $0 == nil ? $1 : appended("Mul", [$0!, $1], [], "extent") }!
        if factor != 1 { name = appended("Mul", [name, integers([factor])], [], "extent") }
        if offset != 0 { name = appended("Add", [name, integers([offset])], [], "extent") }
        extents[extent] = name
        return name
    }

    private func base(_ number: Int) -> String {
        let extent = OpenExtent.open([number], factor: 1, offset: 0)
        if let name = extents[extent] { return name }
        let origin = origins[number]!
        let name = appended(
            "Shape", [origin.input], [("start", .int(origin.axis)), ("end", .int(origin.axis + 1))], "extent")
        extents[extent] = name
        return name
    }

    private func appended(
        _ operation: String, _ inputs: [String], _ attributes: [(name: String, value: ONNXAttribute)], _ stem: String
    ) -> String {
        let name = newName(stem)
        append(ONNXNode(operation: operation, inputs: inputs, outputs: [name], attributes: attributes))
        return name
    }

    /// One extent as a number of a type.
    func number(_ extent: OpenExtent, _ type: ElementType) -> String {
        let scalar = appended("Squeeze", [vector([extent])], [], "extent")
        return appended("Cast", [scalar], [("to", .int(type.onnxNumber))], "number")
    }

    /// A constant whose elements are all the same along its open axes, as long as these turn out to be.
    func expanded(_ array: NDArray, to shape: [OpenExtent]) -> String {
        appended("Expand", [constant(array), vector(shape)], [], "expanded")
    }
}
