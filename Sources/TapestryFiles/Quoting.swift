extension String {
    /// The text in quotation marks with control characters escaped, so that a message that repeats what a user
    /// typed, or what a file says, stays one line and cannot steer the terminal.
    package var quoted: String { debugDescription }
}
