import TapestryArrays
import TapestryAutograd

/// A language that operations are translated into, one after the other. It says what it has words for; what it hasn't
/// is composed of what it has, by formulas that all languages share.
protocol OperationTarget: AnyObject {
    /// A value in the language.
    associatedtype Term

    /// The language's name, for messages.
    var format: String { get }
    func elementType(of term: Term) -> ElementType
    /// How many axes a value has.
    func rank(of term: Term) -> Int

    /// An operation on elements, whose operands are broadcast against each other; `nil` if the language has no word for
    /// it.
    func elementwise(_ id: Primitive.ID, _ operands: [Term]) throws(ExportError) -> Term?
    /// Any other operation; `nil` if the language has no words for it.
    func structural(_ id: Primitive.ID, _ node: RecordedNode, _ operands: [Term]) throws(ExportError) -> Term?
    /// A number, which is broadcast.
    func scalar(_ number: Double, _ type: ElementType) -> Term
    /// Elements as those of another type.
    func convert(_ term: Term, to type: ElementType) -> Term
    /// The sum, the greatest or the least element over axes, which stay with the extent 1.
    func reduce(_ id: Primitive.ID, _ term: Term, over axes: [Int]) throws(ExportError) -> Term
    /// Without axes, whose extent is 1.
    func removingAxes(_ axes: [Int], of term: Term) -> Term
    /// The number of elements along an axis, as a number of the term's type.
    func extent(of term: Term, axis: Int) throws(ExportError) -> Term
    /// A number that may depend on extents that are left open: a in the first recording, b in the second.
    func number(_ a: Double, _ b: Double, _ type: ElementType) throws(ExportError) -> Term
    func matmul(_ a: Term, _ b: Term) -> Term
}

/// A node of a graph that is translated; two recordings of one, where some extents are to be left open.
struct RecordedNode {
    let a, b: OperationGraph.Node

    /// The settings of the primitive in both.
    var settings: (a: OperationGraph.Settings, b: OperationGraph.Settings) {
        guard case .primitive(_, let first) = a.kind, case .primitive(_, let second) = b.kind else {
            return (.none, .none)
        }
        return (first, second)
    }
}

extension OperationTarget {
    /// An operation in the language's own words or, if it has none, composed.
    func translate(_ id: Primitive.ID, _ node: RecordedNode, _ operands: [Term]) throws(ExportError) -> Term {
        if let term = try elementwise(id, operands) { return term }
        if let term = try structural(id, node, operands) { return term }
        if let term = try composed(id, operands) { return term }
        if let term = try composedReduction(id, node, operands) { return term }
        throw ExportError(format: format, reason: "the operation \"\(id.name)\" has no counterpart there")
    }

    /// An operation on elements as a part of a formula.
    func apply(_ id: Primitive.ID, _ operands: Term...) throws(ExportError) -> Term {
        if let term = try elementwise(id, operands) { return term }
        if let term = try composed(id, operands) { return term }
        throw ExportError(format: format, reason: "the operation \"\(id.name)\" has no counterpart there")
    }

    func number(_ value: Double, like term: Term) -> Term { scalar(value, elementType(of: term)) }
}
