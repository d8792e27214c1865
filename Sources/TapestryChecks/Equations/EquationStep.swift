import Foundation
import TapestryAutograd

/// What a scalar reference sees of one step of one row of the batch, and where it says what it computed.
///
/// Everything is `Double` and plain arrays. Parameters and states go by their paths in the cell and in its state;
/// parameters in named blocks by path and gate.
public final class EquationStep {
    /// The number of the step, from 0.
    public var time: Int { setting.time }
    /// The row of the batch.
    public var row: Int { setting.row }
    /// xₜ of this row, all elements in row-major order. Traps where the input is several tensors: each has a path then.
    public var input: [Double] { input("") }
    private let setting: EquationSetting
    /// What was yielded, in order.
    private(set) var yielded: [(name: String, values: [Double])] = []
    /// What was computed by the step's own operations, in order.
    private(set) var operations: [EquationOperation] = []

    init(_ setting: EquationSetting) { self.setting = setting }

    /// A part of xₜ of this row by its path, `input("features")`, where the input is several tensors; of Booleans true
    /// is 1. Traps on a path that the input does not have.
    public func input(_ path: String) -> [Double] { setting.input.tensor(path, gate: nil, "input").scalars }

    /// The state before this step, by its path, `previous("hidden")`; `previous()` where the state is one tensor. Traps
    /// on a path that the state does not have.
    public func previous(_ path: String = "") -> [Double] {
        setting.states.tensor(path, gate: nil, "previous").scalars
    }

    /// A parameter of rank 2 as rows, `weights("input.weights", gate: "forget")[row][unit]`. Traps on a path or gate
    /// that the cell does not have. Without a gate the blocks of all gates stand side by side.
    public func weights(_ path: String, gate: String? = nil) -> [[Double]] {
        let tensor = setting.parameters.tensor(path, gate: gate, "weights")
        if tensor.rank != 2 { trap("weights", "\(path) of shape \(tensor.shape) is not a matrix; use vector") }
        return tensor.nestedArray()
    }

    /// A parameter of rank 1, or all elements of another in row-major order, `vector("input.bias", gate: "forget")`.
    /// Traps on a path or gate that the cell does not have.
    public func vector(_ path: String, gate: String? = nil) -> [Double] {
        setting.parameters.tensor(path, gate: gate, "vector").scalars
    }

    /// x · W: for each unit Σⱼ xⱼ Wⱼᵤ, with the rows of W as arrays. Traps when they don't fit.
    ///
    /// A product that is taken from here, and not written out, can also be named where the cell has it wrong.
    public func product(_ x: [Double], _ weights: [[Double]]) -> [Double] {
        if x.count != weights.count {
            let yielded = yielded.last { $0.values == x }.map { ", \"\($0.name)\"," } ?? ""
            let hint =
                yielded.isEmpty || x.count != unitCount
                ? "" : "; yield goes over the \(unitCount) units of the state: give an array of \(weights.count)"
            trap("product", "a vector\(yielded) of \(x.count) does not fit a matrix of \(weights.count) rows\(hint)")
        }
        return result(of: .product(weights: weights), x)
    }

    /// γ ⊙ (v − μ) / √(σ² + ε) + β, where μ and σ² are the mean and the variance of all of v. Traps unless gain and
    /// bias have as many numbers as v.
    ///
    /// A normalisation that is taken from here, and not written out, can also be named where the cell has it wrong.
    ///
    /// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.
    public func layerNorm(
        _ v: [Double], gain: [Double]? = nil, bias: [Double]? = nil, epsilon: Double = 1e-5
    ) -> [Double] {
        for (name, part) in [("gain", gain), ("bias", bias)] where part != nil && part!.count != v.count {
            trap("layerNorm", "a \(name) of \(part!.count) does not fit \(v.count) features")
        }
        return result(of: .layerNorm(LayerNormForm(gain: gain, bias: bias, epsilon: epsilon)), v)
    }

    private func result(of kind: EquationOperation.Kind, _ operand: [Double]) -> [Double] {
        let operation = EquationOperation(kind: kind, operand: operand, position: yielded.count)
        operations.append(operation)
        // A check that looks for the reason of a deviation has the reference make mistakes.
        return setting.operations[operations.count - 1].map { $0(operation) } ?? operation.result
    }

    /// Says what a named value of the cell must be, one number for each unit, and returns it. The order of the calls is
    /// the order in which deviations are looked for.
    ///
    /// Later equations should go on with the array that is returned: then the search for a mistake can try others in
    /// its place.
    @discardableResult
    public func yield(_ name: String, _ values: [Double]) -> [Double] {
        let quantity = EquationQuantity.named(name, number: yielded.count { $0.name == name })
        // A check that looks for the reason of a deviation has the reference make mistakes.
        let values = setting.forced[quantity] ?? values
        yielded.append((name, values))
        return setting.substitutes[name] ?? values
    }

    /// Says what a named value must be by the equation of one unit, for `unitCount` units, as many as the state has. Of
    /// a value with another number in a row, such as a prediction of the input, give the array: how many the cell has
    /// may be what is wrong with it, and a reference that followed it would read beyond its own arrays.
    @discardableResult
    public func yield(_ name: String, _ equation: (_ unit: Int) -> Double) -> [Double] {
        yield(name, (0..<unitCount).map(equation))
    }

    /// The last extent of the first tensor of the state that has more than one number a row.
    public var unitCount: Int { setting.states.entries.lazy.compactMap(\.tensor.shape.last).first ?? 0 }
}

/// What a scalar reference says that one step of one row returns.
public struct EquationResult: Sendable {
    /// The output, by path; one tensor has the path "".
    public var outputs: [String: [Double]]
    /// The output, where it is one tensor.
    public var output: [Double] {
        get { outputs[""] ?? [] }
        set { outputs[""] = newValue }
    }
    /// The state after the step, by path, in row-major order.
    public var state: [String: [Double]]

    /// For a state of several tensors: `EquationResult(output: h, state: ["hidden": h, "cell": c])`.
    public init(output: [Double], state: [String: [Double]]) {
        self.init(outputs: ["": output], state: state)
    }

    /// For an output of several tensors, and a state likewise, each by path.
    public init(outputs: [String: [Double]], state: [String: [Double]]) {
        self.outputs = outputs
        self.state = state
    }

    /// For a state that is one tensor.
    public init(output: [Double], state: [Double]) {
        self.init(output: output, state: ["": state])
    }
}

/// The logistic function σ(x) = 1 / (1 + e⁻ˣ) of one number, for scalar references.
public func sigmoid(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
