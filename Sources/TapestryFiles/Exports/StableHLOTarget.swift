import TapestryArrays
import TapestryAutograd

/// StableHLO as what operations are translated into: a function of tensors whose shapes are known, a line for each
/// operation.
final class StableHLOTarget: OperationTarget {
    /// A value by its name.
    struct Term {
        let name: String
        let elementType: ElementType
        let shape: [Int]

        var type: String {
            "tensor<" + shape.map { "\($0)x" }.joined() + elementType.stableHLOName + ">"
        }
    }

    let format = "StableHLO"
    private(set) var lines: [String] = []
    private var count = 0

    func elementType(of term: Term) -> ElementType { term.elementType }
    func rank(of term: Term) -> Int { term.shape.count }

    /// Appends a line, `%7 = operation : type`, and gives its result.
    func emit(_ operation: String, _ elementType: ElementType, _ shape: [Int], type: (Term) -> String) -> Term {
        let term = Term(name: "%\(count)", elementType: elementType, shape: shape)
        count += 1
        lines.append("\(term.name) = \(operation) : \(type(term))")
        return term
    }

    /// An operation whose line says the types of operands and result.
    func emit(_ operation: String, from operands: [Term], _ elementType: ElementType, _ shape: [Int]) -> Term {
        emit(operation, elementType, shape) { "(\(operands.map(\.type).joined(separator: ", "))) -> \($0.type)" }
    }

    /// An operation with several results of its operands' types; `name#1` is the second one.
    func emit(_ operation: String, from operands: [Term], resultCount: Int) -> String {
        let types = operands.map(\.type).joined(separator: ", ")
        let name = "%\(count)"
        count += 1
        lines.append("\(name):\(resultCount) = \(operation) : (\(types)) -> (\(types))")
        return name
    }

    // MARK: Elements

    private static let names: [Primitive.ID: String] = [
        .negate: "negate", .abs: "abs", .sign: "sign", .sqrt: "sqrt", .rsqrt: "rsqrt", .exp: "exponential",
        .expm1: "exponential_minus_one", .log: "log", .log1p: "log_plus_one", .tanh: "tanh", .sigmoid: "logistic",
        .sin: "sine", .cos: "cosine", .tan: "tan", .add: "add", .subtract: "subtract", .multiply: "multiply",
        .divide: "divide", .pow: "power", .maximum: "maximum", .minimum: "minimum", .atan2: "atan2", .floor: "floor",
        .ceil: "ceil", .round: "round_nearest_even", .and: "and", .or: "or", .exclusiveOr: "xor", .not: "not",
    ]
    private static let comparisons: [Primitive.ID: String] = [
        .equal: "EQ", .notEqual: "NE", .less: "LT", .lessOrEqual: "LE",
    ]
    /// Operations of CHLO, the dialect of what StableHLO's compilers expand.
    private static let clientNames: [Primitive.ID: String] = [.erf: "erf", .lgamma: "lgamma"]

    func elementwise(_ id: Primitive.ID, _ operands: [Term]) throws(ExportError) -> Term? {
        let shape = operands.dropFirst().reduce(operands[0].shape) { StableHLOTarget.broadcast($0, $1.shape) }
        if let name = StableHLOTarget.names[id] {
            let x = operands.map { broadcast($0, to: shape) }
            let names = x.map(\.name).joined(separator: ", ")
            return emit("stablehlo.\(name) \(names)", x[0].elementType, shape) { $0.type }
        }
        if let name = StableHLOTarget.comparisons[id] {
            let x = operands.map { broadcast($0, to: shape) }
            return emit("stablehlo.compare \(name), \(x[0].name), \(x[1].name)", from: x, .bool, shape)
        }
        if let name = StableHLOTarget.clientNames[id] {
            let x = operands[0]
            return emit("chlo.\(name) \(x.name)", x.elementType, shape) { "\(x.type) -> \($0.type)" }
        }
        guard id == .select else { return nil }
        let x = operands.map { broadcast($0, to: shape) }
        return emit("stablehlo.select \(x.map(\.name).joined(separator: ", "))", x[1].elementType, shape) {
            "\(x[0].type), \($0.type)"
        }
    }

