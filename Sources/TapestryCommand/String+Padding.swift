extension String {
    /// The text with spaces behind it, as wide as a column of a table; as it is if it is wider.
    public func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
