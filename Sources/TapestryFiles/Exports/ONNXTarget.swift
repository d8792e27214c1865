import TapestryArrays
import TapestryAutograd

/// ONNX as what operations are translated into: one of its graphs, that of a model or of the step of a recurrence.
final class ONNXTarget: OperationTarget {
    /// A value by its name.
    struct Term {
        let name: String
        let elementType: ElementType
        let shape: [OpenExtent]
    }

    let format = "ONNX"
    let builder: ONNXBuilder
    /// The graph of the step; `nil` for that of the model, which the builder has.
    private(set) var stepGraph: ONNXGraph?

    init(_ builder: ONNXBuilder, stepGraph: ONNXGraph? = nil) {
        self.builder = builder
        self.stepGraph = stepGraph
    }

    func elementType(of term: Term) -> ElementType { term.elementType }
    func rank(of term: Term) -> Int { term.shape.count }

    // MARK: Nodes

    func append(_ node: ONNXNode) {
        if stepGraph == nil { builder.append(node) } else { stepGraph!.nodes.append(node) }
    }

    func emit(
        _ operation: String, _ inputs: [String], _ attributes: [(name: String, value: ONNXAttribute)] = []
    ) -> String {
        let name = builder.newName(operation)
        append(ONNXNode(operation: operation, inputs: inputs, outputs: [name], attributes: attributes))
        return name
    }

    /// A result that bears a given name.
    func emit(_ term: Term, as name: String) {
        append(ONNXNode(operation: "Identity", inputs: [term.name], outputs: [name], attributes: []))
    }

    // MARK: Elements

    private static let names: [Primitive.ID: String] = [
        .negate: "Neg", .abs: "Abs", .sign: "Sign", .sqrt: "Sqrt", .exp: "Exp", .log: "Log", .tanh: "Tanh",
        .sigmoid: "Sigmoid", .relu: "Relu", .softplus: "Softplus", .softsign: "Softsign", .reciprocal: "Reciprocal",
        .sin: "Sin", .cos: "Cos", .tan: "Tan", .asin: "Asin", .acos: "Acos", .atan: "Atan", .sinh: "Sinh",
        .cosh: "Cosh", .asinh: "Asinh", .acosh: "Acosh", .atanh: "Atanh", .erf: "Erf",
        .add: "Add", .subtract: "Sub", .multiply: "Mul", .divide: "Div", .pow: "Pow", .maximum: "Max",
        .minimum: "Min", .select: "Where", .floor: "Floor", .ceil: "Ceil", .round: "Round", .equal: "Equal",
        .less: "Less", .lessOrEqual: "LessOrEqual", .and: "And", .or: "Or", .exclusiveOr: "Xor", .not: "Not",
        .isNaN: "IsNaN",
    ]
    private static let tests: Set<Primitive.ID> = [
        .equal, .less, .lessOrEqual, .and, .or, .exclusiveOr, .not, .isNaN,
    ]

    func elementwise(_ id: Primitive.ID, _ operands: [Term]) throws(ExportError) -> Term? {
        guard let operation = ONNXTarget.names[id] else { return nil }
        let shape = operands.dropFirst().reduce(operands[0].shape) { ONNXTarget.broadcast($0, $1.shape) }
        let type = ONNXTarget.tests.contains(id) ? .bool : operands[operands.count - 1].elementType
        return Term(name: emit(operation, operands.map(\.name)), elementType: type, shape: shape)
    }

    private static func broadcast(_ a: [OpenExtent], _ b: [OpenExtent]) -> [OpenExtent] {
        let rank = max(a.count, b.count)
        func padded(_ shape: [OpenExtent]) -> [OpenExtent] {
            [OpenExtent](repeating: .fixed(1), count: rank - shape.count) + shape
        }
        return zip(padded(a), padded(b)).map { $0 == .fixed(1) ? $1 : $0 }
    }

    func scalar(_ number: Double, _ type: ElementType) -> Term {
        Term(name: builder.constant(NDArray(scalar: number, type)), elementType: type, shape: [])
    }

    func convert(_ term: Term, to type: ElementType) -> Term {
        if term.elementType == type { return term }
        let name = emit("Cast", [term.name], [("to", .int(type.onnxNumber))])
        return Term(name: name, elementType: type, shape: term.shape)
    }

    func number(_ a: Double, _ b: Double, _ type: ElementType) throws(ExportError) -> Term {
        if a == b { return scalar(a, type) }
        guard let first = Int(exactly: a), let second = Int(exactly: b) else {
            guard let first = Int(exactly: (1 / a).rounded()), let second = Int(exactly: (1 / b).rounded()),
                abs(a * Double(first) - 1) < 1e-6, abs(b * Double(second) - 1) < 1e-6
            else { throw builder.open.error("a number that is \(a) in one recording and \(b) in another") }
            return try apply(.divide, scalar(1, type), number(Double(first), Double(second), type))
        }
        return Term(
            name: builder.number(try builder.open.extent(first, second), type), elementType: type, shape: [])
    }

    // MARK: Axes

    func reduce(_ id: Primitive.ID, _ term: Term, over axes: [Int]) throws(ExportError) -> Term {
        let operation = id == .sum ? "ReduceSum" : id == .max ? "ReduceMax" : "ReduceMin"
        let name = emit(operation, [term.name, builder.integers(axes)], [("keepdims", .int(1))])
        var shape = term.shape
        for axis in axes { shape[axis] = .fixed(1) }
        return Term(name: name, elementType: term.elementType, shape: shape)
    }

    func removingAxes(_ axes: [Int], of term: Term) -> Term {
        if axes.isEmpty { return term }
        let shape = term.shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
        let name = emit("Squeeze", [term.name, builder.integers(axes)])
        return Term(name: name, elementType: term.elementType, shape: shape)
    }

    func addingAxis(_ axis: Int, to term: Term) -> Term {
        var shape = term.shape
        shape.insert(.fixed(1), at: axis)
        let name = emit("Unsqueeze", [term.name, builder.integers([axis])])
        return Term(name: name, elementType: term.elementType, shape: shape)
    }

    func extent(of term: Term, axis: Int) throws(ExportError) -> Term {
        guard case .fixed(let count) = term.shape[axis] else {
            return Term(
                name: builder.number(term.shape[axis], term.elementType), elementType: term.elementType, shape: [])
        }
        return scalar(Double(count), term.elementType)
    }

    func matmul(_ a: Term, _ b: Term) -> Term {
        let batch = ONNXTarget.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
        let shape = batch + [a.shape[a.shape.count - 2], b.shape[b.shape.count - 1]]
        return Term(name: emit("MatMul", [a.name, b.name]), elementType: a.elementType, shape: shape)
    }
}
