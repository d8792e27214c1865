import Foundation
import Tapestry
import Testing

@testable import TapestryTraining

@Suite struct WordVectorsTests {
    private func read(_ text: String, keeping isWanted: (String) -> Bool = { _ in true }) throws -> WordVectors {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try OutputFile.write(text, to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            return try WordVectors(contentsOf: path, keeping: isWanted)
        } catch let error as FileFormatError {
            throw FileFormatError(path: "v.txt", place: error.place, reason: error.reason)
        }
    }

    @Test func linesAreWordsAndNumbers() throws {
        let vectors = try read("the 0.5 -1e-2\r\nété 2 3\n\n", keeping: { $0 != "x" })
        #expect(vectors.size == 2 && vectors.vectors == ["the": [0.5, -0.01], "été": [2, 3]])
        #expect(try read("2 3\na 1 2 3\nb 4 5 6\n").vectors == ["a": [1, 2, 3], "b": [4, 5, 6]])
        #expect(try read("a 1\nb 2", keeping: { $0 == "b" }).vectors == ["b": [2]])
        #expect(try read("2 3\n. . . 1 2 3\n7 4 5 6").vectors == [". . .": [1, 2, 3], "7": [4, 5, 6]])
        #expect(try read("the 1 2\nat a@b.c 3 4").vectors == ["the": [1, 2], "at a@b.c": [3, 4]])
    }

    @Test func aTableHasTheVectorsOfTheWordsThatHaveOne() throws {
        let vectors = try read("the 0.5 -1\nfilm 2 3")
        let others = Tensor<Float>([[7, 8], [9, 10], [11, 12]])
        let table = vectors.table(for: Vocabulary(["<pad>", "film", "odd"]), others: others)
        #expect(table == Tensor([[7, 8], [2, 3], [11, 12]]))
    }

    @Test(arguments: [
        ("", "it has no vectors"), ("a 1 2\nb 1", "line 2: expected a word and 2 numbers, found 2 parts"),
        ("a 1 2\nb 1 2 3", "line 2: expected a word and 2 numbers, found 4 parts"),
        ("2 3\na 1 2", "line 2: expected a word and 3 numbers, found 3 parts"),
        ("2 3\n", "its first line announces 2 words, and there are 0"),
        ("3 2\na 1 2\nb 3 4", "its first line announces 3 words, and there are 2"),
        ("1 2\na 1 2\nb 3 4", "its first line announces 1 word, and there are 2"),
        ("a 1 x", #"line 1: expected a finite number, found "x""#),
        ("a nan 1", #"line 1: expected a finite number, found "nan""#),
        ("a", "line 1: expected a word and 1 number, found 1 part"),
    ])
    func mistakesAreFoundAtTheirLine(text: String, message: String) {
        let error = #expect(throws: FileFormatError.self) { try read(text) }
        #expect(error?.description == "cannot read \"v.txt\": " + message)
    }
}
