import TapestryArrays

/// The sum of products that a specification names by a letter for each axis (Einstein's summation convention).
///
/// ```swift
/// einsum("ij,jk->ik", a, b)           // the matrix product
/// einsum("bij,bkj->bik", q, k)        // for each example of a batch
/// einsum("ii->i", a)                  // the diagonal
/// einsum("...ij->...ji", a)           // transposed, whatever axes lead
/// einsum("i,j->", x, y)               // the sum of all products
/// ```
///
/// A letter that stands in several operands pairs their axes; one that stands twice in an operand takes a diagonal; one
/// that the result does not have is summed over. Without `->` the result has the letters that stand once, in
/// alphabetical order. `...` stands for any axes, which are broadcast. An axis of extent 1 is broadcast against its
/// partners. Operands are multiplied from left to right, and each letter is summed over as soon as no other operand
/// needs it. Traps, with the specification and the shapes, on one that does not fit the operands.
public func einsum<Scalar: DifferentiableScalar>(
    _ specification: String, _ operands: Tensor<Scalar>...
) -> Tensor<Scalar> {
    einsum(specification, operands)
}

/// The same for a list of operands.
public func einsum<Scalar: DifferentiableScalar>(
    _ specification: String, _ operands: [Tensor<Scalar>]
) -> Tensor<Scalar> {
    let summation = Summation(specification, operands.map(\.shape))
    var factors = zip(operands, summation.operands).map { LabelledTensor(value: $0.value, labels: $1) }
    for index in factors.indices {
        factors[index].takeDiagonals()
        factors[index].dropSingleAxes(summation.extents)
    }
    var product = factors[0]
    for index in factors.indices {
        let needed = Set(summation.result + factors[(index + 1)...].flatMap(\.labels))
        product = index == 0 ? product : product.multiplied(by: factors[index], keeping: needed)
        product.sum(allBut: needed)
    }
    return Tensor(product.arranged(summation.result, summation.extents))
}

/// An axis by its letter, or by its place in what `...` stands for, −1 for the last.
private enum Label: Hashable, Comparable {
    case implied(Int)
    case letter(Character)
}

/// A specification, read and checked against the operands' shapes.
private struct Summation {
    private(set) var operands: [[Label]] = []
    private(set) var result: [Label] = []
    /// For each label the extent that its axes have, but for those of extent 1.
    private(set) var extents: [Label: Int] = [:]

    init(_ specification: String, _ shapes: [[Int]]) {
        func fail(_ reason: String) -> Never { trap("einsum", "\"\(specification)\" for shapes \(shapes): \(reason)") }
        let text = specification.filter { $0 != " " }
        let sides = text.split(separator: "->", maxSplits: 2, omittingEmptySubsequences: false)
        if sides.count > 2 { fail("more than one ->") }
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
        if terms.count != shapes.count { fail("\(terms.count) terms for \(shapes.count) operands") }

        /// The labels of a term; `impliedCount` axes stand for its `...`.
        func labels(_ term: Substring, impliedCount: Int?) -> [Label] {
            let parts = term.split(separator: "...", maxSplits: 2, omittingEmptySubsequences: false)
            if parts.count > 2 { fail("... stands twice in \(term)") }
            let letters = parts.map { part in
                part.map { letter -> Label in
                    if !letter.isLetter { fail("\(letter) is no letter") }
                    return .letter(letter)
                }
            }
            guard parts.count == 2 else { return letters[0] }
            let implied = (0..<(impliedCount ?? 0)).map { Label.implied($0 - (impliedCount ?? 0)) }
            return letters[0] + implied + letters[1]
        }

        var impliedCount = 0
        for (term, shape) in zip(terms, shapes) {
            let named = term.count(where: \.isLetter)
            let hasEllipsis = term.contains("...")
            if shape.count < named || !hasEllipsis && shape.count != named {
                fail("\(term) names \(named) axes of a tensor of rank \(shape.count)")
            }
            let own = labels(term, impliedCount: shape.count - named)
            impliedCount = Swift.max(impliedCount, hasEllipsis ? shape.count - named : 0)
            for (label, extent) in zip(own, shape) {
                let known = extents[label] ?? 1
                if known != 1, extent != 1, known != extent { fail("\(label.text) is \(known) and \(extent)") }
                if known == 1 { extents[label] = extent }
            }
            operands.append(own)
        }
        let all = operands.joined()
        if sides.count == 2 {
            result = labels(sides[1], impliedCount: impliedCount)
            if let unknown = result.first(where: { extents[$0] == nil }) { fail("no operand has \(unknown.text)") }
            if Set(result).count != result.count { fail("a letter stands twice in the result") }
        } else {
            let once = Set(all).filter { label in all.count(where: { $0 == label }) == 1 || label.isImplied }
            result = once.sorted()
        }
    }
}

