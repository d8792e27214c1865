import Foundation
import Tapestry
import Testing

/// Expected values are those of scikit-learn (1.7, averages 1.9) and sacrebleu 2.6.
@Suite struct MetricsTests {
    private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 * max(1, abs(b)) }

    @Test func confusions() {
        var confusion = ConfusionMatrix(classCount: 3)
        confusion.add(predictions: [0, 1, 0, 1, 2], targets: [0, 0, 0, 1, 1])
        confusion.add(predictions: [2, 2, 0, 2, 0], targets: [2, 2, 2, 2, 1])
        #expect(confusion.counts == [[2, 1, 0], [1, 1, 1], [1, 0, 3]])
        #expect(confusion.total == 10 && confusion.accuracy == 0.6)
        #expect(confusion.precision(of: 0) == 0.5 && isClose(confusion.recall(of: 0), 2.0 / 3))
        #expect(confusion.precision(of: 2) == 0.75 && confusion.recall(of: 2) == 0.75)
        let f1 = (0..<3).map { confusion.f1(of: $0) }
        #expect(isClose(f1[0], 4.0 / 7) && isClose(f1[1], 0.4) && isClose(f1[2], 0.75))
        #expect(isClose(confusion.macroF1, (4.0 / 7 + 0.4 + 0.75) / 3))
        let none = ConfusionMatrix(classCount: 2)
        #expect(none.accuracy.isNaN && none.precision(of: 1).isNaN && none.macroF1.isNaN)
        var one = ConfusionMatrix(classCount: 2)
        one.add(predictions: [0], targets: [0])
        #expect(one.macroF1 == 1)
    }

    @Test("averages over classes, with one that is never predicted and one that never occurs")
    func averagesOverClasses() {
        var confusion = ConfusionMatrix(classCount: 5)
        confusion.add(predictions: [0, 1, 0, 1, 2], targets: [0, 0, 0, 1, 1])
        confusion.add(predictions: [2, 2, 0, 2, 0], targets: [2, 2, 2, 2, 3])
        let all: [(ConfusionMatrix.Averaging, [Double])] = [
            (.macro, [0.4375, 0.47916666666666663, 0.45535714285714285]), (.micro, [0.6, 0.6, 0.6]),
            (.weighted, [0.55, 0.6, 0.5714285714285714]),
        ]
        for (averaging, expected) in all {
            let found = [confusion.precision(averaging), confusion.recall(averaging), confusion.f1(averaging)]
            #expect(zip(found, expected).allSatisfy { isClose($0, $1) }, "\(averaging): \(found)")
        }
        let some: [(ConfusionMatrix.Averaging, [Double])] = [
            (.macro, [0.4166666666666667, 0.4166666666666667, 0.4166666666666667]),
            (.micro, [0.6666666666666666, 0.5714285714285714, 0.6153846153846154]),
            (.weighted, [0.5714285714285714, 0.5714285714285714, 0.5714285714285714]),
        ]
        for (averaging, expected) in some {
            let found = [
                confusion.precision(averaging, of: [1, 2, 3]), confusion.recall(averaging, of: [1, 2, 3]),
                confusion.f1(averaging, of: [1, 2, 3]),
            ]
            #expect(zip(found, expected).allSatisfy { isClose($0, $1) }, "\(averaging) of some: \(found)")
        }
        // As in scikit-learn, one that is asked for counts.
        #expect(isClose(confusion.f1(.macro, of: [1, 4]), 0.25) && confusion.f1(.macro, of: [4]) == 0)
        #expect(confusion.f1(.weighted, of: [1, 4]) == 0.5 && confusion.f1(.micro, of: [1, 4]) == 0.5)
        #expect(confusion.macroF1 == confusion.f1(.macro))
    }

    @Test("the highest scores, over batches and other axes; of equals the first is higher, NaN lowest")
    func highestScores() {
        let scores = Tensor<Double>([
            [0.1, 0.5, 0.2, 0.2], [0.4, 0.3, 0.2, 0.1], [0.05, 0.15, 0.3, 0.5], [0.25, 0.35, 0.3, 0.1],
            [0.6, 0.1, 0.25, 0.05], [0.2, 0.1, 0.3, 0.4],
        ])
        let targets = Tensor<Int32>([1, 1, 0, 2, 3, 2])
        for (count, expected) in [(1, 1.0 / 6), (2, 2.0 / 3), (3, 2.0 / 3), (4, 1)] {
            var top = TopAccuracy(count)
            top.add(scores: scores[..<2], targets: targets[..<2])
            top.add(scores: scores[2...].reshaped(to: [2, 2, 4]), targets: targets[2...].reshaped(to: [2, 2]))
            #expect(isClose(top.value, expected) && top.total == 6, "\(count)")
        }
        var ties = TopAccuracy(1)
        ties.add(scores: Tensor<Float>([[1, 1]]), targets: Tensor<Int32>([0]))
        #expect(ties.right == 1)
        ties.add(scores: Tensor<Float>([[1, 1], [.nan, 0]]), targets: Tensor<Int32>([1, 0]))
        #expect(ties.right == 1 && ties.total == 3)
        var confusion = ConfusionMatrix(classCount: 4)
        confusion.add(scores: scores, targets: targets)
        #expect(isClose(confusion.accuracy, 1.0 / 6) && confusion.counts[2] == [0, 1, 0, 1])
    }

    @Test("what is accumulated over batches is what it is at once")
    func accumulation() {
        let (values, forecasts) = ([3, -0.5, 2, 7, 4.2, 1.5], [2.5, 0.0, 2, 8, 3.9, 1.1])
        var errors = ForecastErrors()
        #expect(errors.meanAbsolute.isNaN && errors.determination.isNaN)
        errors.add(forecasts: Array(forecasts[..<4]), values: Array(values[..<4]))
        errors.add(forecasts: Tensor(forecasts[4...].map { [$0] }), values: Tensor(values[4...].map { [$0] }))
        #expect(isClose(errors.meanAbsolute, 0.45) && isClose(errors.rootMeanSquare, 0.5400617248673217))
        #expect(isClose(errors.meanAbsoluteShare, 0.27460317460317457))
        #expect(isClose(errors.determination, 0.9467005076142132) && errors.count == 6)
        // Far from zero, squares less the square of the mean would have no digits left.
        let far = ForecastErrors(forecasts: forecasts.map { $0 + 1e9 }, values: values.map { $0 + 1e9 })
        #expect(abs(far.determination - 0.9467005076142132) < 1e-6)

        var scores = BinaryScores()
        scores.add(scores: [0.9, 0.8, 0.8, 0.7], isPositive: [true, true, false, true])
        scores.add(
            scores: Tensor([[0.55, 0.5, 0.5], [0.5, 0.3, 0.1]]),
            isPositive: Tensor([[false, true, false], [false, true, false]]))
        #expect(isClose(scores.curve.rocArea, 0.66))

        var mean = RunningMean()
        #expect(mean.value.isNaN)
        mean.add(-log(0.5) - log(0.7), weight: 0.5)
        mean.add(Float(0), weight: 0)
        mean.add(-log(0.6) - log(0.5), weight: 0.5)
        #expect(mean.weight == 1 && isClose(mean.value / 2, 0.5634487322061534))
        #expect(isClose(mean.surprise.perplexity, exp(2 * 0.5634487322061534)))
    }

    @Test func areasUnderTheCurves() {
        let curve = RankingCurve(
            scores: [0.9, 0.8, 0.8, 0.7, 0.55, 0.5, 0.5, 0.5, 0.3, 0.1],
            isPositive: [true, true, false, true, false, true, false, false, true, false])
        #expect(isClose(curve.rocArea, 0.66) && isClose(curve.precisionRecallArea, 0.6944444444444444))
        #expect(curve.positives == 5 && curve.negatives == 5 && curve.points.count == 7)
        let second = curve.points[1]
        #expect(second.threshold == 0.8 && second.truePositives == 2 && second.falsePositives == 1)
        let perfect = RankingCurve(scores: [1, 2, 3], isPositive: [false, false, true])
        #expect(perfect.rocArea == 1 && perfect.precisionRecallArea == 1)
        #expect(RankingCurve(scores: [1, 1], isPositive: [true, false]).rocArea == 0.5)
        #expect(RankingCurve(scores: [1], isPositive: [true]).rocArea.isNaN)
    }

    @Test func errorsOfForecasts() {
        let errors = ForecastErrors(forecasts: [1, 3, 2], values: [2, 1, 4])
        #expect(errors.rootMeanSquare == 3.0.squareRoot() && isClose(errors.meanAbsolute, 5.0 / 3))
        #expect(isClose(errors.meanAbsoluteShare, 1) && isClose(errors.determination, 1 - 9 / (14.0 / 3)))
        #expect(ForecastErrors(forecasts: [1, 2], values: [1, 2]).determination == 1)
    }

    @Test func agreementOfTranslations() {
        func tokens(_ text: String) -> [String] { text.split(separator: " ").map { String($0) } }
        let candidates = [
            "the cat sat on the mat today", "a dog barked at the old mailman loudly",
            "it is raining cats and dogs tonight",
        ]
        let references = [
            ["the cat sat on the mat yesterday", "a cat was sitting on the mat today"],
            ["the dog barked at the mailman", "a dog barked loudly at the old mailman"],
            ["it rains cats and dogs this evening", "it is raining hard tonight my friend"],
        ]
        let score = bleu(candidates.map(tokens), references: references.map { $0.map(tokens) })
        #expect(isClose(score, 73.47826377909432))
        let short = bleu(
            [tokens("the cat sat on the mat")], references: [[tokens("the cat sat on the mat in the sun")]])
        #expect(isClose(short, 60.653065971263366))
        #expect(bleu([tokens("a b c d")], references: [[tokens("d c b a")]]) == 0)
        #expect(bleu([], references: []) == 0)
    }

    /// Smoothing counts where some n-grams are not common, and where there are none of a length.
    @Test(arguments: [
        (BLEUSmoothing.none, [0, 60.653065971263366, 0, 0, 0]),
        (.floor(), [9.35655705450528, 60.653065971263366, 0, 11.362193664674995, 0]),
        (.floor(0.02), [4.184379521845803, 60.653065971263366, 0, 3.398088489694245, 0]),
        (.addition(), [27.729369836315048, 60.653065971263366, 71.65313105737896, 45.18010018049227, 0]),
        (.addition(of: 0.5), [20.25877686373236, 60.653065971263366, 71.65313105737896, 31.239399369202552, 0]),
        (.halving, [17.593148699905946, 60.653065971263366, 0, 22.59005009024613, 0]),
    ])
    func smoothedAgreement(smoothing: BLEUSmoothing, expected: [Double]) {
        func score(_ candidates: [String], _ references: [String]) -> Double {
            func tokens(_ text: String) -> [String] { text.split(separator: " ").map { String($0) } }
            return bleu(candidates.map(tokens), references: references.map { [tokens($0)] }, smoothing: smoothing)
        }
        let scores = [
            score(["the cat sat on a mat", "dogs bark"], ["the cat lay on the mat", "some dogs bark loudly"]),
            score(["the cat sat on the mat"], ["the cat sat on the mat in the sun"]),
            score(["a b c"], ["a b c d"]), score(["a b c d"], ["d c b a"]), score(["x y z w"], ["a b c d"]),
        ]
        #expect(zip(scores, expected).allSatisfy { isClose($0, $1) }, "\(scores)")
    }

    /// Expected values are those of NumPy 2.4.
    @Test func quantiles() {
        let values = [3.0, 1, 4, 1, 5, 9, 2, 6]
        #expect(quantile(0, of: values) == 1 && quantile(1, of: values) == 9 && quantile(0.5, of: values) == 3.5)
        #expect(isClose(quantile(0.3, of: values), 2.1) && isClose(quantile(0.95, of: values), 7.95))
        #expect(quantile(0.7, of: [2]) == 2)
    }

    @Test func unitsOfSurprise() {
        let surprise = Surprise(nats: log(8))
        #expect(isClose(surprise.bits, 3) && isClose(surprise.perplexity, 8))
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = ConfusionMatrix(classCount: 0) }
        await #expect(processExitsWith: .failure) {
            var confusion = ConfusionMatrix(classCount: 2)
            confusion.add(predictions: [2], targets: [0])
        }
        await #expect(processExitsWith: .failure) {
            var confusion = ConfusionMatrix(classCount: 2)
            confusion.add(predictions: [1, 0], targets: [0])
        }
        await #expect(processExitsWith: .failure) { _ = RankingCurve(scores: [.nan], isPositive: [true]) }
        await #expect(processExitsWith: .failure) { _ = RankingCurve(scores: [1], isPositive: []) }
        await #expect(processExitsWith: .failure) { _ = ForecastErrors(forecasts: [], values: []) }
        await #expect(processExitsWith: .failure) { _ = quantile(0.5, of: []) }
        await #expect(processExitsWith: .failure) { _ = quantile(1.5, of: [1]) }
        await #expect(processExitsWith: .failure) { _ = bleu([["a"]], references: []) }
        await #expect(processExitsWith: .failure) { _ = bleu([["a"]], references: [[]]) }
        await #expect(processExitsWith: .failure) { _ = bleu([["a"]], references: [[["a"]]], smoothing: .floor(0)) }
        await #expect(processExitsWith: .failure) {
            _ = bleu([["a"]], references: [[["a"]]], smoothing: .addition(of: -1))
        }
    }
}
