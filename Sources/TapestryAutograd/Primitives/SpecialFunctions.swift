import CTapestryKernels
import TapestryArrays

// The error function, the gamma function, and what their derivatives are made of.

extension Primitive {
    static func defineSpecialFunctions(in table: inout PrimitiveTable) {
        // y = f(x)                                          ∂L/∂x
        table.unary(
            .erf, { x, _ in .unary(TAPESTRY_ERF, x) },
            Rule(reads: .first) { g, r in g * (twoOverRootPi * (-r.x.squared()).exp()) })
        table.unary(
            .erfc, { x, _ in .unary(TAPESTRY_ERFC, x) },
            Rule(reads: .first) { g, r in g * (-twoOverRootPi * (-r.x.squared()).exp()) })
        table.unary(
            .erfinv, { x, _ in .unary(TAPESTRY_INVERSE_ERF, x) },
            Rule(reads: .result) { g, r in g * ((1 / twoOverRootPi) * r.y.squared().exp()) })
        table.unary(
            .lgamma, { x, _ in .unary(TAPESTRY_LOG_GAMMA, x) }, Rule(reads: .first) { g, r in g * r.x.polygamma(0) })
        table.unary(
            .polygamma,
            { x, a in
                .binary(
                    TAPESTRY_POLYGAMMA, "polygamma", NDArray(scalar: PolygammaAttributes.of(a).order, x.elementType), x)
            },
            Rule(reads: .first) { g, r in g * r.x.polygamma(r.attributes(PolygammaAttributes.self).order + 1) })
    }

    private static let twoOverRootPi = 1.128379167095512573896158903121545172
}

/// The order n of a polygamma function, the derivative of order n + 1 of ln Γ.
final class PolygammaAttributes: Attributes, @unchecked Sendable {
    let order: Double
    init(_ order: Double) { self.order = order }
    override var text: String { "order \(Int(order))" }
}

// MARK: - As operations on values

extension Value {
    func polygamma(_ order: Double) -> Value { .unary(.polygamma, self, PolygammaAttributes(order)) }
}
