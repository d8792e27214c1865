import Foundation
import Tapestry
import TapestryCellEquations
import Testing

/// Reports as JSON, read by a parser of its own.
@Suite struct JSONReportTests {
    // The documented keys, as a reader would write them down.

    private struct Gradients: Decodable {
        let kind, subject, verdict: String
        let call, problem: String?
        let order, evaluationCount: Int
        let seed: UInt64
        let tolerance: [String: Double]
        let blocks: [Block]
        let higherOrders: [Gradients]
        let origin: String?
    }

    private struct Block: Decodable {
        let name, parameter, verdict: String
        let part, diagnosis: String?
        let shape: [Int]
        let elementCount: Int
        let scale: Double
        let findings: [String: Int]
        let adjoint: Adjoint
        let elements: [Element]
    }

    private struct Adjoint: Decodable {
        let forward, reverse, allowed: Double
        let agrees: Bool
    }

    private struct Element: Decodable {
        let position: [Int]?
        let reverse, difference, differenceError, ratio: Double
        let forward: Double?
        let finding: String
    }

    private struct Equations: Decodable {
        let kind, subject, verdict: String
        let call, problem: String?
        let tolerance: Double
        let seed: UInt64
        let deviation: Deviation?
        let comparisons: [Comparison]
        let namesOnlyInReference, namesOnlyInCell, cautions: [String]
        let diagnosis: Diagnosis?
        let confusionCount: Int
        let gradients: Gradients?
    }

    private struct Diagnosis: Decodable {
        let kind, statement: String
        let nextDeviation: String?
    }

    private struct Deviation: Decodable {
        let quantity: String
        let step, row, unit, deviatingCount, count: Int
        let computed, expected, difference, scale: Double
    }

    private struct Comparison: Decodable {
        let quantity: String
        let count: Int
        let largestDeviation: Double
        let firstDeviatingStep: Int?
    }

    private struct Precision: Decodable {
        struct Comparison: Decodable {
            let name, verdict: String
            let count: Int
            let position: [Int]
            let scale, allowed, single, exact, deviation: Double
        }
        let kind, subject, verdict: String
        let call: String?
        let seed: UInt64
        let tolerance: [String: Double]
        let comparisons: [Comparison]
    }

    private struct Cell: Decodable {
        let kind, verdict, call: String
        let gradients: Gradients
        let equations: Equations?
        let singlePrecision: Precision?
    }

    private func read<Form: Decodable>(_ text: String, as type: Form.Type = Form.self) throws -> Form {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try decoder.decode(Form.self, from: Data(text.utf8))
    }

    @Test func gradientsHaveTheSameNumbers() throws {
        let report = AwkwardModule.report(orders: 2)
        let json: Gradients = try read(report.json())
        #expect(json.kind == "gradients" && json.verdict == "wrong" && json.subject == "AwkwardModule")
        #expect(json.call == report.call?.description && json.problem == nil && json.order == 1)
        #expect(json.evaluationCount == report.evaluationCount && json.tolerance["relative"] == 1e-8)
        #expect(json.blocks.map(\.name) == AwkwardModule.names && json.blocks.map(\.verdict) == ["correct", "wrong"])
        for (block, written) in zip(report.blocks, json.blocks) {
            #expect(written.shape == block.shape && written.elementCount == block.elementCount && written.part == nil)
            #expect(written.scale == block.scale && written.findings["wrong"] == block.count(of: .wrong))
            #expect(written.adjoint.forward == block.adjoint.forward && written.adjoint.agrees)
            #expect(written.elements.map(\.position) == block.elements.map(\.position))
            #expect(written.elements.map(\.reverse) == block.elements.map(\.reverse))
            #expect(written.elements.map(\.difference) == block.elements.map(\.difference))
            #expect(written.elements.map(\.differenceError) == block.elements.map(\.differenceError))
            #expect(written.elements.map(\.ratio) == block.elements.map(\.ratio))
            #expect(written.elements.map(\.forward) == block.elements.map(\.forward))
            #expect(written.elements.map(\.finding) == block.elements.map(\.finding.rawValue))
        }
        #expect(json.blocks[1].elements.count { $0.forward != nil } == 1)
        #expect(json.higherOrders.map(\.order) == [2] && json.higherOrders[0].call == nil)
    }

    @Test func wrongGradientsHaveTheirDiagnosisAndOrigin() throws {
        let report = AwkwardModule.report()
        let json: Gradients = try read(report.json())
        #expect(json.blocks.map(\.diagnosis) == report.blocks.map { $0.diagnosis?.description })
        #expect(json.blocks[0].diagnosis == nil && json.blocks[1].diagnosis?.hasPrefix("The sign is wrong:") == true)
        #expect(json.origin == report.origin?.description && json.origin != nil)
        let added = checkGradients(of: { exp($0.mappingCotangent { $0 + 1 }) }, at: Tensor<Double>([1]))
        let problem: Gradients = try read(added.json())
        #expect(problem.verdict == "wrong" && problem.problem != nil)
        #expect(problem.origin?.contains("a constant is added") == true)
    }

