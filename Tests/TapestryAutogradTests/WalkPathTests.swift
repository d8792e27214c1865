import TapestryAutograd
import TapestryTestSupport
import Testing

/// A walk takes short cuts where nothing tracks the cotangents: they are made in place, put off, or added up several
/// at a time. Inside another derivative it takes none, so both ways must give the same gradient.
@Suite struct WalkPathTests {
    struct Function: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let body: @Sendable (Tensor<Double>) -> Tensor<Double>
        init(_ name: String, _ body: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>) {
            testDescription = name
            self.body = body
        }
    }

    private static func constant(_ shape: [Int], _ seed: UInt64) -> Tensor<Double> {
        var generator = SeededGenerator(seed: seed)
        return Tensor(shape: shape, scalars: generator.numbers(shape.reduce(1, *)))
    }

    private static let weights = constant([8, 8], 3)
    private static let tall = constant([6, 8], 4)

    /// A recurrence over gates of x, long enough for waiting products to be added in several goes.
    private static func recurrence(_ x: Tensor<Double>, steps: Int) -> Tensor<Double> {
        var h = x
        var sum = Tensor(0.0)
        for _ in 0..<steps {
            let z = matmul(h, weights) + matmul(x, x.transposed()[0..., 0..<1]) + x
            let gate = sigmoid(z[0..., 0..<4])
            let candidate = tanh(z[0..., 4...])
            h = concatenate([gate * candidate, (1 - gate) * candidate], axis: 1)
            sum = sum + square(h).mean()
        }
        return sum
    }

    private static let factors = constant([8, 8], 5)
    private static let many = constant([300, 8], 6)

    static let functions = [
        Function("a matrix met twice by more rows than wait") { x in
            let y = x[0..<1] * factors
            return square(matmul(many, y)).sum() + square(matmul(2 * many, y)).mean() + matmul(many, y).sum()
        },
        Function("a row added to, and multiplied by, more rows than are summed plainly") { x in
            let row = x[0]
            return square(many + row).sum() + (sigmoid(many * row) * (many + row)).sum()
        },
        Function("products in sums, on either side") { x in
            square(x * tall + tanh(x)).sum() + square(tanh(x) + x * tall).sum() + square(x * x + x).sum()
        },
        Function("sums of two products and more") { x in
            square(x * tall + x * sigmoid(x) + tanh(x) * x).sum()
        },
        Function("rows times matrices in sums") { x in
            sigmoid(x[0..., 0..<8] + x[0] * tall).sum() + square(x[1] * factors + weights).sum()
        },
        Function("rows of one shape and of another, broadcast in turns") { x in
            let row = x[0]
            let (flat, upright) = (row.reshaped(to: 1, 8), x[0..., 3..<4])
            return (sigmoid(x * row) * (x * flat) * (x * upright) * (row * x)).sum() + (row * 2 + flat * row).sum()
        },
        Function("a product that is looked at beside its sum") { x in
            let product = x * tall
            return (product * (product + x)).sum() + square(product + product).sum()
        },
        Function("a product and a smaller or a larger addend") { x in
            square(x * tall + x[2]).sum() + square(x[3] * factors[0] + x).sum()
        },
        Function("a constant product, and a constant addend") { x in
            square(tall * tall + x).sum() + square(x * tall + tall).sum()
        },
        Function("gates of one value, each once") { x in
            (sigmoid(x[0..., 0..<2]) * tanh(x[0..., 2..<4]) * exp(x[0..., 4..<6]) + relu(x[0..., 6...])).sum()
        },
        Function("a gate twice by name") { x in
            let gate = x[0..., 2..<5]
            return (sigmoid(gate) * tanh(gate)).sum()
        },
        Function("a gate twice by range") { x in (sigmoid(x[0..., 2..<5]) * tanh(x[0..., 2..<5])).sum() },
        Function("overlapping slices") { x in (tanh(x[0..., 0..<5]) * sigmoid(x[0..., 3...])).sum() },
        Function("slices along both axes") { x in
            tanh(x[0..<3]).sum() * sigmoid(x[0..., 1..<3]).sum() + square(x[4]).sum() + exp(x[0..., 7]).sum()
        },
        Function("slices of slices") { x in
            let part = x[1..<5]
            return (tanh(part[0..., 0..<4]) * sigmoid(part[0..., 4...])).sum() + square(x).sum()
        },
        Function("slices with steps") { x in
            let even = x[0..., stride(from: 0, to: 8, by: 2)]
            return (tanh(even) * sigmoid(x[0..., 0..<4]) * x[0..., stride(from: 1, to: 8, by: 2)]).sum()
        },
        Function("a slice, and the whole besides") { x in sigmoid(x[0..., 0..<4]).sum() + (x * tall).sum() },
        Function("a slice that two products reach") { x in
            let part = x[0..., 0..<4]
            return matmul(part, weights[0..<4]).sum() + square(matmul(weights[0..<2, 0..<6], part)).sum()
        },
        Function("columns that products reach") { x in
            matmul(x[0..., 3], tall).sum() + square(matmul(tall.transposed(), x[0..., 5])).sum()
        },
        Function("a product that waits, and another contribution") { x in
            let o = sigmoid(x)
            return (o * tanh(o) + square(o) + o * tall).sum()
        },
        Function("products through every rule that takes them") { x in
            (tanh(x) * tall + sigmoid(x) * tanh(x) + relu(x) * tall + exp(x) * tall + log(square(x) + 1) * tall).sum()
        },
        Function("the same value as both factors") { x in
            let y = tanh(x)
            return (y * y * y).sum()
        },
        Function("factors that are broadcast") { x in
            (sigmoid(x) * x[0] + tanh(x[0..., 0..<1]) * x * sigmoid(x.sum())).sum()
        },
        Function("rows that are added to every row, and multiply it") { x in
            let (row, matrixOfOneRow, column) = (tanh(x[0]), tanh(x[1..<2]), tanh(x[0..., 2..<3]))
            let sum = tanh(x) * row + row + matrixOfOneRow * sigmoid(x) - matrixOfOneRow + (x - row) * column
            return (square(sum) + (x + matrixOfOneRow) * row).sum()
        },
        Function("weights with a few steps") { x in recurrence(x, steps: 3) },
        Function("weights with many steps") { x in recurrence(x, steps: 40) },
        Function("steps of a sequence, stacked again") { x in
            let steps = x.unstacked()
            return stack(steps.reversed().map { tanh($0) * steps[0] }, axis: 1).sum()
        },
    ]

    @Test(arguments: functions) func shortCutsChangeNothing(_ function: Function) {
        let x = WalkPathTests.constant([6, 8], 9)
        let direct = gradient(at: x) { function.body($0) }
        var nested = Tensor<Double>(0)
        _ = gradient(at: x) { x in
            let inner = gradient(at: x) { function.body($0) }
            nested = inner.withoutDerivative()
            return inner.sum()
        }
        #expect(direct.isClose(to: nested, relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
    }

    @Test(arguments: functions) func aFullTapeGivesTheSame(_ function: Function) {
        let x = WalkPathTests.constant([6, 8], 9)
        let tape = Tape(recording: .full)
        let watched = tape.watch(x)
        let full = tape.gradient(of: function.body(watched), at: watched)
        let direct = gradient(at: x) { function.body($0) }
        #expect(direct.isClose(to: full, relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
    }

    /// With so much memory in use products fetch what the next rules read.
    @Test func fetchingAheadChangesNothing() {
        let x = WalkPathTests.constant([64, 8], 2)
        let expected = gradient(at: x) { WalkPathTests.recurrence($0, steps: 5) }
        withExtendedLifetime(Tensor<Double>.zeros([1 << 20])) {
            #expect(gradient(at: x) { WalkPathTests.recurrence($0, steps: 5) } == expected)
        }
    }

    @Test func aUnaryOperationTakesASliceOverOnlyIfNobodyElseHoldsIt() {
        let tape = Tape()
        let x = tape.watch(WalkPathTests.constant([2, 4], 1))
        let taken = sigmoid(x[0..., 0..<2])
        #expect(tape.recordCount == 2)
        let slice = x[0..., 2...]
        let kept = sigmoid(slice)
        #expect(tape.recordCount == 4)
        let gradient = tape.gradient(of: (taken * kept).sum() + slice.sum(), at: x)
        let y = sigmoid(x.withoutDerivative())
        let slope = y * (1 - y)
        let left = slope[0..., 0..<2] * y[0..., 2...]
        let right = slope[0..., 2...] * y[0..., 0..<2] + 1
        #expect(gradient.isClose(to: concatenate([left, right], axis: 1), relativeTolerance: 1e-12))
    }
}
