import TapestryAutograd

/// Where operands are drawn, so that no difference steps over a kink or a pole.
package enum OperandDomain: Sendable {
    case any, nonzero, positive
    /// Between 0 and 1, as a sigmoid's results are.
    case unit
    /// No two elements of all operands are closer than 0.1, and none is close to 0.
    case distinct
}

/// A differentiable function, with what its operands look like. What must hold of every such function is in the
/// extensions beside this file, each of which returns what does not.
package struct FunctionCase<Scalar: DifferentiableScalar>: Sendable, CustomStringConvertible {
    package let description: String
    package let shapes: [[Int]]
    package let domains: [OperandDomain]
    /// Whether ties within one operand are kinks, so that a leaf that repeats its elements can't be differentiated.
    package var hasTies = false
    /// The differences' step and the tolerance that it allows, relative to the scale of a block.
    package var step = 1e-3
    package var tolerance = 1e-8
    /// How far the modes may be apart. They round alike but for what passes through Float.
    package var modeTolerance = 1e-12
    package let function: @Sendable ([Tensor<Scalar>]) -> Tensor<Scalar>

    package init(
        _ description: String, shapes: [[Int]], domains: [OperandDomain],
        function: @escaping @Sendable ([Tensor<Scalar>]) -> Tensor<Scalar>
    ) {
        self.description = description
        self.shapes = shapes
        self.domains = domains
        self.function = function
    }

    /// Elements for leaves of the given shapes.
    package func leaves(_ shapes: [[Int]], seed: UInt64) -> [Tensor<Scalar>] {
        var generator = SeededGenerator(seed: seed)
        let total = shapes.reduce(0) { $0 + $1.reduce(1, *) }
        var grid = (0..<total).map { 0.1 * Double($0 - total / 2) + 0.05 }
        grid.shuffle(using: &generator)
        return zip(shapes, domains).map { shape, domain in
            let count = shape.reduce(1, *)
            let scalars: [Double]
            switch domain {
            case .any: scalars = generator.numbers(count, in: -1.5...1.5)
            case .nonzero:
                scalars = generator.numbers(count, in: 0.4...1.6).map { Bool.random(using: &generator) ? $0 : -$0 }
            case .positive: scalars = generator.numbers(count, in: 0.5...2)
            case .unit: scalars = generator.numbers(count, in: 0.15...0.85)
            case .distinct:
                scalars = Array(grid.prefix(count))
                grid.removeFirst(count)
            }
            return Tensor(shape: shape, scalars: scalars.map { Scalar($0) })
        }
    }

    /// Every layout that an operand can have.
    package var layouts: [OperandLayout] {
        OperandLayout.allCases.filter { layout in shapes.contains(where: layout.applies) }
    }

    /// Contiguous leaves, and the function of them that lays the operands out and applies the function. Operands that
    /// can't lie so stay contiguous.
    package func withOperands(
        _ layout: OperandLayout
    ) -> (leaves: [Tensor<Scalar>], function: ([Tensor<Scalar>]) -> Tensor<Scalar>) {
        let layouts = shapes.map { layout.applies(to: $0) ? layout : .contiguous }
        let leaves = leaves(zip(layouts, shapes).map { $0.leafShape(for: $1) }, seed: 3)
        return (
            leaves,
            { leaves in function(leaves.indices.map { layouts[$0].view(of: leaves[$0], shape: shapes[$0]) }) }
        )
    }

    /// Operands that lie in memory in the given way.
    package func operands(_ layout: OperandLayout) -> [Tensor<Scalar>] {
        let layouts = shapes.map { layout.applies(to: $0) ? layout : .contiguous }
        let leaves = leaves(zip(layouts, shapes).map { $0.leafShape(for: $1) }, seed: 3)
        return leaves.indices.map { layouts[$0].view(of: leaves[$0], shape: shapes[$0]) }
    }
}

/// Uniform numbers in −1...1 in a tensor's shape.
package func randomLike(_ tensor: Tensor<Double>, seed: UInt64) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(shape: tensor.shape, scalars: generator.numbers(tensor.count))
}
