import TapestryAutograd

/// The ways in which a tensor can lie in memory. Each says which contiguous leaf is needed, and which view of that
/// leaf is then the operand.
package enum OperandLayout: String, CaseIterable, Sendable {
    case contiguous, transposed, flipped, stepped, expanded

    /// Whether a tensor of this shape can lie so.
    package func applies(to shape: [Int]) -> Bool {
        switch self {
        case .contiguous: true
        case .transposed: shape.count > 1
        case .flipped, .stepped: !shape.isEmpty
        case .expanded: !shape.isEmpty && shape.contains { $0 > 1 }
        }
    }

    /// The shape of the leaf under an operand of the given shape.
    package func leafShape(for shape: [Int]) -> [Int] {
        switch self {
        case .contiguous, .flipped: shape
        case .transposed: shape.reversed()
        // Room for every second position, the first one left out.
        case .stepped: shape.map { 2 * $0 + 1 }
        case .expanded: withoutFirstLongAxis(shape)
        }
    }

    /// The operand of the given shape as a view of its leaf.
    package func view<Scalar>(of leaf: Tensor<Scalar>, shape: [Int]) -> Tensor<Scalar> {
        switch self {
        case .contiguous: leaf
        case .transposed: leaf.permuted(shape.indices.reversed())
        // All strides are negative.
        case .flipped: leaf.flipped(axes: Array(shape.indices))
        case .stepped: stepped(leaf, shape)
        case .expanded: leaf.expanded(to: shape)
        }
    }

    private func withoutFirstLongAxis(_ shape: [Int]) -> [Int] {
        var shape = shape
        if let axis = shape.firstIndex(where: { $0 > 1 }) { shape[axis] = 1 }
        return shape
    }

    private func stepped<Scalar>(_ leaf: Tensor<Scalar>, _ shape: [Int]) -> Tensor<Scalar> {
        // A subscript takes any number of parts, but not an array of them.
        shape.indices.reduce(leaf) { tensor, axis in
            var order = Array(shape.indices)
            order.swapAt(0, axis)
            return tensor.permuted(order)[stride(from: 1, to: 2 * shape[axis] + 1, by: 2)].permuted(order)
        }
    }
}