    @Test func wrongEquationsHaveTheirDiagnosisAndGradients() throws {
        let wrong = checkEquations(of: RNNCell<Double>.self, against: CellEquations.rnn { max($0, 0) })
        let json: Equations = try read(wrong.json())
        #expect(json.diagnosis?.kind == "activation" && json.diagnosis?.nextDeviation == nil)
        #expect(json.diagnosis?.statement == "hidden has tanh where the reference has relu")
        #expect(json.confusionCount == wrong.confusionCount && json.gradients == nil && json.cautions == [])
        let right = checkEquations(
            of: RNNCell<Double>.self, stepCount: 2, gradients: .all, against: CellEquations.rnn { tanh($0) })
        let both: Equations = try read(right.json())
        #expect(both.diagnosis == nil && both.gradients?.blocks.count == right.gradients?.blocks.count)
        #expect(both.cautions == right.cautions && both.cautions.count == 1)
    }

    @Test func numbersThatJSONHasNot() throws {
        let root = checkGradients(of: { sqrt(abs($0)) }, at: Tensor<Double>([4, 0, 1]))
        let json: Gradients = try read(root.json())
        #expect(root.blocks[0].elements[1].reverse.isNaN && json.blocks[0].elements[1].reverse.isNaN)
        #expect(root.json().contains("\"reverse\": \"NaN\""))
        // A gradient of −1 where the function does not change.
        let constant = checkGradients(
            of: { Wrong.value($0 * 0, withGradientOf: -$0) }, at: Tensor<Double>([1]))
        #expect(constant.blocks[0].elements[0].ratio == -.infinity)
        #expect(constant.json().contains("\"ratio\": \"-Infinity\""))
        #expect(try read(constant.json(), as: Gradients.self).blocks[0].elements[0].ratio == -.infinity)
    }

    @Test func projectionsHaveNoPosition() throws {
        let report = checkGradients(of: { tanh($0) }, at: Tensor<Double>([1, 2]), elements: .projections(1))
        let json: Gradients = try read(report.json())
        #expect(json.blocks[0].elements.count == 1 && json.blocks[0].elements[0].position == nil)
    }

    @Test func seedsKeepAllTheirDigits() throws {
        let report = checkGradients(of: { tanh($0) }, at: Tensor<Double>([1, 2]), seed: .max)
        #expect(try read(report.json(), as: Gradients.self).seed == .max)
    }

    @Test func problemsAreTexts() throws {
        let report = checkGradients(of: { log($0) }, at: Tensor<Double>([-1]))
        let json: Gradients = try read(report.json())
        #expect(json.problem == report.problem?.description && json.blocks.isEmpty && json.verdict == "inconclusive")
    }

    @Test func keysAreSortedAndAnElementIsALine() {
        let lines = AwkwardModule.report().json().split(separator: "\n")
        let keys = lines.compactMap { $0.prefixMatch(of: #/  "(\w+)":/#).map { String($0.1) } }
        #expect(keys == keys.sorted() && keys.count == 13)
        #expect(lines.count { $0.contains("\"difference\": ") && $0.contains("\"position\": [") } == 10)
    }

    @Test func equations() throws {
        let report = checkEquations(of: LSTMCell<Double>.self) { step in
            var result = CellEquations.lstm(step)
            result.output[0] += 1
            return result
        }
        let deviation = try #require(report.deviation)
        let json: Equations = try read(report.json())
        #expect(json.kind == "equations" && json.verdict == "wrong" && json.call == report.call?.description)
        #expect(json.deviation?.quantity == "returned output" && json.deviation?.unit == 0)
        #expect(json.deviation?.difference == deviation.difference && json.deviation?.count == deviation.count)
        #expect(json.comparisons.map(\.quantity) == report.comparisons.map(\.quantity.description))
        #expect(json.comparisons.map(\.largestDeviation) == report.comparisons.map(\.largestDeviation))
        #expect(json.comparisons.map(\.firstDeviatingStep) == report.comparisons.map(\.firstDeviatingStep))
    }

    @Test func cells() throws {
        let report = checkCell(
            GRUCell<Double>.self, single: GRUCell<Float>.self, against: CellEquations.gruResetAfter)
        let json: Cell = try read(report.json())
        #expect(json.kind == "cell" && json.verdict == "correct" && json.call == report.call.description)
        #expect(json.gradients.blocks.count == report.gradients.blocks.count && json.gradients.call == nil)
        #expect(json.equations?.comparisons.count == report.equations?.comparisons.count)
        let precision = try #require(report.singlePrecision)
        #expect(json.singlePrecision?.kind == "singlePrecision")
        #expect(json.singlePrecision?.comparisons.map(\.single) == precision.comparisons.map(\.single))
        #expect(json.singlePrecision?.comparisons.map(\.deviation) == precision.comparisons.map(\.deviation))
        let bare: Cell = try read(checkCell(GRUCell<Double>.self).json())
        #expect(bare.equations == nil && bare.singlePrecision == nil)
    }
}
