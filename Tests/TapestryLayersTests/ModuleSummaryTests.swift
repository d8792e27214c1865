import Tapestry
import Testing

@Suite struct ModuleSummaryTests {
    private struct Block: Module {
        var inner: Linear<Float>
        let rate: Double
    }

    private struct Model: Module {
        var embedding: Embedding<Float>
        var blocks: [Block]
        var table: [String: Tensor<Float>]
        @Buffer var mean: Tensor<Float>
        var counts: Tensor<Int32>
        var head: Linear<Float>?
        var none: Linear<Float>?
    }

    private func model() -> Model {
        Model(
            embedding: Embedding(vocabularySize: 10, size: 4),
            blocks: (0..<3).map { _ in Block(inner: Linear(inputSize: 4, outputSize: 4), rate: 0.5) }
                + [Block(inner: Linear(inputSize: 4, outputSize: 2), rate: 0.5)],
            table: ["b": .zeros([3]), "a": .zeros([2])], mean: .zeros([5]), counts: Tensor([1, 2]),
            head: Linear(inputSize: 2, outputSize: 2), none: nil)
    }

    /// Counted by hand: 40 + 3 · 20 + 10 + 5 + 6.
    @Test func totals() {
        let summary = model().summary()
        #expect(summary.parameterCount == 121 && summary.trainableCount == 121 && model().parameterCount == 121)
        #expect(summary.root.bufferCount == 7 && summary.root.byteCount == 4 * 128)
        let frozen = model().summary(freezing: ["embedding", "*.bias"])
        #expect(frozen.trainableCount == 121 - 40 - (3 * 4 + 2 + 2) && frozen.root.frozenCount == 56)
    }

    @Test func treeOfParts() throws {
        let root = model().summary().root
        #expect(root.parts.map(\.name) == ["embedding", "blocks", "table", "mean", "counts", "head"])
        let blocks = root.parts[1]
        #expect(blocks.parts.map(\.name) == ["0 … 2", "3"] && blocks.parts.map(\.repetitions) == [3, 1])
        #expect(blocks.parts.map(\.parameterCount) == [60, 10] && blocks.parts[0].type == "Block")
        let inner = try #require(blocks.parts[0].parts.first)
        #expect(inner.name == "inner" && inner.type == "Linear<Float>" && inner.parameterCount == 20)
        #expect(inner.parts.map(\.shape) == [[4, 4], [4]])
        #expect(root.parts[2].parts.map(\.name) == ["a", "b"])
        #expect(root.parts[3].notes == ["no parameter"] && root.parts[4].notes == ["no parameter"])
        #expect(root.parts[3].shape == [5])
    }

    @Test func printedAligned() {
        let lines = "\(model().summary(freezing: ["head"]))".split(separator: "\n").map { String($0) }
        #expect(lines.first?.hasPrefix("part") == true && lines[1].hasPrefix("model"))
        #expect(lines.contains { $0.hasPrefix("│ ├ 0 … 2 (3×)") && $0.contains("Block") && $0.contains("60") })
        #expect(lines.contains { $0.hasPrefix("│   └ inner") })
        #expect(lines.filter { $0.hasSuffix("frozen") }.count == 2)
        #expect(lines.last == "121 parameters, 115 trainable, 6 frozen; 7 other scalars; 512 bytes")
        let column = lines[0].distance(from: lines[0].startIndex, to: lines[0].range(of: "type")!.lowerBound)
        #expect(Array(lines[1])[column] == "M")
    }

    private enum Gate: String, CaseIterable, Codable { case leak, candidate }

    private struct Recurrence: Module {
        var input: GateProjection<Gate, Float>
        var shared: [Tied<Linear<Float>>]
    }

    @Test func gatesHaveTheirNamesAndTiedPartsCountOnce() throws {
        let tied = Tied(Linear<Float>(inputSize: 2, outputSize: 2))
        let model = Recurrence(input: GateProjection(3, 4), shared: [tied, tied])
        let summary = model.summary()
        #expect(summary.parameterCount == model.parameterCount && summary.parameterCount == 3 * 8 + 8 + 6)
        let weights = try #require(summary.root.parts[0].parts.first { $0.shape == [3, 8] })
        #expect(weights.blocks == ["leak", "candidate"])
        let shared = summary.root.parts[1].parts
        #expect(shared.count == 2 && shared[1].notes == ["tied to shared.0"] && shared[1].parameterCount == 0)
        #expect("\(summary)".contains("[leak, candidate]"))
    }

    private struct Siamese: Module {
        var left: Tied<Linear<Float>>
        var norm: LayerNorm<Float>?
        var byName: [String: Tied<Linear<Float>>]
        var pair: [Tied<Linear<Float>>]
        var aNameThatIsEightyCharactersLongAndGoesOnAndOnUntilThereAreReallyEightyCharacters: Tied<Linear<Float>>
        var other: Tied<Linear<Float>>
    }

    /// Which part a tied one is, of several, of optional ones, in lists and dictionaries; all columns begin where they should.
    @Test func tiedPartsSayWhatTheyAre() throws {
        let (first, second) = (
            Tied(Linear<Float>(inputSize: 2, outputSize: 2)), Tied(Linear<Float>(inputSize: 2, outputSize: 3))
        )
        let model = Siamese(
            left: first, norm: nil, byName: ["a": second, "b": first], pair: [first, first],
            aNameThatIsEightyCharactersLongAndGoesOnAndOnUntilThereAreReallyEightyCharacters: second, other: second)
        let summary = model.summary(freezing: ["left"])
        #expect(summary.parameterCount == 6 + 9 && summary.root.frozenCount == 6 && summary.root.byteCount == 4 * 15)
        let parts = summary.root.parts
        #expect(parts.map(\.notes) == [[], [], [], ["tied to byName.a"], ["tied to byName.a"]])
        #expect(parts[1].parts.map(\.notes) == [[], ["tied to left"]])
        #expect(parts[2].parts.map(\.name) == ["0 … 1"] && parts[2].parts[0].notes == ["tied to left"])
        let lines = summary.description.split(separator: "\n").map(Array.init)
        let type = try #require(String(lines[0]).firstRange(of: "type")).lowerBound.utf16Offset(in: String(lines[0]))
        #expect(type > 80)
        for line in lines.dropFirst().dropLast() {
            #expect(line[type - 1] == " " && line[type - 2] == " " && line[type].isLetter, "\(String(line))")
        }
    }

    @Test func totalsOfLittleAndOfNothing() {
        func last(_ summary: ModuleSummary) -> Substring? { summary.description.split(separator: "\n").last }
        #expect(last(EmptyModule().summary()) == "0 parameters; 0 bytes")
        #expect(last(Tensor<Double>.zeros([1]).summary()) == "1 parameter, all trainable; 8 bytes")
        #expect(last(Tensor<Double>.zeros([2]).summary(freezing: ["*"])) == "2 parameters, all frozen; 16 bytes")
        #expect(last(Tensor<Int32>([3]).summary()) == "0 parameters; 1 other scalar; 4 bytes")
    }

    @Test func aTensorIsAModuleToo() {
        let summary = Tensor<Double>.zeros([2, 3]).summary()
        #expect(summary.parameterCount == 6 && summary.root.shape == [2, 3] && summary.root.byteCount == 48)
        #expect(EmptyModule().summary().parameterCount == 0)
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>.zeros([1]).summary(freezing: ["x"]) }
    }
}
