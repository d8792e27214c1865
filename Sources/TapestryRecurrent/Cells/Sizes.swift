import TapestryAutograd

/// Traps unless all sizes of a cell are positive.
func requireSizes(_ cell: String, _ sizes: KeyValuePairs<String, Int>) {
    if sizes.contains(where: { $0.value < 1 }) {
        let list = sizes.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        trap(cell, "sizes must be positive: \(list)")
    }
}
