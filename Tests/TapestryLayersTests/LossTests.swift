import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryTestSupport
import Testing

/// What the goldens leave out of the losses.
@Suite struct LossTests {
    // MARK: Reductions and shapes

    @Test("the sum is the mean times the number of examples")
    func reductions() {
        let logits = Tensor<Double>.normal([3, 2, 4], using: RandomSource(seed: 1))
        let classes = Tensor<Int32>(shape: [3, 2], scalars: [0, 3, 1, 1, 2, 0])
        let other = Tensor<Double>.uniform([3, 2, 4], using: RandomSource(seed: 2))
        for (sum, mean, count) in [
            (crossEntropy(logits, classes, reduction: .sum), crossEntropy(logits, classes), 6.0),
            (meanSquaredError(logits, other, reduction: .sum), meanSquaredError(logits, other), 24),
            (binaryCrossEntropy(logits, other, reduction: .sum), binaryCrossEntropy(logits, other), 24),
        ] {
            #expect(sum.shape == [] && mean.shape == [])
            #expect(abs(sum.scalar - count * mean.scalar) < 1e-13 * abs(sum.scalar))
        }
    }

    @Test("inside of vmap targets may differ between examples")
    func targetsOfExamples() {
        let logits = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 1))
        let targets = Tensor<Int32>([3, 0, 3])
        let gradients = vmap(over: logits, targets) { logits, target in
            gradient(at: logits) { crossEntropy($0, target) }
        }
        let whole = gradient(at: logits) { crossEntropy($0, targets, reduction: .sum) }
        #expect(gradients.isClose(to: whole, relativeTolerance: 1e-14))
    }

    @Test("any leading axes are examples, and none is one example")
    func leadingAxes() {
        let logits = Tensor<Double>.normal([2, 3, 4], using: RandomSource(seed: 1))
        let classes = Tensor<Int32>(shape: [2, 3], scalars: [0, 3, 1, 1, 2, 0])
        #expect(
            crossEntropy(logits, classes)
                == crossEntropy(logits.reshaped(to: 6, 4), classes.flattened()))
        let one = crossEntropy(logits[0, 0], classes[0, 0])
        #expect(one.scalar == -logits.logSoftmax()[0, 0, 0].scalar)
    }

    @Test("the gradient of cross-entropy is softmax less the target")
    func crossEntropyGradient() {
        let logits = Tensor<Double>.normal([4, 5], using: RandomSource(seed: 3))
        let classes = Tensor<Int32>([4, 0, 2, 2])
        let found = gradient(at: logits) { crossEntropy($0, classes, reduction: .sum) }
        var expected: [[Double]] = logits.softmax().nestedArray()
        for (row, label) in classes.scalars.enumerated() { expected[row][Int(label)] -= 1 }
        #expect(blockError(found.scalars, expected.flatMap { $0 }) < 1e-14)
    }

    // MARK: Binary cross-entropy where naive formulas fail

    @Test("at logit 0 the gradient is σ(0) − t, where |x| and max(x, 0) have a kink")
    func binaryCrossEntropyAtZero() {
        let targets = Tensor<Double>([0, 0.25, 0.5, 1])
        let (value, gradient) = valueAndGradient(at: Tensor<Double>.zeros([4])) {
            binaryCrossEntropy($0, targets, reduction: .sum)
        }
        #expect(gradient.scalars == [0.5, 0.25, 0, -0.5])
        #expect(abs(value.scalar - 4 * 0.6931471805599453) < 1e-15)
    }

    @Test("certain logits, right and wrong, give finite losses and gradients", arguments: [40.0, 1000, 1e30])
    func binaryCrossEntropyFarOut(_ size: Double) {
        let logits = Tensor<Float>([Float(size), Float(-size), Float(size), Float(-size)])
        let targets = Tensor<Float>([1, 0, 0, 1])
        let losses = vjp(at: logits) { x in
            binaryCrossEntropy(x, targets, reduction: .sum)
        }
        #expect(losses.value.scalar == 2 * Float(size))
        let gradient = losses.pullback(Tensor(1))
        #expect(blockError(gradient.scalars.map(Double.init), [0, 0, 1, -1]) < 1e-15)
    }

    @Test("small losses of certain logits keep their digits", arguments: [1.0, 5, 20, 80])
    func smallBinaryCrossEntropy(_ size: Double) {
        let logits = Tensor<Float>([Float(size), Float(-size)])
        let (value, gradient) = valueAndGradient(at: logits) {
            binaryCrossEntropy($0, Tensor([1, 0]), reduction: .sum)
        }
        // Both are ln(1 + e⁻ˣ), and its slope is −σ(−x).
        #expect(blockError([Double(value.scalar)], [2 * log1p(exp(-size))]) < 1e-6)
        let slope = 1 / (1 + exp(size))
        #expect(blockError(gradient.scalars.map(Double.init), [-slope, slope]) < 1e-6)
    }

    // MARK: The other losses at their edges

    @Test("label smoothing 1 shares the target's probability equally, and 0 changes nothing")
    func labelSmoothing() {
        let logits = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 1))
        let one = crossEntropy(logits, Tensor([0, 1, 2]), labelSmoothing: 1)
        let other = crossEntropy(logits, Tensor([3, 3, 3]), labelSmoothing: 1)
        #expect(one.isClose(to: other, relativeTolerance: 1e-14))
        #expect(one.isClose(to: -logits.logSoftmax().mean(), relativeTolerance: 1e-14))
        let plain = crossEntropy(logits, Tensor([0, 1, 2]))
        #expect(crossEntropy(logits, Tensor([0, 1, 2]), labelSmoothing: 0) == plain && plain != one)
    }

    @Test("focal losses of certain logits are finite with finite gradients, whatever γ", arguments: [0, 0.5, 2.0])
    func focalFarOut(_ gamma: Double) {
        let logits = Tensor<Float>([[1e30, 0], [-1e30, 0], [40, 0], [0, 0]])
        let (value, slopes) = valueAndGradient(at: logits) {
            focalLoss($0, Tensor([0, 0, 0, 0]), gamma: gamma, reduction: .sum)
        }
        #expect(value.scalar == 1e30)
        #expect(slopes[1].scalars == [-1, 1] && slopes.scalars.allSatisfy { $0.isFinite })
        let binary = valueAndGradient(at: logits) {
            binaryFocalLoss($0, Tensor([[1, 1], [1, 1], [1, 0], [0, 0]]), gamma: gamma, reduction: .sum)
        }
        #expect(binary.value.scalar == 1e30 && binary.gradient.scalars.allSatisfy { $0.isFinite })
    }

    @Test("focal loss of the one class there is, is 0")
    func focalOfOneClass() {
        let (value, slopes) = valueAndGradient(at: Tensor<Double>([[3], [-2]])) { focalLoss($0, Tensor([0, 0])) }
        #expect(value.scalar == 0 && slopes.scalars == [0, 0])
    }

    @Test("small focal losses keep their digits")
    func smallFocalLoss() {
        let value = focalLoss(Tensor<Float>([[30, 0]]), Tensor([0]), gamma: 1).scalar
        #expect(blockError([Double(value)], [exp(-60)]) < 1e-5)
    }

    @Test("the Huber loss is linear far out, where a square would overflow, and has the slope δ there")
    func huberFarOut() {
        let x = Tensor<Float>([1e30, -1e30, 0.5])
        let (value, slopes) = valueAndGradient(at: x) { huberLoss($0, .zeros([3]), delta: 2, reduction: .sum) }
        #expect(value.scalar == 4e30 && slopes.scalars == [2, -2, 0.5])
    }

    @Test("probabilities of zero add nothing to a divergence, and what is excluded makes it infinite")
    func divergenceOfZeros() {
        let predictions = Tensor<Double>([0.25, 0.75, 0])
        let (value, slopes) = valueAndGradient(at: log(predictions)) {
            klDivergence($0, Tensor([0, 1, 0]), reduction: .sum)
        }
        #expect(abs(value.scalar - log(4 / 3.0)) < 1e-15)
        #expect(slopes.scalars == [0, -1, 0])
        #expect(klDivergence(log(predictions), Tensor([0, 0.5, 0.5])).scalar == .infinity)
    }

    @Test("the mean divergence is one over distributions")
    func meanDivergence() {
        let targets = Tensor<Double>.uniform([2, 3, 4], using: RandomSource(seed: 1)).softmax()
        let logits = Tensor<Double>.normal([2, 3, 4], using: RandomSource(seed: 2)).logSoftmax()
        let sum = klDivergence(logits, targets, reduction: .sum).scalar
        #expect(abs(klDivergence(logits, targets).scalar * 6 - sum) < 1e-14)
        #expect(abs(klDivergence(targets.isFinite.converted(to: Double.self) * log(targets), targets).scalar) < 1e-15)
    }

    @Test("a cosine depends neither on lengths nor overflows, and is 0 beside zeros")
    func cosines() {
        let a = Tensor<Float>([[3e30, 4e30], [0, 0], [3e-30, 4e-30]])
        let b = Tensor<Float>([[4e30, 3e30], [1, 2], [4, 3]])
        let (value, slopes) = valueAndGradient(at: a) { cosineSimilarity($0, b).sum() }
        #expect(blockError([Double(value.scalar)], [2 * 0.96]) < 1e-6)
        #expect(slopes[0...1].scalars.allSatisfy { $0.isFinite })
    }

    @Test("a triplet whose points coincide has the slope 0")
    func coincidingTriplet() {
        let x = Tensor<Double>([[1, 2]])
        let slopes = gradient(at: x) { tripletMarginLoss(anchors: $0, positives: x, negatives: x) }
        #expect(slopes.scalars == [0, 0])
    }
}
