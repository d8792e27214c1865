import TapestryAutograd

extension Array {
    /// One of the elements, each with the same probability, as a source draws it. Traps if there are none.
    public func drawnElement(by source: RandomSource = .current) -> Element { self[source.integer(below: count)] }
}
