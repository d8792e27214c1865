import TapestryAutograd

// A function of a batch, all at once, against the same function example by example.

extension FunctionCase<Double> {
    /// The function, its gradient and its tangent of each example, and derivatives of the function of the batch, with
    /// some operands as batches and the others the same for all examples.
    package var batchingComplaints: [String] {
        choices.flatMap { batch -> [String] in
            func loss(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                let result = function(leaves)
                return (result + result * result * 0.5).sum()
            }
            func tangent(_ part: [Tensor<Double>]) -> Tensor<Double> {
                jvp(at: batch.leaves(part), along: batch.leaves(part)) { function($0) }.tangent
            }
            func atOnce(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                square(vmap(over: leaves) { function(batch.leaves($0)) }).sum()
            }
            func oneByOne(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                (0..<SomeBatched.count).reduce(Tensor(0)) { sum, number in
                    sum + square(function(batch.leaves(leaves.map { $0[number] }))).sum()
                }
            }
            let comment = "batched \(batch.chosen)"
            return differences(
                [vmap(over: batch.batched) { function(batch.leaves($0)) }],
                [stack(batch.examples.map { function(batch.leaves($0)) })], comment)
                + differences(
                    vmap(over: batch.batched) { gradient(at: batch.leaves($0), of: loss) },
                    batch.stacked(batch.examples.map { gradient(at: batch.leaves($0), of: loss) }),
                    "gradients, \(comment)")
                + differences(
                    [vmap(over: batch.batched) { tangent($0) }], [stack(batch.examples.map(tangent))],
                    "tangents, \(comment)")
                + differences(
                    gradient(at: batch.batched, of: atOnce), gradient(at: batch.batched, of: oneByOne),
                    "gradient of the batch, \(comment)")
                + differences(
                    [jvp(at: batch.batched, along: batch.batched, of: atOnce).tangent],
                    [jvp(at: batch.batched, along: batch.batched, of: oneByOne).tangent],
                    "tangent of the batch, \(comment)")
        }
    }

    /// Batches of batches; the inner one may be the same for all examples of the outer one, or the other way round.
    package var nestedBatchComplaints: [String] {
        let leaves = leaves(shapes.map { [2, SomeBatched.count] + $0 }, seed: 3)
        let result = vmap(over: leaves) { row in vmap(over: row) { function($0) } }
        let expected = stack(
            (0..<2).map { i in stack((0..<SomeBatched.count).map { j in function(leaves.map { $0[i, j] }) }) })
        let complaints = differences([result], [expected], "batches of batches")
        guard leaves.count > 1 else { return complaints }
        let crossed = vmap(over: leaves[0][0...1, 0]) { a in
            vmap(over: leaves[1][0]) { b in function([a, b] + leaves[2...].map { $0[0, 0] }) }
        }
        let expectedCrossed = stack(
            (0..<2).map { i in
                stack(
                    (0..<SomeBatched.count).map { j in
                        function([leaves[0][i, 0], leaves[1][0, j]] + leaves[2...].map { $0[0, 0] })
                    })
            })
        return complaints + differences([crossed], [expectedCrossed], "crossed batches")
    }

    /// Some operands of a case as batches, the others the same for all examples.
    private struct SomeBatched {
        static let count = 3
        let chosen: [Int]
        let fixed: [Tensor<Double>]
        let batched: [Tensor<Double>]

        /// The chosen operands of each example.
        var examples: [[Tensor<Double>]] { (0..<Self.count).map { number in batched.map { $0[number] } } }

        /// All operands, with the chosen ones given.
        func leaves(_ part: [Tensor<Double>]) -> [Tensor<Double>] {
            var leaves = fixed
            for (index, tensor) in zip(chosen, part) { leaves[index] = tensor }
            return leaves
        }

        func stacked(_ examples: [[Tensor<Double>]]) -> [Tensor<Double>] {
            fixed.indices.map { index in stack(examples.map { $0[index] }) }
        }
    }

    /// Each operand alone as a batch, and all of them.
    private var choices: [SomeBatched] {
        let operands = Array(shapes.indices)
        let fixed = leaves(shapes, seed: 3)
        let all = leaves(shapes.map { [SomeBatched.count] + $0 }, seed: 4)
        return (operands.count == 1 ? [operands] : operands.map { [$0] } + [operands]).map { chosen in
            SomeBatched(chosen: chosen, fixed: fixed, batched: chosen.map { all[$0] })
        }
    }

    private func differences(_ a: [Tensor<Double>], _ b: [Tensor<Double>], _ comment: String) -> [String] {
        zip(a, b).enumerated().compactMap { index, pair in
            let (a, b) = pair
            return a.shape == b.shape && a.isClose(to: b, relativeTolerance: 1e-11, absoluteTolerance: 1e-12)
                ? nil
                : "\(self), \(comment), tensor \(index): \(a.shape) \(a.scalars), one by one \(b.shape) \(b.scalars)"
        }
    }
}
