import Tapestry
import Testing

/// What is said of where a wrong gradient comes from.
@Suite struct GradientOriginTests {
    private let point = GradientMutant.normal([2, 3], 1)

    private func gate(_ x: Tensor<Double>) -> Tensor<Double> {
        withCustomGradient(named: "gate", at: x, of: { sigmoid($0) }) { g, y, _ in g * y * (y - 1) }
    }

    /// A recurrence whose gate has the wrong sign from step 3 on.
    private func recurrence(_ x: Tensor<Double>) -> Tensor<Double> {
        var h = x
        for t in 0..<5 { withScope("t = \(t)") { h = h + (t < 3 ? sigmoid(h) : gate(h)).named("forget gate") } }
        return h
    }

    @Test func theFirstWrongRuleIsNamed() throws {
        let report = checkGradients(of: recurrence, at: point)
        let rule = try #require(report.origin?.wrongRule)
        #expect(rule.place.scope == ["t = 3"] && rule.place.name == "forget gate" && rule.order == 1)
        #expect(rule.diagnosis.modes == .both && abs(rule.block!.worst!.ratio + 1) < 1e-8)
        let tape = Tape(recording: .full)
        _ = recurrence(tape.watch(point))
        let line = tape.description.split(separator: "\n")[rule.place.record]
        #expect(line.contains("custom") && line.contains("t = 3"))
        let place = "t = 3 / forget gate: custom \"gate\" (record %\(rule.place.record)), rule for operand 0"
        #expect("\(report)".contains("First wrong rule: \(place)\n    element ["))
        #expect("\(report)".contains("ratio -1.000") && "\(report)".contains("The sign is wrong"))
    }

    @Test func rightRulesAreCounted() {
        let right = checkGradients(of: { tanh($0) * exp($0) }, at: point)
        #expect(right.origin == nil && right.diagnosis == nil)
        let origin = checkRules(of: { tanh($0) * exp($0) }, at: point)
        #expect(origin.wrongRule == nil && origin.ruleCount == 3 && origin.undecidedCount == 0)
        #expect("\(origin)" == "No record has a wrong rule (3 compared).")
        // What is multiplied by 0, and relu at 0.
        let constant = checkRules(of: { $0.softmax().sum() + relu(0 * $0) }, at: point)
        #expect(constant.wrongRule == nil && constant.undecidedCount == 2, "\(constant)")
    }

    @Test func rulesOfModelsAndOfHigherOrder() {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let state = LSTMState<Double>(hidden: point[0..., ..<2], cell: point[0..., 1...])
        let x = GradientMutant.normal([2, 3], 2)
        #expect(checkRules(of: { cell in cell.step(x, state).state }, at: cell, orders: 2).wrongRule == nil)
        let cube = { (x: Tensor<Double>) in
            withCustomGradient(named: "cube", at: x, of: { $0 * $0 * $0 }) { g, _, x in
                3 * g * x * x.withoutDerivative()
            }
        }
        #expect(checkRules(of: cube, at: point).wrongRule == nil)
        let second = checkRules(of: cube, at: point, orders: 2).wrongRule
        #expect(second?.place.primitive == "custom \"cube\"" && second?.order == 2)
    }

    @Test func cutsAreNamedWithBothEnds() throws {
        let report = checkGradients(
            of: { x in tanh(x).named("gate") * exp(x) + square(x) * tanh(x).named("other").withoutDerivative() },
            at: point)
        let cut = try #require(report.origin?.cuts.first)
        #expect(report.origin?.cuts.count == 1 && cut.source.name == "other" && cut.reader.primitive == "multiply")
        #expect(cut.operand == 1 && report.origin?.wrongRule == nil)
        #expect("\(report)".contains("The path is cut between other: tanh (record %"))
        #expect("\(report)".contains("Without this cut the gradient agrees with the differences."))
    }

    /// A constant that only looks like a cut is none: without it the gradient would still be wrong, or is right already.
    @Test func cutsThatDoNotExplainTheGradientAreNotNamed() {
        let report = checkGradients(of: { x in gate(x) * x.withoutDerivative() + x * 1 }, at: point)
        #expect(report.origin?.wrongRule != nil && report.origin?.cuts == [])
        let point = point
        let other = checkGradients(
            of: { x in exp(x) * Tensor(shape: [2, 3], scalars: x.scalars) + x * point }, at: point)
        #expect(other.verdict == .wrong && other.origin?.cuts == [], "\(other)")
    }

    @Test func hooksAreNoWrongRules() {
        let report = checkGradients(of: { x in exp(x.mappingCotangent { 3 * $0 }) }, at: point)
        #expect(report.origin?.wrongRule == nil)
        #expect(report.origin?.changedCotangents.map(\.primitive) == ["custom \"mappingCotangent\""])
        #expect("\(report)".contains("The cotangent is changed at custom \"mappingCotangent\" (record %1)."))
        let observed = checkGradients(of: { x in x.observingCotangent { _ in } * x.withoutDerivative() }, at: point)
        #expect(observed.origin?.changedCotangents == [])
    }

    @Test func aRuleThatAddsAConstant() throws {
        let report = checkGradients(
            of: { x in
                tanh(withCustomGradient(named: "shifted", at: exp(x), of: { sin($0) }) { g, _, x in g * cos(x) + 0.5 })
            }, at: point)
        #expect(report.verdict != .correct)
        let rule = try #require(report.origin?.wrongRule)
        #expect(rule.place.primitive == "custom \"shifted\"" && rule.operand == 0 && rule.block == nil)
        #expect(report.diagnosis?.pattern == .addedConstant)
        #expect("\(report)".contains("For a cotangent of zeros the gradient is 0.5 at [0, 0]"))
    }

    /// Every operation of an LSTM is one that differences say something of, views and slices included.
    @Test func fewRulesAreUndecided() {
        let model = withRandomSeed(1) { Recurrent(LSTMCell<Double>(inputSize: 3, hiddenSize: 2), batchFirst: true) }
        let inputs = GradientMutant.normal([2, 4, 3], 2)
        let origin = checkRules(of: { $0(inputs).outputs.transposed(0, 1)[1...] }, at: model)
        // What the first state, zero, is multiplied by.
        #expect(origin.undecidedCount == 2, "\(origin)")
    }

    @Test func everyWrongBlockHasADiagnosis() {
        for mutant in GradientMutant.all where mutant.rule == nil {
            let report = mutant.check(1)
            for block in report.blocks {
                #expect((block.diagnosis != nil) == (block.verdict == .wrong), "\(mutant.name): \(report)")
            }
        }
    }
}
