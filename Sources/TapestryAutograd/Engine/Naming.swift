import Synchronization
import TapestryArrays

/// Names on values and scopes such as the time step. While nothing observes them a name costs one atomic read, and a
/// scope also a frame on the stack, from which a trap learns where it is.
package enum Naming {
    /// How many full tapes and traces there are at present.
    package static let observers = Atomic<Int>(0)

    @inline(__always)
    package static var isObserved: Bool { observers.load(ordering: .relaxed) != 0 }

    /// The full tapes there are: they keep named values that they don't track, too.
    private static let fullTapes = TapeRegistry()

    static func add(_ tape: Tape) {
        observers.add(1, ordering: .relaxed)
        fullTapes.add(tape)
    }

    /// The full tapes that record on the running thread.
    static var recordingFullTapes: [Tape] { fullTapes.ofThisThread.filter(\.isRecording) }

    @TaskLocal package static var scope: [String] = []
    @TaskLocal static var trace: TraceCollector?
    /// What takes the place of a named value; `nil` leaves it.
    @TaskLocal static var replacement: (@Sendable (_ name: String, _ value: Value) -> Value?)?

    /// Whether values that are named here are collected, or others take their places.
    package static var isTraced: Bool { isObserved && (trace != nil || replacement != nil) }

    /// Runs `body` with other values in the place of some that are named in it.
    package static func replacing<Result>(
        _ replacement: @escaping @Sendable (_ name: String, _ value: Value) -> Value?, in body: () throws -> Result
    ) rethrows -> Result {
        observers.add(1, ordering: .relaxed)
        defer { observers.subtract(1, ordering: .relaxed) }
        return try $replacement.withValue(replacement, operation: body)
    }
}

/// Runs `body` inside a named scope, such as a time step or a layer: values named in it carry the scope in printed
/// tapes, traces and reports, and so does the message of a trap. The name is made only where one of these asks for it.
public func withScope<Result>(_ name: @autoclosure () -> String, _ body: () throws -> Result) rethrows -> Result {
    try EnclosingScopes.adding(name) {
        guard Naming.isObserved else { return try body() }
        return try Naming.$scope.withValue(Naming.scope + [name()], operation: body)
    }
}

/// The same for a scope whose name is a label and a number, `withScope("t = ", 3)`: what a loop should use, since
/// nothing has to be kept to make the name.
@inline(__always)
public func withScope<Result>(
    _ label: StaticString, _ number: Int, _ body: () throws -> Result
) rethrows -> Result {
    try EnclosingScopes.adding(label, number) {
        guard Naming.isObserved else { return try body() }
        return try Naming.$scope.withValue(Naming.scope + ["\(label)\(number)"], operation: body)
    }
}

/// A value that was named while a trace was running.
public struct TracedValue: Sendable {
    /// The name given by `named(_:)`.
    public let name: String
    /// The scopes around it, outermost first.
    public let scope: [String]
    let value: Value

    /// The traced value, converted to the scalar type that is asked for.
    public func tensor<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> Tensor<Scalar> {
        Tensor(value.converted(to: Scalar.elementType))
    }
}

final class TraceCollector: @unchecked Sendable {
    private let values = Mutex<[TracedValue]>([])

    func append(_ value: TracedValue) { values.withLock { $0.append(value) } }
    var all: [TracedValue] { values.withLock { $0 } }
}

/// Runs `body` and returns, beside its result, every value that was named in it, in order. The result is not changed.
public func tracing<Result>(_ body: () throws -> Result) rethrows -> (result: Result, values: [TracedValue]) {
    let collector = TraceCollector()
    Naming.observers.add(1, ordering: .relaxed)
    defer { Naming.observers.subtract(1, ordering: .relaxed) }
    let result = try Naming.$trace.withValue(collector, operation: body)
    return (result, collector.all)
}

extension Value {
    /// This value, named, or what takes its place. Asked for only where somebody observes.
    func observed(_ name: String) -> Value {
        let value = Naming.replacement?(name, self) ?? self
        value.observe(name)
        return value
    }

    private func observe(_ name: String) {
        if resolved.tape == nil {
            for tape in Naming.recordingFullTapes { tape.memory.pointee.keepConstant(self, named: name) }
        }
        var value = self
        while let tape = value.tape {
            if tape.isRecording, tape.keepsEverything { tape.memory.pointee.setName(name, of: value.node) }
            value = value.inner
        }
        Naming.trace?.append(TracedValue(name: name, scope: Naming.scope, value: withoutTapes))
    }
}
