import Foundation
import TapestryAutograd

/// Quantities that are put together in another way: a part of something else mixed in, other coefficients, a factor or
/// a term on the other side of the activation, or another equation for some units.
extension EquationConfusions {
    var ofMixtures: [EquationConfusion] { functionsAndRows + mixtures + gatesOfPreactivations + termsBehind }

    private typealias Values = (EquationSetting, EquationHistory) -> [Double]

    /// What is as wide as the quantity, without it.
    private var vectors: [(name: String, isState: Bool, values: Values)] {
        operandNames.map { name in (name, false, { $0.record($1).value(name) ?? [] }) }
            + operandStates.map { path in (previous(path), true, { setting, _ in setting.state(path) }) }
    }

    // MARK: The whole

    private var functionsAndRows: [EquationConfusion] {
        let quantity = quantity
        let functions: [(EquationConfusionKind, String, ([Double]) -> [Double])] = [
            (.activation, "is squared", { $0.map { $0 * $0 } }),
            (.activation, "is its root", { $0.map { $0.squareRoot() } }),
            (.activation, "is taken without its sign", { $0.map(\.magnitude) }),
            (.normalization, "is centred over the units", { $0.centred }),
            (.rounding, "is rounded to single precision", { $0.map { Double(Float($0)) } }),
        ]
        let plain = functions.map { kind, predicate, function in
            value(kind, "\(quantity) \(predicate)") { values, _, _ in function(values) }
        }
        if rowCount < 2 { return plain }
        func ofRows(_ statement: String, _ function: @escaping ([[Double]]) -> [Double]) -> EquationConfusion {
            value(.rows, statement) { _, setting, history in
                let rows = history.records[setting.time].compactMap { $0.values(of: quantity) }
                return rows.isEmpty ? nil : function(rows)
            }
        }
        let copies = [0, rowCount - 1].map { row in ofRows("all rows have \(quantity) of row \(row)") { $0[row] } }
        func mean(_ rows: [[Double]]) -> [Double] {
            rows.dropFirst().reduce(rows[0]) { $0.combined($1, +) }.map { $0 / Double(rows.count) }
        }
        return plain + copies + [
            ofRows("\(quantity) is averaged over the rows", mean),
            value(.rows, "\(quantity) is centred over the rows") { values, setting, history in
                let rows = history.records[setting.time].compactMap { $0.values(of: quantity) }
                return rows.isEmpty ? nil : values.combined(mean(rows), -)
            },
        ]
    }

    // MARK: Other coefficients

    /// The numbers of the deviating step in all rows.
    private func numbers(_ values: Values) -> [Double] {
        (0..<rowCount).flatMap { values(history.setting(time, $0), history) }
    }

    private var mixtures: [EquationConfusion] {
        let computed = (0..<rowCount).flatMap { trace.steps[time].values(of: quantity, row: $0) ?? [] }
        let expected = (0..<rowCount).flatMap { history.records[time][$0].values(of: quantity) ?? [] }
        if computed.count != expected.count || computed.count < 4 { return [] }
        let vectors = vectors
        let parts = vectors.compactMap { vector -> EquationConfusion? in
            guard
                let (own, other) = Self.coefficients(of: computed, expected, numbers(vector.values)),
                (own - 1).magnitude > 1e-9, other.magnitude > 1e-9
            else { return nil }
            let text = "\(quantity) is \(NumberText.long(own)) times what it should be plus \(NumberText.long(other))"
            return value(vector.isState ? .oldState : .otherValue, "\(text) times \(vector.name)") {
                values, setting, history in
                values.combined(vector.values(setting, history)) { own * $0 + other * $1 }
            }
        }
        let sums = vectors.indices.flatMap { first in
            vectors.indices.dropFirst(first + 1).compactMap { second -> EquationConfusion? in
                let (a, b) = (vectors[first], vectors[second])
                guard let (x, y) = Self.coefficients(of: computed, numbers(a.values), numbers(b.values)) else {
                    return nil
                }
                let text = "\(quantity) is \(NumberText.long(x)) · \(a.name) + \(NumberText.long(y)) · \(b.name)"
                return value(.otherValue, text) { _, setting, history in
                    a.values(setting, history).combined(b.values(setting, history)) { x * $0 + y * $1 }
                }
            }
        }
        return parts + sums
    }

