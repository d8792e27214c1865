import Foundation

/// The named scopes that the running code of each thread is in, such as a time step: what a trap says of its place.
///
/// They are frames on the thread's own stack, each of which knows the one around it, and names are made when they are
/// asked for. So a scope costs neither memory nor text, and an operation nothing.
package enum EnclosingScopes {
    private struct Frame {
        /// The name of a numbered scope, `t = 3`.
        var label: StaticString = ""
        var number = 0
        /// That of any other.
        var name: (() -> String)?
        let outer: UnsafeMutablePointer<Frame>?

        var text: String { name?() ?? "\(label)\(number)" }
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The innermost scope of this thread.
    private static var innermost: UnsafeMutablePointer<Frame>? {
        get { pthread_getspecific(key)?.assumingMemoryBound(to: Frame.self) }
        set { pthread_setspecific(key, newValue) }
    }

    /// Runs `body` inside one more scope.
    package static func adding<Result>(_ name: () -> String, _ body: () throws -> Result) rethrows -> Result {
        try withoutActuallyEscaping(name) { try adding(Frame(name: $0, outer: innermost), body) }
    }

    /// Runs `body` inside one more scope that is numbered, which costs less than one with a name of its own.
    @inline(__always)
    package static func adding<Result>(
        _ label: StaticString, _ number: Int, _ body: () throws -> Result
    ) rethrows -> Result {
        try adding(Frame(label: label, number: number, outer: innermost), body)
    }

    @inline(__always)
    private static func adding<Result>(_ frame: consuming Frame, _ body: () throws -> Result) rethrows -> Result {
        try withUnsafeMutablePointer(to: &frame) { frame in
            innermost = frame
            defer { innermost = frame.pointee.outer }
            return try body()
        }
    }

    /// The names, outermost first.
    package static var names: [String] {
        var names: [String] = []
        var frame = innermost
        while let current = frame {
            names.append(current.pointee.text)
            frame = current.pointee.outer
        }
        return names.reversed()
    }
}
