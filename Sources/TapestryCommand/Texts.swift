import TapestryAutograd

extension String {
    /// The text with spaces behind it, as wide as a column of a table; as it is if it is wider.
    public func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}

extension Array {
    /// One of the elements, each with the same probability, as a source draws it. Traps if there are none.
    public func drawn(by source: RandomSource = .current) -> Element { self[source.integer(below: count)] }
}
