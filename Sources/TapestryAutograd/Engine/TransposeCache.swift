import TapestryArrays

/// Transposed copies of matrices that several records of a walk multiply by, such as a cell's recurrent weights, which
/// every step's cotangent goes back through. A product by a transposed view has to turn it around each time.
struct TransposeCache {
    /// Which matrix: the result of a record, or a constant, which every record that reads it lists anew.
    private enum Key: Hashable {
        case node(Int32)
        case constant(ObjectIdentifier)
    }

    private enum Entry {
        /// Asked for once: if it is never asked for again, a copy would be wasted.
        case seen
        case copied(NDArray)
    }

    /// The matrix itself is kept beside, so that its identity can't pass to another one.
    private var entries: [Key: (matrix: NDArray, entry: Entry)] = [:]
    /// The last of the nodes among them, −1 if there is none.
    private var lastNode: Int32 = -1

    /// Aᵀ for the matrix that an operand is: a view at first, a copy from the second time on.
    mutating func transposed(_ matrix: NDArray, operand: Int32) -> NDArray {
        let key = operand >= 0 ? Key.node(operand) : .constant(matrix.identity)
        switch entries[key]?.entry {
        case .none:
            entries[key] = (matrix, .seen)
            lastNode = Swift.max(lastNode, operand)
            return matrix.transposed
        case .seen:
            let copy = matrix.transposed.copied()
            entries[key] = (matrix, .copied(copy))
            return copy
        case .copied(let copy):
            return copy
        }
    }

    /// Forgets a node that the walk, which comes from the last one, has reached.
    @inline(__always)
    mutating func forget(_ node: Int32) { if node <= lastNode { entries[.node(node)] = nil } }

    mutating func forgetAll() {
        entries = [:]
        lastNode = -1
    }
}
