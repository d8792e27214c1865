@testable import TapestryAutograd

extension Tape {
    /// The values that were named while this full tape recorded, but for its inputs, in order and still tracked, so that
    /// derivatives can be taken at them.
    var namedValues: [(name: String, scope: [String], value: Tensor<Double>)] {
        let names = memory.pointee.names.filter { memory.pointee.records.pointer[$0.key].primitive != .input }
        return names.sorted { $0.key < $1.key }.map { node, name in
            let saved = memory.pointee.records.pointer[node].saved!
            let value = Value(saved.array, tape: reference, node: node, outer: nil)
            return (name, memory.pointee.scopes[node] ?? [], Tensor(value))
        }
    }
}
