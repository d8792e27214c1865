import Foundation

/// The named scopes that the running code of each thread is in, such as a time step: what a trap says of its place.
///
/// They are frames on the thread's own stack, each of which knows the one around it, and names are made when they are
/// asked for. So a scope costs neither memory nor text, and an operation nothing.
package enum EnclosingScopes {
    private struct Frame {
        let name: () -> String
        let outer: UnsafeMutablePointer<Frame>?
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
        try withoutActuallyEscaping(name) { name in
            var frame = Frame(name: name, outer: innermost)
            return try withUnsafeMutablePointer(to: &frame) { frame in
                innermost = frame
                defer { innermost = frame.pointee.outer }
                return try body()
            }
        }
    }

    /// The names, outermost first.
    package static var names: [String] {
        var names: [String] = []
        var frame = innermost
        while let current = frame {
            names.append(current.pointee.name())
            frame = current.pointee.outer
        }
        return names.reversed()
    }
}