    private static func broadcast(_ a: [Int], _ b: [Int]) -> [Int] {
        let rank = max(a.count, b.count)
        func padded(_ shape: [Int]) -> [Int] { [Int](repeating: 1, count: rank - shape.count) + shape }
        return zip(padded(a), padded(b)).map { $0 == 1 ? $1 : $0 }
    }

    func broadcast(_ term: Term, to shape: [Int]) -> Term {
        if term.shape == shape { return term }
        let axes = term.shape.indices.map { $0 + shape.count - term.shape.count }
        return emit("stablehlo.broadcast_in_dim \(term.name), dims = \(axes)", from: [term], term.elementType, shape)
    }

    func scalar(_ number: Double, _ type: ElementType) -> Term { constant(NDArray(scalar: number, type)) }

    func number(_ a: Double, _ b: Double, _ type: ElementType) throws(ExportError) -> Term { scalar(a, type) }

    /// A constant with the bits of its elements.
    func constant(_ array: NDArray) -> Term {
        // Truth values have bits of another kind.
        if array.elementType == .bool { return convert(constant(array.converted(to: .int32)), to: .bool) }
        let array = array.contiguous()
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = UnsafeRawBufferPointer(start: array.pointer, count: array.count * array.elementType.size)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        let elements = array.count == 0 ? "" : "\"0x\(String(decoding: text, as: UTF8.self))\""
        return emit("stablehlo.constant dense<\(elements)>", array.elementType, array.shape) { $0.type }
    }

    func convert(_ term: Term, to type: ElementType) -> Term {
        if term.elementType == type { return term }
        return emit("stablehlo.convert \(term.name)", from: [term], type, term.shape)
    }

    // MARK: Axes

    func reduce(_ id: Primitive.ID, _ term: Term, over axes: [Int]) throws(ExportError) -> Term {
        let start: Double = id == .sum ? 0 : id == .max ? -.infinity : .infinity
        let integer = id == .sum ? 0 : id == .max ? Double(Int32.min) : Double(Int32.max)
        let first = scalar(term.elementType.isFloatingPoint ? start : integer, term.elementType)
        let operation = id == .sum ? "add" : id == .max ? "maximum" : "minimum"
        let kept = term.shape.indices.filter { !axes.contains($0) }.map { term.shape[$0] }
        let reduced = emit(
            "stablehlo.reduce(\(term.name) init: \(first.name)) applies stablehlo.\(operation) across dimensions = \(axes)",
            from: [term, first], term.elementType, kept)
        return reshape(reduced, to: term.shape.indices.map { axes.contains($0) ? 1 : term.shape[$0] })
    }

    func reshape(_ term: Term, to shape: [Int]) -> Term {
        if term.shape == shape { return term }
        return emit("stablehlo.reshape \(term.name)", from: [term], term.elementType, shape)
    }

    func transpose(_ term: Term, _ order: [Int]) -> Term {
        emit(
            "stablehlo.transpose \(term.name), dims = \(order)", from: [term], term.elementType,
            order.map { term.shape[$0] })
    }

    func removingAxes(_ axes: [Int], of term: Term) -> Term {
        reshape(term, to: term.shape.indices.filter { !axes.contains($0) }.map { term.shape[$0] })
    }

    func extent(of term: Term, axis: Int) throws(ExportError) -> Term {
        scalar(Double(term.shape[axis]), term.elementType)
    }

    func matmul(_ a: Term, _ b: Term) -> Term {
        let leading = StableHLOTarget.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
        let (a, b) = (broadcast(a, to: leading + a.shape.suffix(2)), broadcast(b, to: leading + b.shape.suffix(2)))
        let batch = Array(leading.indices)
        let batching = batch.isEmpty ? "" : " batching_dims = \(batch) x \(batch),"
        let contracting = "contracting_dims = [\(batch.count + 1)] x [\(batch.count)]"
        return emit(
            "stablehlo.dot_general \(a.name), \(b.name),\(batching) \(contracting)", from: [a, b], a.elementType,
            leading + [a.shape[a.shape.count - 2], b.shape[b.shape.count - 1]])
    }
}

extension ElementType {
    /// The name of the type in StableHLO.
    fileprivate var stableHLOName: String {
        switch self {
        case .float32: "f32"
        case .float64: "f64"
        case .int32: "i32"
        case .bool: "i1"
        }
    }
}
