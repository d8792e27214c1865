import Foundation
import TapestryAutograd
import TapestryTestSupport
import Testing

import struct TapestryOperations.Operation

/// The table of losses in `docs/Layers.md`: its names against the sources, each formula against the gradient of the loss.
@Suite struct LossRuleTests {
    /// One row: the losses it names, and their rule, which may be empty.
    struct Row: Sendable, CustomStringConvertible {
        let names: [String]
        let rule: String

        var description: String { names.joined(separator: ", ") }
        var hasFormula: Bool { !rule.isEmpty && names[0] != "ctcLoss" }
    }

    static let rows: [Row] = {
        let lines = try! OperationTable.text("docs/Layers.md").components(separatedBy: "## Losses")[1].split(
            separator: "\n")
        return lines.filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(
                names: cells[0].split(separator: ",").map { $0.trimmingCharacters(in: ["`", " "]) }, rule: cells[2])
        }
    }()

    @Test func everyLossHasItsRow() throws {
        let folder = OperationTable.root.appending(path: "Sources/TapestryLayers/Losses")
        let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { try String(contentsOf: $0, encoding: .utf8) }
        let declared = sources.flatMap { $0.matches(of: /(?m)^public func (\w+)/).map { String($0.1) } }
        #expect(Set(Self.rows.flatMap(\.names)) == Set(declared))
    }

    /// A loss whose cell for the rule is empty has one in the other table, and no rule is in neither.
    @Test func everyLossHasARule() {
        let elsewhere = Set(OperationTable.rows.filter { $0.rule != "—" }.map(\.operation))
        for row in Self.rows { #expect(row.rule.isEmpty == elsewhere.contains(row.names[0]), "\(row)") }
        #expect(Self.rows.filter(\.hasFormula).count >= 7)
    }

    /// Of the sum over examples with a cotangent, and of their mean.
    @Test(arguments: rows.filter(\.hasFormula)) func isTheGradient(_ row: Row) throws {
        let operation = try #require(Operation<Double>.byName[row.names[0]])
        for sample in try LossSample.samples(of: row.names[0]) {
            let cotangent = sample.hasReduction ? Tensor(0.7) : Tensor<Double>([0.7, -1.2, 0.4])
            for (reduction, count) in [("sum", 1.0), ("mean", Double(sample.exampleCount))] {
                var attributes = sample.attributes
                if sample.hasReduction { attributes["reduction"] = .text(reduction) }
                let call = OperationCall(
                    sample.operands, integers: sample.integers, booleans: sample.booleans, attributes: attributes)
                let gradients = try gradient(at: call.reals) {
                    (try operation.function(call.with($0))[0] * cotangent).sum()
                }
                var symbols = sample.symbols
                // An example's features are the last axis.
                symbols["y"] = try operation.function(call)[0].unsqueezed(axis: -1)
                symbols["ȳ"] = sample.hasReduction ? cotangent / Tensor(count) : cotangent.unsqueezed(axis: -1)
                let rules = try RuleFormula(row.rule).evaluated(with: symbols)
                for (name, gradient) in zip(sample.names, gradients) {
                    let value = try #require(rules.first { $0.symbol == name + "\u{304}" }?.value, "no \(name)\u{304}")
                    let expected = value + Tensor<Double>.zeros(gradient.shape)
                    #expect(
                        blockError(gradient.scalars, expected.scalars, floor: 1e-3) < 1e-12,
                        "\(row): \(name)\u{304} is \(expected), not \(gradient), for \(reduction) \(sample.attributes)")
                }
                if !sample.hasReduction { break }
            }
        }
    }
}

/// Operands of a loss, and what its rule calls them.
private struct LossSample {
    var names: [String]
    var operands: [Tensor<Double>]
    var integers: [Tensor<Int32>] = []
    var booleans: [Tensor<Bool>] = []
    var attributes: [String: GoldenAttribute] = [:]
    /// Settings and targets, by the rule's symbols.
    var settings: [String: Tensor<Double>] = [:]
    var exampleCount = 3
    var hasReduction = true

    var symbols: [String: Tensor<Double>] {
        settings.merging(Dictionary(uniqueKeysWithValues: zip(names, operands))) { $1 }
    }

    /// Three examples of four classes or features, drawn on both sides of every condition.
    static func samples(of loss: String) throws -> [LossSample] {
        var generator = SeededGenerator(seed: 11)
        func drawn(_ range: ClosedRange<Double> = -2...2) -> Tensor<Double> {
            Tensor(shape: [3, 4], scalars: generator.numbers(12, in: range))
        }
        let (x, t) = (drawn(), drawn(0.1...0.9))
        switch loss {
        case "focalLoss":
            let classes = Tensor<Int32>([2, 0, 3])
            return [0.5, 1, 2, 3.5].map { gamma in
                LossSample(
                    names: ["x"], operands: [x], integers: [classes], attributes: ["gamma": .number(gamma)],
                    settings: ["γ": Tensor(gamma), "t": Tensor.oneHot(classes, count: 4)])
            }
        case "binaryFocalLoss":
            return [(0.25, 2), (0.7, 0.5)].map { alpha, gamma in
                LossSample(
                    names: ["x", "t"], operands: [x, t],
                    attributes: ["alpha": .number(alpha), "gamma": .number(gamma)],
                    settings: ["α": Tensor(alpha), "γ": Tensor(gamma)], exampleCount: 12)
            }
        case "huberLoss":
            return [0.6, 1.5].map { delta in
                LossSample(
                    names: ["x", "t"], operands: [x, drawn()], attributes: ["delta": .number(delta)],
                    settings: ["δ": Tensor(delta)], exampleCount: 12)
            }
        case "klDivergence": return [LossSample(names: ["x", "t"], operands: [x.logSoftmax(), t.softmax()])]
        case "cosineSimilarity": return [LossSample(names: ["a", "b"], operands: [x, t], hasReduction: false)]
        case "cosineEmbeddingLoss":
            let together = Tensor<Bool>([true, false, false])
            // The cosines of those that do not belong together are 0.9 and −0.9.
            let other = x * Tensor([[1], [1], [-1]]) + 0.3 * drawn()
            return [-0.99, 0, 0.5].map { margin in
                LossSample(
                    names: ["a", "b"], operands: [x, other], booleans: [together],
                    attributes: ["margin": .number(margin)],
                    settings: ["margin": Tensor(margin), "together": together.converted().unsqueezed(axis: -1)])
            }
        case "tripletMarginLoss":
            let (positives, negatives) = (drawn(), drawn())
            return [0.1, 1, 5].map { margin in
                LossSample(
                    names: ["a", "p", "n"], operands: [x, positives, negatives],
                    attributes: ["margin": .number(margin)], settings: ["margin": Tensor(margin)])
            }
        default: throw GoldenError("no sample of \(loss)")
        }
    }
}
