import TapestryArrays

/// Transposed copies of matrices that several records of a walk multiply by, such as a cell's recurrent weights, which
/// every step's cotangent goes back through. A product by a transposed view has to turn it around each time.
struct TransposeCache {
    private enum Entry {
        /// Asked for once: if it is never asked for again, a copy would be wasted.
        case seen
        case copied(NDArray)
    }

    private var entries: [Int32: Entry] = [:]

    /// Aᵀ for the matrix of a node: a view at first, a copy from the second time on.
    mutating func transposed(_ matrix: NDArray, node: Int32) -> NDArray {
        switch entries[node] {
        case .none:
            entries[node] = .seen
            return matrix.transposed
        case .seen:
            let copy = matrix.transposed.copied()
            entries[node] = .copied(copy)
            return copy
        case .copied(let copy):
            return copy
        }
    }

    /// Forgets a node that the walk has passed, or everything.
    mutating func forget(_ node: Int32) { if !entries.isEmpty { entries[node] = nil } }
    mutating func forgetAll() { entries = [:] }
}
