import TapestryAutograd

extension Array {
    /// One of the elements, each with the same probability, as a source draws it. Traps if there are none.
    public func drawn(by source: RandomSource = .current) -> Element { self[source.integer(below: count)] }
}
