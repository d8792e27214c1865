import Foundation
import Testing

@testable import TapestryAutograd

/// Explicit tapes: looking at records, names and gradients.
@Suite struct TapeTests {
    @Test func aFullTapeAsText() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Float>([1, 2, 3]))
        let y = withScope("step 0") { (x * tanh(x).named("gate")).sum() }
        #expect(
            tape.description == """
                %0 = input  float32 [3]
                %1 = tanh(%0)  float32 [3]  keeps %1  "gate"  in step 0
                %2 = multiply(%0, %1)  float32 [3]  keeps %0, %1  in step 0
                %3 = sum(%2) over [0]  float32 []  in step 0
                """)
        #expect(tape.recordCount == 4)
        #expect(y.isTracked)
    }

    @Test func attributesAndConstantsAsText() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([[1, 2, 3], [4, 5, 6]]))
        _ = x[0, stride(from: 0, to: 3, by: 2)] + Tensor([1.0, 2])
        _ = matmul(x.transposed(), x)
        _ = concatenate([x, x], axis: 1).converted(to: Float.self)
        _ = (x * Tensor([1.0, 2, 3])).expanded(to: [2, 2, 3])
        _ = x.rows(at: Tensor([0, 1, 1]))
        #expect(
            tape.description == """
                 %0 = input  float64 [2, 3]
                 %1 = slice(%0) axis 0: 0 of [2, 3]  float64 [3]
                 %2 = slice(%1) axis 0: 0..<3 by 2 of [3]  float64 [2]
                 %3 = add(%2, #0)  float64 [2]
                 %4 = permute(%0) order [1, 0]  float64 [3, 2]
                 %5 = matmul(%4, %0)  float64 [3, 3]  keeps %4, %0
                 %6 = concatenate(%0, %0) axis 1  float64 [2, 6]
                 %7 = convert(%6) float64 to float32  float32 [2, 6]
                 %8 = multiply(%0, #1) from [2, 3], [3]  float64 [2, 3]  keeps #1
                 %9 = expand(%8) from [2, 3]  float64 [2, 2, 3]
                %10 = rows(%0, #2) axis 0 of [2, 3]  float64 [3, 3]  keeps #2
                """)
    }

    @Test func aLeanTapeKeepsWhatRulesRead() {
        let tape = Tape()
        let x = tape.watch(Tensor<Float>([1, 2, 3]))
        let y = exp(x) + Tensor<Float>([4, 5, 6])
        _ = y.sum()
        #expect(
            tape.description == """
                %0 = input  float32 [3]
                %1 = exp(%0)  float32 [3]  keeps %1
                %2 = add(%1, ·)
                %3 = sum(%2) over [0]
                """)
        // The input and the exponential, of three floats each.
        #expect(tape.keptByteCount == 24)
    }

    /// On both kinds of tape: what the rules of those operands read that are tracked.
    @Test func whatRulesReadIsShown() {
        func lines(_ recording: Tape.Recording) -> [String] {
            let tape = Tape(recording: recording)
            let x = tape.watch(Tensor<Double>([1, 2]))
            let y = Tensor<Double>([3, 4])
            _ = [x * x, y * x, y / x, x / y, logAddExp(x, y), minimum(x, y)]
            _ = withCustomGradient(named: "sum", at: x, y, of: { $0 + $1 }) { g, _, _, _ in (g, g) }
            _ = x * x + y
            return tape.description.split(separator: "\n").map { line in
                String(line.split(separator: " = ")[1].split(separator: " keeps ").dropFirst().first ?? "")
            }
        }
        let (lean, full) = (lines(.lean), lines(.full))
        #expect(lean.prefix(3) == ["", "%0", "#0"])
        #expect(full.prefix(3) == ["", "%0", "#0"])
        #expect(lean.count == 9 && full.count == 10)
    }

    @Test func anArrayThatSeveralRecordsKeepIsCountedOnce() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Float>(repeating: 1, shape: [10, 10]))
        _ = x.transposed() + x[0]
        // x and its views, and the sum.
        #expect(tape.keptByteCount == 800)
    }

    @Test func anExplicitTapeGivesGradientsAtInputsAndOnTheWay() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor([1.0, 2]))
        let y = x * x
        let z = (y * Tensor([3.0, 4])).sum()
        #expect(tape.gradient(of: z, at: x) == Tensor([6, 16]))
        #expect(tape.gradient(of: z, at: y) == Tensor([3, 4]))
        #expect(tape.gradient(of: z, at: [x, y]) == [Tensor([6, 16]), Tensor([3, 4])])
        #expect(tape.gradient(of: z, at: z) == Tensor(1))
    }

    @Test func aFullTapeRecordsOnAfterAGradient() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor(3.0))
        let y = x * x
        #expect(tape.gradient(of: y, at: x).scalar == 6)
        let z = y * x
        #expect(tape.gradient(of: z, at: x).scalar == 27)
        #expect(tape.gradient(of: y, at: x).scalar == 6)
    }

    @Test func aLeanTapeIsUsedUp() {
        let tape = Tape()
        let x = tape.watch(Tensor(3.0))
        #expect(tape.gradient(of: x * x * x, at: x).scalar == 27)
        #expect(tape.recordCount == 0)
        #expect(tape.keptByteCount == 0)
    }

    @Test func aWatchedModuleIsTrackedAsAWhole() {
        let tape = Tape(recording: .full)
        let model = tape.watch(["a": Tensor([1.0, 2]), "b": Tensor([3.0])])
        let loss = (model["a"]! * model["b"]!).sum()
        #expect(tape.gradient(of: loss, at: model) == ["a": Tensor([3, 3]), "b": Tensor([3])])
    }

    @Test func aTapeInsideADerivative() {
        // d/dx of the tape's gradient of x y² at y = 3: d/dx (2 · 3 x) = 6
        let result = gradient(at: Tensor(5.0)) { x in
            let tape = Tape()
            let y = tape.watch(Tensor(3.0))
            return tape.gradient(of: x * y * y, at: y)
        }
        #expect(result.scalar == 6)
    }

    @Test func aDerivativeOfATapesValueStaysOnTheTape() {
        // d/dx of (d/dy y³ at y = x) = 6x
        let tape = Tape()
        let x = tape.watch(Tensor(2.0))
        let slope = gradient(at: x) { y in y * y * y }
        #expect(slope.isTracked)
        #expect(tape.gradient(of: slope, at: x).scalar == 12)
    }

    @Test func whatComesOutOfAnInnerDerivativeIsOnTheTape() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor(3.0))
        let auxiliary = valueAndGradient(at: x) { y in (loss: y, auxiliary: y * y) }.auxiliary
        #expect(tape.gradient(of: auxiliary, at: x).scalar == 6)
        #expect(tape.gradient(of: auxiliary * x, at: auxiliary).scalar == 3)
    }

    // MARK: Names and scopes

    @Test func scopesNest() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor(1.0))
        withScope("layer 1") {
            withScope("step 2") { _ = (x + 1).named("sum") }
            _ = x * 2
        }
        _ = -x
        #expect(
            tape.description == """
                %0 = input  float64 []
                %1 = add(%0, #0)  float64 []  "sum"  in layer 1 / step 2
                %2 = multiply(%0, #1)  float64 []  keeps #1  in layer 1
                %3 = negate(%0)  float64 []
                """)
    }

    private struct Line: Module {
        var weights: Tensor<Double>
        var inner: [Tensor<Double>]
    }

    @Test func parametersHaveTheirPathsAsNames() {
        let tape = Tape(recording: .full)
        let line = tape.watch(Line(weights: Tensor([1, 2]), inner: [Tensor(3), Tensor(4)]))
        let x = tape.watch(Tensor(5.0).named("x"))
        let (first, second) = tape.watch(Tensor(6.0), Tensor(7.0).named("second"))
        #expect(line.weights.isTracked && x.isTracked && first.isTracked && second.isTracked)
        #expect(
            tape.description == """
                %0 = input  float64 [2]  "weights"
                %1 = input  float64 []  "inner.0"
                %2 = input  float64 []  "inner.1"
                %3 = input  float64 []  "x"
                %4 = input  float64 []  "0"
                %5 = input  float64 []  "second"
                """)
    }

    @Test func namedConstantsAreFoundInTheirViews() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([[1, 2], [3, 4]]))
        let table = Tensor<Double>([1, 2, 3, 4]).named("table")
        let unused = Tensor<Double>([1]).named("unused")
        _ = x * table.reshaped(to: 2, 2) + table[..<2]
        _ = matmul(x, x) * unused.sum()
        #expect(
            tape.description.split(separator: "\n").suffix(3).joined(separator: "\n") == """
                #0 = constant  float64 [2, 2]  a view of "table"
                #1 = constant  float64 [2]  a view of "table"
                # = constant  float64 [1]  "unused"
                """)
    }

    @Test func tracingCollectsNamedValuesInOrder() {
        let (result, values) = tracing {
            withScope("step 0") {
                let forget = sigmoid(Tensor<Float>([0, 0])).named("forget")
                return (forget * 2).named("twice").sum()
            }
        }
        #expect(result.scalar == 2)
        #expect(values.map(\.name) == ["forget", "twice"])
        #expect(values.map(\.scope) == [["step 0"], ["step 0"]])
        #expect(values[0].tensor(as: Float.self) == Tensor([0.5, 0.5]))
        #expect(values[1].tensor(as: Double.self) == Tensor([1, 1]))
    }

    @Test func tracingSeesIntoDerivatives() {
        let (slope, values) = tracing { gradient(at: Tensor(3.0)) { ($0 * $0).named("square") } }
        #expect(slope.scalar == 6)
        #expect(values.map(\.name) == ["square"])
        #expect(values[0].tensor(as: Double.self).scalar == 9)
    }

    @Test func theInnerOfTwoTracesCollects() {
        var inner: [TracedValue] = []
        let outer = tracing {
            Tensor(1.0).named("before")
            inner = tracing { Tensor(2.0).named("inside") }.values
            Tensor(1.0).named("after")
        }.values
        #expect(inner.map(\.name) == ["inside"])
        #expect(outer.map(\.name) == ["before", "after"])
    }

    @Test func namesChangeNothing() {
        #expect(gradient(at: Tensor(3.0)) { ($0 * $0).named("square") * $0 }.scalar == 27)
    }

    // MARK: Threads

    @Test func tapesOfSeveralThreadsDoNotMeet() async {
        let results = await withTaskGroup(of: Double.self) { group in
            for index in 0..<32 {
                group.addTask {
                    (0..<50).reduce(0.0) { sum, _ in
                        sum + gradient(at: Tensor(Double(index))) { $0 * $0 * 0.5 }.scalar
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.sorted() == (0..<32).map { 50 * Double($0) })
    }

    @Test func constantsMayBeUsedFromEveryThread() async {
        let shared = Tensor<Double>(repeating: 2, shape: [64, 64])
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { gradient(at: shared) { ($0 * shared).sum() } == shared }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: true, count: 8))
        #expect(shared == Tensor(repeating: 2, shape: [64, 64]))
    }
}
