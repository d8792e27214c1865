/// A mistake that ends the program, and the message that it must end with. Exit tests run one by its index in a
/// table, so that the child process finds it again.
package struct ExpectedTrap: Sendable {
    package let message: String
    package let body: @Sendable () -> Void

    package init(_ message: String, _ body: @escaping @Sendable () -> Void) {
        self.message = message
        self.body = body
    }
}
