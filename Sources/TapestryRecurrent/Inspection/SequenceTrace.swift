import TapestryAutograd

/// Every named value of a recurrent layer over time.
///
/// ```swift
/// let (result, trace) = layer.trace(inputs)
/// trace["forget"]                     // [time, batch, units]
/// trace["layer 1/forget"]             // of the second layer, where there are several
/// ```
public struct SequenceTrace<Scalar: DifferentiableScalar>: Sendable {
    /// The names, in the order in which they appeared first: those that cells give with `named(_:)`, after the names of
    /// the scopes around the steps and a slash each.
    public let names: [String]
    private let series: [String: Tensor<Scalar>]

    /// A value over time, `[time, batch, units]`; traps on a name that is not among `names`.
    public subscript(_ name: String) -> Tensor<Scalar> {
        guard let series = series[name] else { trap("trace", "nothing was named \"\(name)\", but \(names)") }
        return series
    }

    /// Puts together what was named in steps, whose scopes are `t = 0`, `t = 1`, ….
    fileprivate init(_ values: [TracedValue]) {
        var steps: [String: [Int: Tensor<Scalar>]] = [:]
        var names: [String] = []
        for value in values {
            guard let place = value.scope.lastIndex(where: { $0.hasPrefix(SequenceTrace.step) }),
                let t = Int(value.scope[place].dropFirst(SequenceTrace.step.count))
            else { continue }
            let around = value.scope[..<place] + value.scope[(place + 1)...]
            let name = (around + [value.name]).joined(separator: "/")
            if steps[name] == nil { names.append(name) }
            // What a checkpoint computes again is named again.
            steps[name, default: [:]][t] = value.tensor()
        }
        self.names = names
        series = steps.mapValues { steps in stack(steps.sorted { $0.key < $1.key }.map(\.value)) }
    }

    private static var step: String { "t = " }
}

extension RecurrentLayer {
    /// Runs over a sequence, and returns every value that was named at its steps beside the result, which is the same
    /// as without. The values are constants.
    ///
    /// A cell that names values must name the same ones at every step, or their series have only the steps that do.
    public func trace(
        _ inputs: Input, initialState: State? = nil, mask: SequenceMask? = nil
    ) -> (result: RecurrentResult<Output, State>, trace: SequenceTrace<Scalar>) {
        let (result, values) = tracing { run(inputs, initialState: initialState, mask: mask) }
        return (result, SequenceTrace(values))
    }
}
