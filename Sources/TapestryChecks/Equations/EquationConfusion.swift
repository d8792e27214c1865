import Foundation

/// One mistake that a cell may make, as a change to what its reference computes.
struct EquationConfusion {
    enum Change {
        /// In every equation the reference sees something else.
        case everywhere((inout EquationSetting, EquationHistory) -> Void)
        /// In the equation of one quantity the reference sees something else.
        case inEquation(EquationQuantity, (inout EquationSetting, EquationHistory) -> Void)
        /// A quantity is a function of what it should be; `nil` where that cannot be told.
        case value(EquationQuantity, ([Double], EquationSetting, EquationHistory) -> [Double]?)
    }

    let kind: EquationConfusionKind
    let statement: String
    let change: Change
    /// Whether a pre-activation is computed back from its value, which loses digits where the activation is flat.
    var isInexact = false
    /// The units for which the mistake is made, if not for all.
    private(set) var units: Set<Int>?

    /// The same mistake for some units.
    func limited(to units: Set<Int>, _ statement: String) -> EquationConfusion {
        var limited = EquationConfusion(kind: kind, statement: statement, change: change, isInexact: isInexact)
        limited.units = units
        return limited
    }

    /// What the mistake makes of a quantity, and what it is in units for which the mistake is not made.
    func limited(_ values: [Double], else own: [Double]) -> [Double] {
        guard let units, own.count == values.count else { return values }
        return values.indices.map { units.contains($0) ? values[$0] : own[$0] }
    }

    /// The tolerance of a comparison, given that of the check, for a deviation that is so large relative to its scale.
    func tolerance(
        _ tolerance: EquationTolerance, explaining deviation: EquationDeviation
    ) -> EquationTolerance {
        guard isInexact else { return tolerance }
        var coarse = tolerance
        coarse.relative = max(tolerance.relative, min(1e-6, deviation.difference.magnitude / deviation.scale / 100))
        return coarse
    }
}

/// Activations that are taken for each other.
enum ScalarActivation: String, CaseIterable {
    case sigmoid = "σ"
    case tanh = "tanh"
    case relu = "relu"
    case identity = "the identity"
    case hardSigmoid = "the hard sigmoid x/6 + 1/2"
    case steepHardSigmoid = "the hard sigmoid x/5 + 1/2"
    case hardTanh = "the hard tanh"
    case softsign = "softsign"
    case softplus = "softplus"
    case leakyRelu = "leaky relu"
    case elu = "elu"
    case silu = "silu"
    case gelu = "gelu"
    case sine = "sin"
    case arctangent = "atan"
    case leCunTanh = "1.7159 tanh(2/3 x)"
    case exponential = "exp"
    case square = "the square"

    /// Those whose pre-activation can be computed back.
    static let invertible: [ScalarActivation] = [.sigmoid, .tanh, .relu, .identity]

    func value(_ a: Double) -> Double {
        switch self {
        case .sigmoid: TapestryChecks.sigmoid(a)
        case .tanh: Foundation.tanh(a)
        case .relu: max(a, 0)
        case .identity: a
        case .hardSigmoid: min(max(a / 6 + 0.5, 0), 1)
        case .steepHardSigmoid: min(max(a / 5 + 0.5, 0), 1)
        case .hardTanh: min(max(a, -1), 1)
        case .softsign: a / (1 + a.magnitude)
        case .softplus: max(a, 0) + log1p(exp(-a.magnitude))
        case .leakyRelu: a > 0 ? a : 0.01 * a
        case .elu: a > 0 ? a : expm1(a)
        case .silu: a * TapestryChecks.sigmoid(a)
        case .gelu: a * erfc(-a / 2.0.squareRoot()) / 2
        case .sine: sin(a)
        case .arctangent: atan(a)
        case .leCunTanh: 1.7159 * Foundation.tanh(2 * a / 3)
        case .exponential: exp(a)
        case .square: a * a
        }
    }

    /// The function of something, in words.
    func text(of operand: String) -> String {
        switch self {
        case .identity: operand
        case .square: operand.contains(" ") ? "(\(operand))²" : "\(operand)²"
        default: "\(rawValue)(\(operand))"
        }
    }

    /// The pre-activations that have this value: many where it is flat. NaN if there are none, or they are not known.
    func preActivations(_ y: Double) -> (lower: Double, upper: Double) {
        switch self {
        case .sigmoid:
            if y == 0 { return (-.infinity, -36) }
            if y == 1 { return (36, .infinity) }
            return single(log(y / (1 - y)))
        case .tanh:
            if y.magnitude == 1 { return y < 0 ? (-.infinity, -18) : (18, .infinity) }
            return single(atanh(y))
        case .relu: return y == 0 ? (-.infinity, 0) : single(y > 0 ? y : .nan)
        case .identity: return single(y)
        default: return single(.nan)
        }
    }

    private func single(_ a: Double) -> (lower: Double, upper: Double) { (a, a) }

    /// What this activation makes of the pre-activation of which another made `y`. Where that could be several,
    /// `computed` if it is what this one can make of one of them.
    func value(insteadOf other: ScalarActivation, for y: Double, computed: Double) -> Double {
        let (lower, upper) = other.preActivations(y)
        let (least, most) = (value(lower), value(upper))
        return least <= computed && computed <= most ? computed : least
    }
}
