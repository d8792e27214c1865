import TapestryAutograd

/// Where a record is on the full tape of a checked function.
public struct RecordPlace: Sendable, Hashable, CustomStringConvertible {
    /// Its number, as in a printed full tape.
    public let record: Int
    /// The primitive, with the name that its user gave it: `multiply`, `custom "cube"`.
    public let primitive: String
    /// The name of its result, if it has one.
    public let name: String?
    /// The scopes around it, outermost first.
    public let scope: [String]

    init(_ number: Int, in function: ReplayableFunction) {
        let operation = function.operations[number]
        record = number
        primitive = operation.primitive
        name = operation.name
        scope = operation.scope
    }

    /// `t = 3 / forget: sigmoid (record %12)`
    public var description: String {
        let place = (scope + (name.map { [$0] } ?? [])).joined(separator: " / ")
        return (place.isEmpty ? "" : place + ": ") + "\(primitive) (record %\(record))"
    }

    /// The time step of a scope such as `t = 3`.
    var step: Int? { Self.step(of: scope) }

    static func step(of scope: [String]) -> Int? {
        scope.lazy.compactMap { $0.hasPrefix("t = ") ? Int($0.dropFirst(4)) : nil }.first
    }
}

extension ReplayableFunction {
    /// The number of time steps that are scopes of the function.
    var stepCount: Int { Set(operations.compactMap { RecordPlace.step(of: $0.scope) }).count }
}
