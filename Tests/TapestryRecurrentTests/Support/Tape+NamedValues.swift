@testable import TapestryAutograd

extension Tape {
    /// The values that were named while this full tape recorded, in order and still tracked, so that derivatives can
    /// be taken at them.
    var namedValues: [(name: String, scope: [String], value: Tensor<Double>)] {
        names.sorted { $0.key < $1.key }.map { node, name in
            let value = Value(records.pointer[node].saved!.array, tape: self, node: node, outer: nil)
            return (name, scopes[node] ?? [], Tensor(value))
        }
    }
}
