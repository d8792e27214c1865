import Foundation
import TapestryAutograd

// The mistakes that people make in one operation of a rule that they derive by hand.

extension InsideSearch {
    /// A wrong rule for one operand of some operations: those that do the same at every turn of a loop, or one of them.
    struct Mistake {
        enum Kind {
            /// Nothing is passed back.
            case missing
            /// The rule reads other values, one for each turn, in the place of an operand.
            case otherValue([Value], of: Int, name: String)
            /// The rule multiplies the cotangent by something else.
            case otherSlope(Slope)
            /// The rule is that for the cotangent transposed.
            case transposedCotangent
            /// Operations that read parts of one value, such as gates, add their cotangents in each other's places.
            case otherPlaces([Int])
        }

        /// A factor, or another function, of the cotangent.
        struct Slope {
            let text: String
            let cotangent: @Sendable (_ g: Tensor<Double>, _ x: Tensor<Double>, _ y: Tensor<Double>) -> Tensor<Double>
        }

        let operations: [Int]
        let operand: Int
        let kind: Kind

        /// Whether the same mistake may have a factor: a path that is there half, or twice.
        var mayBeScaled: Bool { if case .missing = kind { true } else { false } }

        /// The operation, recorded with the wrong rule.
        func applied(
            _ operation: ReplayableFunction.Operation, to operands: [Value], turn: Int, in search: InsideSearch
        ) -> Value {
            if case .missing = kind {
                var operands = operands
                operands[operand] = Tensor<Double>(operands[operand]).withoutDerivative().value
                return operation.applied(to: operands)
            }
            if case .otherPlaces(let others) = kind {
                // The path of the other operation, with the own value.
                let other = Tensor<Double>(search.inside.operations[others[turn]].applied(to: operands))
                return (Tensor<Double>(operation.result) + (other - other.withoutDerivative())).value
            }
            let (operand, kind, others) = (operand, kind, operands)
            // The other operands keep their own rules, beside the wrong one: y + (what is passed back) − (its value).
            var rest = operands
            rest[operand] = Tensor<Double>(operands[operand]).withoutDerivative().value
            let right = Tensor<Double>(operation.applied(to: rest))
            let wrong = withCustomGradient(named: "wrong", at: Tensor<Double>(operands[operand])) { _ in
                Tensor<Double>(operation.result)
            } pullback: { g, y, x in
                switch kind {
                case .missing, .otherPlaces: return 0 * x
                case .otherSlope(let slope): return slope.cotangent(g, x, y)
                case .otherValue, .transposedCotangent:
                    var changed = others.map {
                        $0.elementType == .float64 ? Tensor<Double>($0).withoutDerivative().value : $0
                    }
                    if case .otherValue(let values, let position, _) = kind { changed[position] = values[turn] }
                    let (_, pullback) = vjp(at: Tensor<Double>(changed[operand])) { x in
                        var all = changed
                        all[operand] = x.value
                        return Tensor<Double>(operation.applied(to: all))
                    }
                    if case .transposedCotangent = kind { return pullback(g.transposed(-1, -2)) }
                    return pullback(g)
                }
            }
            return (right + (wrong - wrong.withoutDerivative())).value
        }

        func finding(_ factor: Factor, in search: InsideSearch) -> Finding {
            let what = search.text(of: self)
            switch kind {
            case .missing:
                let count = 1 - factor.value
                let text = "Inside of the function, what \(what) passes back to its operand \(operand) "
                switch count {
                case -1e-6...1e-6: return (.detached, text + "is missing.")
                case -1.000001...(-0.999999): return (.scaledPath(-1), text + "has the opposite sign.")
                case 1.999999...2.000001: return (.scaledPath(2), text + "is counted twice.")
                default:
                    let rounded = (count * 1e9).rounded() / 1e9
                    return (.scaledPath(rounded), text + "is \(NumberText.long(count)) times what it should be.")
                }
            case .otherValue(_, let position, let name):
                let text = "Inside of the function, the rule of \(what) reads \(name) in the place of its operand "
                return (.wrongSavedValue, text + "\(position): the wrong value was saved.")
            case .transposedCotangent:
                let text = "Inside of the function, the rule of \(what) for its operand \(operand) takes its cotangent "
                return (.wrongAxis(0, 1), text + "transposed.")
            case .otherPlaces(let others):
                let (own, other) = (search.numbered(operations[0]), search.numbered(others[0]))
                let text =
                    operations.count == 2
                    ? "the cotangents of \(own), and of \(other), are exchanged."
                    : "the cotangent of \(own) is added in the place of \(other)."
                return (.exchanged(with: other), "Inside of the function, \(text)")
            case .otherSlope(let slope) where slope.text.isEmpty:
                let primitive = search.inside.operations[operations[0]].primitive
                if ["slice", "permute"].contains(primitive) {
                    let text = "Inside of the function, \(what) passes back its cotangent unchanged"
                    return (.rearranged, "\(text): its elements are not put back into their places.")
                }
                let factor = ["select", "relu", "clamp", "triangle"].contains(primitive) ? "mask" : "factor"
                let text = "Inside of the function, the \(factor) of \(what) for its operand \(operand) is missing"
                return (.otherSlope, "\(text): the cotangent passes unchanged.")
            case .otherSlope(let slope):
                let text =
                    "Inside of the function, \(what) passes back \(slope.text), with x its operand and y its result."
                return (.otherSlope, text)
            }
        }
    }

    /// `tanh(operand 0 + …)`, and how often it is there.
    func text(of mistake: Mistake) -> String {
        let count = mistake.operations.count
        let number = mistake.operations[0]
        if count > 1 { return text(of: number) + ", at all \(count) places like it," }
        let alike = inside.operations.indices.filter { role($0) == role(number) }
        guard alike.count > 1, inside.operations[number].scope.isEmpty else { return text(of: number) }
        return "\(text(of: number)), number \(alike.firstIndex(of: number)! + 1) of \(alike.count) like it,"
    }

    /// A name for an operation, with its number among those of the same name.
    func numbered(_ number: Int) -> String {
        let text = text(of: number)
        let alike = inside.operations.indices.filter { self.text(of: $0) == text }
        return alike.count < 2 ? text : "\(text), number \(alike.firstIndex(of: number)! + 1) of \(alike.count) like it"
    }

    /// A name for an operation: the user's, or what it computes from what.
    func text(of number: Int, depth: Int = 2) -> String {
        let operation = inside.operations[number]
        if operation.isInput { return "operand \(number)" }
        if let name = operation.name { return name }
        if depth == 0 { return operation.primitive }
        let operands = operation.operands.map { operand -> String in
            switch operand {
            case .record(let source): text(of: source, depth: depth - 1)
            case .constant(let value): value.count == 1 ? "a number" : "a constant"
            }
        }
        let step = depth == 2 ? RecordPlace.step(of: operation.scope).map { "t = \($0): " } ?? "" : ""
        let part = depth == 2 ? part(number).map { ", part \($0)" } ?? "" : ""
        return "\(step)\(operation.primitive)(\(operands.joined(separator: ", "))\(part))"
    }

    /// Which of the parts of one value, such as gates, an operation reads.
    func part(_ number: Int) -> Int? {
        guard isPart(number), case .record(let source) = inside.operations[number].operands[0] else { return nil }
        // Those of an input are steps of a sequence.
        if inside.operations[source].isInput { return nil }
        let parts = inside.uses(of: source).map(\.operation).filter(isPart)
        return parts.count > 1 ? parts.firstIndex(of: number) : nil
    }

    func isPart(_ number: Int) -> Bool { inside.operations[number].primitive.hasPrefix("slice") }
}
