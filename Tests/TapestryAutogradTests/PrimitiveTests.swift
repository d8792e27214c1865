import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Every primitive against differences: values of a primitive that is not in the table of cases can't exist.
@Suite struct PrimitiveTests {
    @Test(arguments: Primitive.ID.allCases)
    func hasCasesThatRecordIt(_ id: Primitive.ID) throws {
        let cases = try #require(PrimitiveCases.byPrimitive[id], "\(id) has no case: its derivative is not tested")
        for testCase in cases {
            // Full tapes keep what checkpoints stand for.
            let tape = Tape(recording: id == .checkpoint || id == .checkpointed ? .lean : .full)
            _ = testCase.function(testCase.leaves(testCase.shapes, seed: 1).map { tape.watch($0) })
            let isRecorded = tape.recordedNames.contains(id.name)
            // A piecewise constant function leaves no record, and is checked all the same: its derivative is zero.
            #expect(isRecorded != Primitive[id].pointee.isPiecewiseConstant, "\(testCase)")
        }
    }

    @Test(arguments: Primitive.ID.allCases)
    func isDefinedInItsPlace(_ id: Primitive.ID) {
        #expect(Primitive.all[Int(id.rawValue)].id == id)
        #expect(Primitive.all.count == Primitive.ID.allCases.count)
    }

    /// The layouts are made inside the function, from contiguous leaves.
    @Test(arguments: Primitive.ID.allCases)
    func gradientOfViews(_ id: Primitive.ID) {
        forEachLayout(id) { testCase, layout in
            let (leaves, function) = testCase.withOperands(layout)
            expectGradient(of: function, at: leaves, testCase, "views: \(layout)")
        }
    }

    /// The leaves themselves are views.
    @Test(arguments: Primitive.ID.allCases)
    func gradientAtViews(_ id: Primitive.ID) {
        forEachLayout(id) { testCase, layout in
            if layout == .contiguous || layout == .expanded && testCase.hasTies { return }
            expectGradient(of: testCase.function, at: testCase.operands(layout), testCase, "leaves: \(layout)")
        }
    }

    @Test(arguments: Primitive.ID.allCases)
    func secondOrder(_ id: Primitive.ID) {
        forEachLayout(id) { testCase, layout in
            let (leaves, function) = testCase.withOperands(layout)
            expectSecondOrder(of: function, at: leaves, testCase, "views: \(layout)")
        }
    }

    // MARK: Parts

    /// Every case of a primitive in every layout that its operands can have.
    private func forEachLayout(_ id: Primitive.ID, _ body: (PrimitiveCase, OperandLayout) -> Void) {
        for testCase in PrimitiveCases.byPrimitive[id] ?? [] {
            for layout in OperandLayout.allCases where testCase.shapes.contains(where: layout.applies) {
                body(testCase, layout)
            }
        }
    }

    private func expectGradient(
        of function: ([Tensor<Double>]) -> Tensor<Double>, at leaves: [Tensor<Double>], _ testCase: PrimitiveCase,
        _ comment: String
    ) {
        let cotangent = randomLike(function(leaves), seed: 7)
        let gradient = gradient(at: leaves) { (function($0) * cotangent).sum() }
        let expected = differenceGradient(at: leaves, step: testCase.step) { (function($0) * cotangent).sum().scalar }
        for (index, (gradient, expected)) in zip(gradient, expected).enumerated() {
            #expect(gradient.shape == leaves[index].shape, "\(testCase), \(comment), operand \(index)")
            let error = blockError(gradient.scalars, expected, floor: 1e-3)
            #expect(
                error <= testCase.tolerance,
                "\(testCase), \(comment), operand \(index): \(gradient.scalars), by differences \(expected)")
        }
    }

    /// ∇⟨∇L, v⟩ against the difference of ∇L along v. L is not linear in the function's result, so that the first
    /// walk's cotangents are tracked by the second.
    private func expectSecondOrder(
        of function: ([Tensor<Double>]) -> Tensor<Double>, at leaves: [Tensor<Double>], _ testCase: PrimitiveCase,
        _ comment: String
    ) {
        let cotangent = randomLike(function(leaves), seed: 7)
        let directions = leaves.enumerated().map { randomLike($1, seed: 8 + UInt64($0)) }

        func firstOrder(_ leaves: [Tensor<Double>]) -> [Tensor<Double>] {
            gradient(at: leaves) { leaves in
                let result = function(leaves)
                return (cotangent * (result + result * result * 0.5)).sum()
            }
        }

        let products = gradient(at: leaves) { leaves in
            zip(firstOrder(leaves), directions).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
        }
        let expected = directionalDifference(at: leaves, along: directions, step: testCase.step) { leaves in
            firstOrder(leaves).flatMap(\.scalars)
        }
        let actual = products.flatMap(\.scalars)
        #expect(
            blockError(actual, expected, floor: 1e-3) <= testCase.tolerance,
            "\(testCase), second order, \(comment): \(actual), by differences \(expected)")
    }
}

func randomLike(_ tensor: Tensor<Double>, seed: UInt64) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(shape: tensor.shape, scalars: generator.numbers(tensor.count))
}

extension Tape {
    /// The name of each record's primitive, in order, as the printed tape shows it.
    var recordedNames: [String] {
        description.split(separator: "\n").map { line in
            let operation = line.drop { $0 != "=" }.dropFirst(2)
            return String(operation.prefix { $0 != "(" && $0 != " " })
        }
    }
}

extension PrimitiveCase {
    /// Contiguous leaves, and the function of them that lays the operands out and applies the primitive. Operands that
    /// can't lie so stay contiguous.
    func withOperands(
        _ layout: OperandLayout
    ) -> (leaves: [Tensor<Double>], function: ([Tensor<Double>]) -> Tensor<Double>) {
        let layouts = shapes.map { layout.applies(to: $0) ? layout : .contiguous }
        let leaves = leaves(zip(layouts, shapes).map { $0.leafShape(for: $1) }, seed: 3)
        return (
            leaves,
            { leaves in function(leaves.indices.map { layouts[$0].view(of: leaves[$0], shape: shapes[$0]) }) }
        )
    }

    /// Operands that lie in memory in the given way.
    fileprivate func operands(_ layout: OperandLayout) -> [Tensor<Double>] {
        let layouts = shapes.map { layout.applies(to: $0) ? layout : .contiguous }
        let leaves = leaves(zip(layouts, shapes).map { $0.leafShape(for: $1) }, seed: 3)
        return leaves.indices.map { layouts[$0].view(of: leaves[$0], shape: shapes[$0]) }
    }
}
