import Foundation

/// Identifies a thread.
struct ThreadIdentity: Equatable, Sendable {
    private let bits: UInt

    static var current: ThreadIdentity {
        #if canImport(Darwin)
            ThreadIdentity(bits: UInt(bitPattern: pthread_self()))
        #else
            ThreadIdentity(bits: UInt(pthread_self()))
        #endif
    }
}
