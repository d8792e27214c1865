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

    /// The tolerance of a comparison, given that of the check.
    func tolerance(_ tolerance: Double) -> Double { isInexact ? max(tolerance, 1e-6) : tolerance }
}

/// Activations whose pre-activation can be computed back.
enum ScalarActivation: String, CaseIterable {
    case sigmoid = "σ"
    case tanh = "tanh"
    case relu = "relu"
    case identity = "the identity"

    func value(_ a: Double) -> Double {
        switch self {
        case .sigmoid: TapestryChecks.sigmoid(a)
        case .tanh: Foundation.tanh(a)
        case .relu: max(a, 0)
        case .identity: a
        }
    }

    /// The pre-activation of a value; NaN where there is none, or many.
    func preActivation(_ y: Double) -> Double {
        switch self {
        case .sigmoid: Foundation.log(y / (1 - y))
        case .tanh: Foundation.atanh(y)
        case .relu: y > 0 ? y : .nan
        case .identity: y
        }
    }
}
