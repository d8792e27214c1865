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
                    var changed = others.map { $0.elementType == .float64 ? Tensor<Double>($0).withoutDerivative().value : $0 }
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
                let other = search.text(of: others[0])
                let text =
                    operations.count == 2
                    ? "the cotangents of \(search.text(of: operations[0])) and of \(other) are exchanged."
                    : "the cotangent of \(search.text(of: operations[0])) is added in the place of \(other)."
                return (.exchanged(with: other), "Inside of the function, \(text)")
            case .otherSlope(let slope) where slope.text.isEmpty:
                let isChoice = ["select", "relu", "clamp"].contains(search.inside.operations[operations[0]].primitive)
                let factor = isChoice ? "mask" : "factor"
                let text = "Inside of the function, the \(factor) of \(what) for its operand \(operand) is missing"
                return (.otherSlope, "\(text): the cotangent passes unchanged.")
            case .otherSlope(let slope):
                let text = "Inside of the function, \(what) passes back \(slope.text), with x its operand and y its result."
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
    private func part(_ number: Int) -> Int? {
        guard isPart(number), case .record(let source) = inside.operations[number].operands[0] else { return nil }
        // Those of an input are steps of a sequence.
        if inside.operations[source].isInput { return nil }
        let parts = inside.uses(of: source).map(\.operation).filter(isPart)
        return parts.count > 1 ? parts.firstIndex(of: number) : nil
    }

    private func isPart(_ number: Int) -> Bool { inside.operations[number].primitive.hasPrefix("slice") }

    // MARK: What is tried

    /// The mistakes, the simple ones first.
    var mistakes: some Sequence<Mistake> {
        let (singles, groups) = (singleUses, groupedUses)
        // Three that are alike are turns of a loop; two may be so by chance.
        let (loops, pairs) = (groups.filter { $0.operations.count > 2 }, groups.filter { $0.operations.count == 2 })
        let stages: [() -> [Mistake]] = [
            { (singles + groups).flatMap(missing) },
            { loops.flatMap(slopes) }, { loops.flatMap(shiftedValues) }, { loops.flatMap(ownValues) },
            { loops.flatMap(otherValues) },
            { singles.flatMap(slopes) }, { otherPlaces }, { singles.flatMap(ownValues) },
            { singles.flatMap(otherValues) },
            { pairs.flatMap(slopes) }, { pairs.flatMap(ownValues) }, { pairs.flatMap(otherValues) },
        ]
        return stages.lazy.flatMap { $0() }
    }

    /// The same operand of operations that do the same.
    struct Use: Equatable {
        let operations: [Int]
        let operand: Int
    }

    private func isTracked(_ operand: ReplayableFunction.Operand) -> Bool {
        if case .record = operand { true } else { false }
    }

    /// The uses of values inside.
    private var singleUses: [Use] {
        inside.operations.indices.flatMap { number -> [Use] in
            let operation = inside.operations[number]
            guard !operation.isInput, operation.result.elementType == .float64 else { return [] }
            return operation.operands.indices.filter {
                isTracked(operation.operands[$0]) && inside.value(of: operation.operands[$0]).elementType == .float64
            }.map { Use(operations: [number], operand: $0) }
        }
    }

    /// Those that are alike, at the turns of a loop.
    private var groupedUses: [Use] {
        let singles = singleUses
        func groups(_ role: (Int) -> String) -> [Use] {
            Dictionary(grouping: singles) { "\(role($0.operations[0])) \($0.operand)" }.values
                .filter { $0.count > 1 }
                .map { Use(operations: $0.map { $0.operations[0] }, operand: $0[0].operand) }
                .sorted { ($0.operations[0], $0.operand) < ($1.operations[0], $1.operand) }
        }
        // The first turn of a loop often reads a constant, or an input, where the others read a value.
        let all = [groups { role($0) }, groups { role($0, except: 0) }, groups { role($0, except: 1) }, groups(roleByInputs)]
        return all.joined().reduce(into: []) { uses, use in
            if !uses.contains(use) { uses.append(use) }
        }
    }

    /// What an operation does, and to which inputs, whatever its other operands are.
    private func roleByInputs(_ number: Int) -> String {
        let operation = inside.operations[number]
        let operands = operation.operands.map { operand -> String in
            if case .record(let source) = operand, inside.operations[source].isInput { return "%\(source)" }
            return "_"
        }
        return "\(operation.primitive)(\(operands.joined(separator: ", ")))\(operation.result.shape)"
    }

    /// What an operation does, and to what, at every turn of a loop.
    ///
    /// - Parameter position: an operand that may be any.
    private func role(_ number: Int, except position: Int? = nil, depth: Int = 2) -> String {
        let operation = inside.operations[number]
        if operation.isInput { return "%\(number)" }
        let name = operation.primitive + (part(number).map { " \($0)" } ?? "")
        if depth == 0 { return name }
        let operands = operation.operands.indices.map { place -> String in
            if place == position { return "_" }
            if case .record(let source) = operation.operands[place] { return role(source, depth: depth - 1) }
            return "constant"
        }
        return "\(name)(\(operands.joined(separator: ", ")))\(operation.result.shape)"
    }

    private func missing(_ use: Use) -> [Mistake] {
        [Mistake(operations: use.operations, operand: use.operand, kind: .missing)]
    }

    private func slopes(_ use: Use) -> [Mistake] {
        let operation = inside.operations[use.operations[0]]
        let x = inside.value(of: operation.operands[use.operand])
        guard x.shape == operation.result.shape else { return [] }
        var slopes = operation.operands.count == 1 ? Self.slopes : Array(Self.slopes.prefix(1))
        if ["softmax", "logSoftmax"].contains(operation.primitive) { slopes += Self.slopesOfSoftmax(rank: x.rank) }
        return slopes.map {
            Mistake(operations: use.operations, operand: use.operand, kind: .otherSlope($0))
        }
    }

    private static let slopes: [Mistake.Slope] = {
        typealias Function = @Sendable (Tensor<Double>, Tensor<Double>) -> Tensor<Double>
        let factors: [(String, Function)] = [
            ("1 − x²", { x, _ in 1 - x * x }), ("1 − y²", { _, y in 1 - y * y }), ("1 − y", { _, y in 1 - y }),
            ("1 − x", { x, _ in 1 - x }), ("y (1 − y)", { _, y in y * (1 - y) }),
            ("x (1 − x)", { x, _ in x * (1 - x) }), ("y", { _, y in y }), ("x", { x, _ in x }),
            ("2 x", { x, _ in 2 * x }), ("2 y", { _, y in 2 * y }), ("y²", { _, y in y * y }),
            ("1 + y", { _, y in 1 + y }), ("1 / x", { x, _ in 1 / x }), ("1 / y", { _, y in 1 / y }),
            ("1 / (2 x)", { x, _ in 0.5 / x }), ("1 / √y", { _, y in 1 / sqrt(y) }), ("exp(x)", { x, _ in exp(x) }),
            ("exp(y)", { _, y in exp(y) }), ("σ(x)", { x, _ in sigmoid(x) }), ("σ(y)", { _, y in sigmoid(y) }),
            ("sign(x)", { x, _ in sign(x) }), ("[x > 0]", { x, _ in select(x .> 0, Tensor(1), Tensor(0)) }),
            ("−x²", { x, _ in -x * x }), ("−1 / x", { x, _ in -1 / x }), ("−1 / y", { _, y in -1 / y }),
            ("−y", { _, y in -y }), ("sin(x)", { x, _ in sin(x) }), ("cos(x)", { x, _ in cos(x) }),
        ]
        let identity = Mistake.Slope(text: "") { g, _, _ in g }
        return [identity]
            + factors.map { text, function in
                Mistake.Slope(text: "its cotangent times \(text)") { g, x, y in g * function(x, y) }
            }
    }()

    /// What is wrong in the sums of softmax and its logarithm.
    private static func slopesOfSoftmax(rank: Int) -> [Mistake.Slope] {
        (0..<rank).flatMap { axis -> [Mistake.Slope] in
            let sum: @Sendable (Tensor<Double>) -> Tensor<Double> = { $0.sum(axes: [axis], keepingAxes: true) }
            let others = (0..<rank).map { other in
                Mistake.Slope(text: "g − softmax(x) Σ g with softmax over axis \(other) and the sum over axis \(axis)") { g, x, _ in
                    g - x.softmax(axis: other) * sum(g)
                }
            }
            return others + [
                Mistake.Slope(text: "y (g − Σ g y) with the sum over axis \(axis)") { g, _, y in y * (g - sum(g * y)) },
                Mistake.Slope(text: "g − y Σ g with the sum over axis \(axis), y in the place of exp(y)") { g, _, y in
                    g - y * sum(g)
                },
                Mistake.Slope(text: "g − exp(y) Σ g with the sum over axis \(axis)") { g, _, y in g - exp(y) * sum(g) },
                Mistake.Slope(text: "g − exp(x) Σ g, x in the place of y, with the sum over axis \(axis)") { g, x, _ in
                    g - exp(x) * sum(g)
                },
                Mistake.Slope(text: "y (g − Σ g y) with the sum over all elements") { g, _, y in y * (g - (g * y).sum()) },
                Mistake.Slope(text: "g − exp(y) Σ g with the sum over all elements") { g, _, y in g - exp(y) * g.sum() },
                Mistake.Slope(text: "y (g − Σ g), without y in the sum, over axis \(axis)") { g, _, y in
                    y * (g - sum(g))
                },
            ]
        }
    }

    /// Functions of the operand, and other values of the operation, in an operand's place.
    private func ownValues(_ use: Use) -> [Mistake] {
        let operation = inside.operations[use.operations[0]]
        let shape = operation.result.shape
        let isSquare = shape.count >= 2 && shape[shape.count - 1] == shape[shape.count - 2] && shape[shape.count - 1] > 1
        let transposed = Mistake(operations: use.operations, operand: use.operand, kind: .transposedCotangent)
        return (isSquare ? [transposed] : [])
            + operation.operands.indices.flatMap { position -> [Mistake] in
            let values = use.operations.map { inside.value(of: inside.operations[$0].operands[position]) }
            guard values[0].elementType == .float64 else { return [] }
            func mistake(_ name: String, _ function: (Tensor<Double>) -> Tensor<Double>) -> Mistake {
                let changed = values.map { function(Tensor<Double>($0).withoutDerivative()).value }
                return Mistake(
                    operations: use.operations, operand: use.operand,
                    kind: .otherValue(changed, of: position, name: name))
            }
            var all = Self.functionsOfValues.map { mistake("\($0) of it", $1) }
            let shape = values[0].shape
            if shape.count >= 2, shape[shape.count - 1] == shape[shape.count - 2] {
                all.append(mistake("its transpose", { $0.transposed(-1, -2) }))
            }
            return all
        }
    }

    private static let functionsOfValues: [(String, @Sendable (Tensor<Double>) -> Tensor<Double>)] = [
        ("1 minus the value", { 1 - $0 }), ("tanh", { tanh($0) }), ("the square", { square($0) }),
        ("σ", { sigmoid($0) }), ("the negative", { -$0 }), ("the exponential", { exp($0) }),
        ("the reciprocal", { 1 / $0 }),
    ]

    /// Other values of the function: the one of the same turn of a loop, of the turn before, or after.
    private func otherValues(_ use: Use) -> [Mistake] {
        let operation = inside.operations[use.operations[0]]
        let count = use.operations.count
        return operation.operands.indices.flatMap { position -> [Mistake] in
            let own = use.operations.map { inside.value(of: inside.operations[$0].operands[position]) }
            guard own[0].elementType == .float64, own[0].count > 1 else { return [] }
            return valuesByRole.flatMap { role -> [Mistake] in
                guard role.count >= count, role.count <= count + 1,
                    inside.operations[role[0]].result.shape == own[0].shape
                else { return [] }
                return (count == 1 ? 0...0 : -1...1).compactMap { shift -> Mistake? in
                    let values = use.operations.indices.map { turn in
                        role.indices.contains(turn + shift) ? inside.operations[role[turn + shift]].result : own[turn]
                    }
                    if zip(values, own).allSatisfy({ $0.array.identity == $1.array.identity }) { return nil }
                    let name = text(of: role[max(0, min(shift, role.count - 1))])
                    let when = shift == 0 ? "" : shift < 0 ? " of the turn before" : " of the turn after"
                    return Mistake(
                        operations: use.operations, operand: use.operand,
                        kind: .otherValue(values, of: position, name: name + when))
                }
            }
        }
    }

    /// What the operand is one turn before or after, and at the ends what it is there, or zero.
    private func shiftedValues(_ use: Use) -> [Mistake] {
        if use.operations.count < 3 { return [] }
        return inside.operations[use.operations[0]].operands.indices.flatMap { position -> [Mistake] in
            let own = use.operations.map { inside.value(of: inside.operations[$0].operands[position]) }
            guard own[0].elementType == .float64, Set(own.map(\.shape)).count == 1 else { return [] }
            return [(-1, "before"), (1, "after")].flatMap { shift, name in
                [false, true].map { endsInZero in
                    let values = own.indices.map { turn -> Value in
                        if own.indices.contains(turn + shift) { return own[turn + shift] }
                        return endsInZero ? Tensor<Double>.zeros(own[turn].shape).value : own[turn]
                    }
                    return Mistake(
                        operations: use.operations, operand: use.operand,
                        kind: .otherValue(values, of: position, name: "the value of the turn \(name)"))
                }
            }
        }
    }

    /// Exchanges of operations that read parts of one value.
    private var otherPlaces: [Mistake] {
        let parts = inside.operations.indices.filter(isPart)
        let pairs = parts.flatMap { first in
            parts.filter { second in
                let (one, other) = (inside.operations[first], inside.operations[second])
                guard first < second, one.result.shape == other.result.shape, case .record(let a) = one.operands[0],
                    case .record(let b) = other.operands[0]
                else { return false }
                return a == b
            }.map { (first, $0) }
        }
        return pairs.flatMap { first, second in
            [([first, second], [second, first]), ([first], [second]), ([second], [first])].map {
                Mistake(operations: $0, operand: 0, kind: .otherPlaces($1))
            }
        }
    }

    /// The operations whose values could be read by mistake, by what they do.
    private var valuesByRole: [[Int]] {
        let all = inside.operations.indices.filter { inside.operations[$0].result.elementType == .float64 }
        let alike = Dictionary(grouping: all) { role($0) }.values.filter { $0.count > 1 }
        let similar = Dictionary(grouping: all) { role($0, depth: 1) }.values.filter { $0.count > 1 }
        return (alike + similar.filter { !alike.contains($0) } + all.map { [$0] }).sorted { ($0[0], $0.count) < ($1[0], $1.count) }
    }
}