    /// The x and y with which x a + y b comes closest to c; `nil` if a and b are alike.
    private static func coefficients(of c: [Double], _ a: [Double], _ b: [Double]) -> (Double, Double)? {
        if a.count != c.count || b.count != c.count { return nil }
        func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
        let (aa, ab, bb) = (dot(a, a), dot(a, b), dot(b, b))
        let determinant = aa * bb - ab * ab
        if !(determinant > 1e-9 * aa * bb) { return nil }
        let (ac, bc) = (dot(a, c), dot(b, c))
        return ((ac * bb - bc * ab) / determinant, (bc * aa - ac * ab) / determinant)
    }

    // MARK: The other side of the activation

    private static let activations: [ScalarActivation] = [.sigmoid, .tanh, .identity]

    /// A gate that multiplies all of a pre-activation, be it that it should multiply something in it, or nothing.
    private var gatesOfPreactivations: [EquationConfusion] {
        let replay = replay
        return operandNames.flatMap { gate in
            Self.activations.flatMap { activation -> [EquationConfusion] in
                let whole = activation == .identity ? "\(quantity)" : "the whole pre-activation of \(quantity)"
                func scaled(
                    _ statement: String, _ own: @escaping ([Double], EquationSetting, EquationHistory) -> [Double]?
                ) -> EquationConfusion {
                    value(.extraFactor, statement, isInexact: activation != .identity) { values, setting, history in
                        guard let factor = setting.record(history).value(gate),
                            let own = own(values, setting, history)
                        else { return nil }
                        return own.combined(factor) {
                            activation.value(activation.preActivations($0).lower * $1)
                        }
                    }
                }
                return [
                    scaled("\(gate) multiplies \(whole) too") { values, _, _ in values },
                    scaled("\(gate) multiplies \(whole), and not a part of it") { [quantity] _, setting, history in
                        var without = setting
                        without.substitutes = setting.record(history).uniqueValues
                        without.substitutes[gate] = without.substitutes[gate]?.map { _ in 1 }
                        return replay.record(without).values(of: quantity)
                    },
                ]
            }
        }
    }

    /// A bias that is added behind the activation.
    private var termsBehind: [EquationConfusion] {
        let (replay, quantity, parameters) = (replay, quantity, trace.parameters)
        return parameters.parts.filter { parameters[$0].shape == [width] }.map { part in
            let own = parameters[part].scalars
            let without = parameters.replacing(part, 0 * parameters[part])
            return value(.otherValue, "\(part) is added to \(quantity) behind the activation, and not before") {
                _, setting, history in
                var changed = setting
                changed.substitutes = setting.record(history).uniqueValues
                changed.parameters = without
                return replay.record(changed).values(of: quantity)?.combined(own, +)
            }
        }
    }

    // MARK: Some units

    /// The mistakes in the equation of the quantity, made for those units alone that deviate.
    var ofSomeUnits: [EquationConfusion] {
        let deviating = (0..<width).filter { unit in
            (0..<rowCount).contains { row in
                let expected = history.records[time][row].values(of: quantity) ?? []
                let computed = trace.steps[time].values(of: quantity, row: row) ?? []
                guard computed.count == expected.count else { return true }
                let scale = expected.reduce(0) { max($0, $1.magnitude) }
                return !((computed[unit] - expected[unit]).magnitude <= replay.tolerance.allowed(scale))
            }
        }
        if deviating.isEmpty || deviating.count == width { return [] }
        let list = deviating.prefix(4).map { "\($0)" }.joined(separator: ", ") + (deviating.count > 4 ? ", …" : "")
        let units = deviating.count == 1 ? "unit \(list) alone" : "units \(list) alone"
        return (ofTheValue + ofMixtures + ofOperands).compactMap { confusion in
            if case .everywhere = confusion.change { return nil }
            return confusion.limited(to: Set(deviating), "in \(units): \(confusion.statement)")
        }
    }
}
