import Testing

@testable import TapestryAutograd

/// What the derivative operators take and give, beside the derivatives themselves.
@Suite struct DerivativeOperatorTests {
    private struct Pair: Module, Equatable {
        var weights: Tensor<Double>
        var inner: Inner
        var name = "pair"
        var indices: Tensor<Int32>
    }

    private struct Inner: Module, Equatable {
        var bias: Tensor<Double>
    }

    private let model = Pair(
        weights: Tensor([1, 2]), inner: Inner(bias: Tensor([3, 4])), indices: Tensor([7, 8]))

    private enum Failure: Error { case expected }

    @Test func theGradientIsAValueOfTheModulesType() {
        let (value, gradient) = valueAndGradient(at: model) { ($0.weights * $0.inner.bias).sum() }
        #expect(value.scalar == 11)
        #expect(
            gradient == Pair(weights: Tensor([3, 4]), inner: Inner(bias: Tensor([1, 2])), indices: Tensor([7, 8])))
    }

    @Test func theFunctionRunsOnce() {
        var calls = 0
        _ = valueAndGradient(at: model) { model in
            calls += 1
            return model.weights.sum()
        }
        #expect(calls == 1)
    }

    @Test func anAuxiliaryResultIsHandedOnAsAConstant() {
        let (value, gradient, auxiliary) = valueAndGradient(at: Tensor([1.0, 2])) { x in
            (loss: (x * x).sum(), auxiliary: (predictions: x * 3, count: 2))
        }
        #expect(value.scalar == 5)
        #expect(gradient == Tensor([2, 4]))
        #expect(auxiliary.predictions == Tensor([3, 6]))
        #expect(!auxiliary.predictions.isTracked)
        #expect(auxiliary.count == 2)
    }

    @Test func anAuxiliaryResultOfAnInnerDerivativeBelongsToTheOuter() {
        let result = gradient(at: Tensor(3.0)) { x in
            valueAndGradient(at: Tensor(2.0)) { y in (loss: x * y, auxiliary: x * x * y) }.auxiliary
        }
        // d/dx (2x²)
        #expect(result.scalar == 12)
    }

    @Test func theValueOfAnInnerDerivativeBelongsToTheOuter() {
        let result = gradient(at: Tensor(3.0)) { x in
            let (value, slope) = valueAndGradient(at: Tensor(2.0)) { y in x * y * y }
            return value + slope
        }
        // d/dx (4x + 4x)
        #expect(result.scalar == 8)
    }

    @Test func twoModulesAtOnce() {
        let (first, second) = gradient(at: Tensor([1.0, 2]), Tensor(3.0)) { ($0 * $1).sum() }
        #expect(first == Tensor([3, 3]))
        #expect(second == Tensor(3))
        #expect(valueAndGradient(at: Tensor([1.0, 2]), Tensor(3.0)) { ($0 * $1).sum() }.value.scalar == 9)
    }

    @Test func errorsPassThrough() {
        #expect(throws: Failure.expected) {
            try gradient(at: Tensor(1.0)) { x throws(Failure) -> Tensor<Double> in
                if x.scalar > 0 { throw .expected }
                return x
            }
        }
        // The derivative that threw is over: another one begins at the level it should.
        #expect(gradient(at: Tensor(2.0)) { $0 * $0 }.scalar == 4)
    }

    @Test func aResultThatComesOutOfAnInnerDerivative() {
        // d/dx (x² + x³), both leaving an inner closure on the way to a vjp's result.
        let (value, pullback) = vjp(at: Tensor(3.0)) { x in
            var leaked: [Tensor<Double>] = []
            _ = gradient(at: Tensor(1.0)) { y in
                leaked = [x * x * y, x * x * x * y]
                return y
            }
            return leaked
        }
        #expect(value == [Tensor(9), Tensor(27)])
        #expect(value.allSatisfy { !$0.isTracked })
        #expect(pullback([Tensor(1), Tensor(0)]).scalar == 6)
        #expect(pullback([Tensor(1), Tensor(1)]).scalar == 33)
    }

    // MARK: Freezing

    @Test(
        arguments: [
            (["weights"], false, true), (["inner.*"], true, false), (["*.bias"], true, false), (["*"], false, false),
            ([], true, true), (["weights", "inner.bias"], false, false), (["*s"], false, false),
        ] as [([String], Bool, Bool)])
    func frozenParametersHaveZeroGradients(_ patterns: [String], _ weightsMove: Bool, _ biasMoves: Bool) {
        let frozen = patterns.map { ParameterPattern($0) }
        let gradient = gradient(at: model, freezing: frozen) { model in
            #expect(model.weights.isTracked == weightsMove)
            #expect(model.inner.bias.isTracked == biasMoves)
            return (model.weights * model.inner.bias).sum()
        }
        #expect(gradient.weights == (weightsMove ? Tensor([3, 4]) : Tensor([0, 0])))
        #expect(gradient.inner.bias == (biasMoves ? Tensor([1, 2]) : Tensor([0, 0])))
    }

    @Test func everythingFrozenIsNoError() {
        let (value, gradient) = valueAndGradient(at: Tensor([1.0, 2]), freezing: ["*"]) { $0.sum() }
        #expect(value.scalar == 3)
        #expect(gradient == Tensor([0, 0]))
    }

    // MARK: vjp

    @Test func thePullbackCanBeCalledAgain() {
        let x = Tensor([1.0, 2, 3])
        let (value, pullback) = vjp(at: x) { x in [x * x, x.sum() * x] }
        #expect(value == [Tensor([1, 4, 9]), Tensor([6, 12, 18])])
        let first = pullback([Tensor([1, 0, 0]), Tensor([0, 0, 0])])
        #expect(first == Tensor([2, 0, 0]))
        #expect(pullback([Tensor([0, 0, 0]), Tensor([0, 1, 0])]) == Tensor([2, 8, 2]))
        #expect(pullback([Tensor([1, 0, 0]), Tensor([0, 0, 0])]) == first)
        let both = pullback([Tensor([1, 1, 1]), Tensor([1, 1, 1])])
        // 2x + Σx + Σx (for each element, from the factor that is summed and from the other)
        #expect(both == Tensor([14, 16, 18]))
    }

    @Test func theResultOfAVjpIsAConstant() {
        let (value, pullback) = vjp(at: Tensor([1.0, 2])) { $0 * 2 }
        #expect(!value.isTracked)
        #expect((value + 1).scalars == [3, 5])
        // The cotangent is the caller's and stays as it is.
        let cotangent = Tensor([5.0, 7])
        #expect(pullback(cotangent) == Tensor([10, 14]))
        #expect(cotangent == Tensor([5, 7]))
    }

    @Test func partsThatDoNotDependOnTheInputTakeNoPart() {
        let (_, pullback) = vjp(at: Tensor([1.0, 2])) { [$0, Tensor([3.0]), $0] }
        #expect(pullback([Tensor([1, 0]), Tensor([9]), Tensor([1, 1])]) == Tensor([2, 1]))
    }

    @Test func integerResultsTakeNoPart() {
        let (value, pullback) = vjp(at: model) { $0 }
        #expect(value == model)
        #expect(pullback(model).inner == model.inner)
    }

    // MARK: Mode

    @Test func derivativesRunInTrainingModeUnlessTold() {
        #expect(Mode.current == .inference)
        _ = gradient(at: Tensor(1.0)) { x in
            #expect(Mode.current == .training)
            withMode(.inference) { #expect(Mode.current == .inference) }
            return x
        }
        _ = gradient(at: Tensor(1.0), mode: .inference) { x in
            #expect(Mode.current == .inference)
            return x
        }
        withMode(.training) { #expect(Mode.current == .training) }
        #expect(Mode.current == .inference)
    }

    // MARK: Element types

    @Test func throughAConversion() {
        let x = Tensor<Float>([0.5, 2])
        let gradient = gradient(at: x) { x in
            let exact = x.converted(to: Double.self)
            return (exact * exact).sum()
        }
        #expect(gradient == Tensor<Float>([1, 4]))
    }

    @Test func aModelOfMixedTypes() {
        struct Mixed: Module {
            var single: Tensor<Float>
            var double: Tensor<Double>
        }
        let gradient = gradient(at: Mixed(single: Tensor([2]), double: Tensor([3]))) {
            ($0.single.converted(to: Double.self) * $0.double).sum()
        }
        #expect(gradient.single == Tensor<Float>([3]))
        #expect(gradient.double == Tensor([2]))
    }
}
