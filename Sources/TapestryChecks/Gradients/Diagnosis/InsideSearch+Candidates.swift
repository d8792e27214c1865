import Foundation
import TapestryAutograd

// Which mistakes are tried, and where.

extension InsideSearch {
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
        let all = [
            groups { role($0) }, groups { role($0, except: 0) }, groups { role($0, except: 1) }, groups(roleByInputs),
        ]
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
    func role(_ number: Int, except position: Int? = nil, depth: Int = 2) -> String {
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
        guard x.shape == operation.result.shape else {
            return slopesOfReductions(use).map {
                Mistake(operations: use.operations, operand: use.operand, kind: .otherSlope($0))
            }
        }
        var slopes = operation.operands.count == 1 ? Self.slopes : Array(Self.slopes.prefix(1))
        if ["softmax", "logSoftmax"].contains(operation.primitive) { slopes += Self.slopesOfSoftmax(rank: x.rank) }
        if operation.primitive == "layerNorm" { slopes += slopesOfLayerNorm(operation, of: use.operand) }
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

    /// What is wrong where an operation makes one number of each line along the last axis.
    private func slopesOfReductions(_ use: Use) -> [Mistake.Slope] {
        let operation = inside.operations[use.operations[0]]
        let x = inside.value(of: operation.operands[use.operand])
        guard let last = x.shape.last, operation.operands.count == 1, x.count == operation.result.count * last,
            ["logSumExp", "max", "min"].contains(operation.primitive)
        else { return [] }
        let column = Array(x.shape.dropLast()) + [1]
        let all = Mistake.Slope(text: "its cotangent to all elements") { g, x, _ in
            g.reshaped(to: column).expanded(to: x.shape)
        }
        if operation.primitive != "logSumExp" { return [all] }
        let others = (0..<x.rank - 1).map { axis in
            Mistake.Slope(text: "its cotangent times softmax(x) over axis \(axis) of its operand") { g, x, _ in
                g.reshaped(to: column) * x.softmax(axis: axis)
            }
        }
        return [all] + others
    }

    /// Normalisations whose statistics are taken for constants: with n the normalised features, s their deviation, and
    /// g the cotangent times the gain.
    private func slopesOfLayerNorm(_ operation: ReplayableFunction.Operation, of place: Int) -> [Mistake.Slope] {
        var operands = operation.operands.map { inside.value(of: $0) }
        guard case .x(let gainPlace) = LayerNormOperand(place, of: operands.count) else { return [] }
        let x = Tensor<Double>(operands[place]).withoutDerivative()
        let gain = Tensor<Double>(operands[gainPlace]).withoutDerivative()
        // x̂ alone: no other term, and no bias.
        for other in operands.indices {
            if case .x = LayerNormOperand(other, of: operands.count) { continue }
            operands[other] = Tensor<Double>.zeros(Tensor<Double>(operands[other]).shape).value
        }
        operands[place] = x.value
        operands[gainPlace] = Tensor<Double>.ones(gain.shape).value
        let n = Tensor<Double>(operation.applied(to: operands)).withoutDerivative()
        let mean: @Sendable (Tensor<Double>) -> Tensor<Double> = { $0.mean(axes: [-1], keepingAxes: true) }
        let s = mean((x - mean(x)) * n) / mean(n * n)
        return [
            Mistake.Slope(text: "g / s, mean and deviation s taken for constants") { g, _, _ in g * gain / s },
            Mistake.Slope(text: "(g − mean(g)) / s, the deviation s taken for a constant") { g, _, _ in
                (g * gain - mean(g * gain)) / s
            },
            Mistake.Slope(text: "(g − n mean(g n)) / s, the mean taken for a constant") { g, _, _ in
                (g * gain - n * mean(g * gain * n)) / s
            },
        ]
    }

    /// What is wrong in the sums of softmax and its logarithm.
    private static func slopesOfSoftmax(rank: Int) -> [Mistake.Slope] {
        (0..<rank).flatMap { axis -> [Mistake.Slope] in
            let sum: @Sendable (Tensor<Double>) -> Tensor<Double> = { $0.sum(axes: [axis], keepingAxes: true) }
            let others = (0..<rank).map { other in
                Mistake.Slope(text: "g − softmax(x) Σ g with softmax over axis \(other) and the sum over axis \(axis)")
                { g, x, _ in
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
                Mistake.Slope(text: "y (g − Σ g y) with the sum over all elements") { g, _, y in y * (g - (g * y).sum())
                },
                Mistake.Slope(text: "g − exp(y) Σ g with the sum over all elements") { g, _, y in g - exp(y) * g.sum()
                },
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
        let isSquare =
            shape.count >= 2 && shape[shape.count - 1] == shape[shape.count - 2] && shape[shape.count - 1] > 1
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
                    let when =
                        shift == 0 || role.count != count
                        ? "" : shift < 0 ? " of the turn before" : " of the turn after"
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
        return (alike + similar.filter { !alike.contains($0) } + all.map { [$0] }).sorted {
            ($0[0], $0.count) < ($1[0], $1.count)
        }
    }
}