extension Label {
    fileprivate var isImplied: Bool { if case .implied = self { true } else { false } }

    fileprivate var text: String {
        switch self {
        case .implied(let place): "axis \(place) of ..."
        case .letter(let letter): String(letter)
        }
    }
}

/// A value whose axes have labels.
private struct LabelledTensor {
    var value: Value
    var labels: [Label]

    /// Axes of one label become one, its diagonal.
    mutating func takeDiagonals() {
        for label in Set(labels) {
            while let first = labels.firstIndex(of: label), let second = labels[(first + 1)...].firstIndex(of: label) {
                let others = labels.indices.filter { $0 != first && $0 != second }
                value = value.permuted(others + [first, second]).diagonal(offset: 0)
                labels = others.map { labels[$0] } + [label]
            }
        }
    }

    /// Axes of extent 1 that are broadcast do nothing.
    mutating func dropSingleAxes(_ extents: [Label: Int]) {
        let single = labels.indices.filter { value.shape[$0] == 1 && extents[labels[$0]] != 1 }
        value = value.squeezed(single)
        for axis in single.reversed() { labels.remove(at: axis) }
    }

    mutating func sum(allBut needed: Set<Label>) {
        let axes = labels.indices.filter { !needed.contains(labels[$0]) }
        value = value.sum(over: axes, keepingAxes: false)
        labels = labels.filter(needed.contains)
    }

    /// A product of matrices for each element of the axes that both have and that stay.
    func multiplied(by other: LabelledTensor, keeping needed: Set<Label>) -> LabelledTensor {
        let shared = labels.filter(other.labels.contains)
        let (batch, summed) = (shared.filter(needed.contains), shared.filter { !needed.contains($0) })
        let own = labels.filter { !shared.contains($0) }
        let others = other.labels.filter { !shared.contains($0) }
        let extents = Dictionary(
            zip(labels + other.labels, value.shape + other.value.shape), uniquingKeysWith: { first, _ in first })
        func extent(_ labels: [Label]) -> Int { labels.reduce(1) { $0 * extents[$1]! } }
        let rows = arranged(batch + own + summed, extents)
            .reshaped(to: [extent(batch), extent(own), extent(summed)])
        let columns = other.arranged(batch + summed + others, extents)
            .reshaped(to: [extent(batch), extent(summed), extent(others)])
        let product = Value.matmul(rows, columns)
        let result = batch + own + others
        return LabelledTensor(value: product.reshaped(to: result.map { extents[$0]! }), labels: result)
    }

    /// The axes in another order; those that are missing are broadcast.
    func arranged(_ order: [Label], _ extents: [Label: Int]) -> Value {
        let present = order.filter(labels.contains)
        let arranged = value.permuted(present.map { labels.firstIndex(of: $0)! })
        let missing = order.indices.filter { !labels.contains(order[$0]) }
        return arranged.unsqueezed(missing).expanded(to: order.map { extents[$0]! })
    }
}
