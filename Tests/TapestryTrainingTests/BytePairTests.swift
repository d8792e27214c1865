import Foundation
import Tapestry
import Testing

@Suite struct BytePairTests {
    /// Sennrich's example, by hand: low ×5, lower ×2, newest ×6, widest ×3, each a piece of its own. "es" stands there 9
    /// times, as "st" does, and e < s; then "est" (9), then "lo" (7), "low" (7), then "ne" and "ew", "west" (6 each): the
    /// smallest left token wins.
    @Test func mergesAreThoseOfTheHandComputation() {
        let words = [("low", 5), ("lower", 2), ("newest", 6), ("widest", 3)]
        let text = words.flatMap { Array(repeating: $0.0, count: $0.1) }.joined(separator: "\n")
        let encoding = BytePairEncoding(training: text, vocabularySize: 261)
        let merged = (256..<261).map { encoding.text(of: [Int32($0)]) }
        #expect(merged == ["es", "est", "lo", "low", "ew"])
        #expect(encoding.indices(of: "lowest").map { encoding.text(of: [$0]) } == ["low", "est"])
        #expect(encoding.indices(of: "newer").map { encoding.text(of: [$0]) } == ["n", "ew", "e", "r"])
    }

    /// By the definition: of all merges that apply, the one learnt first, at the leftmost place, again and again.
    private func reference(_ encoding: BytePairEncoding, _ piece: String) -> [Int32] {
        var tokens = piece.utf8.map { Int32($0) }
        while true {
            let ranks = zip(tokens, tokens.dropFirst()).map { left, right in
                encoding.merges.firstIndex { $0.left == left && $0.right == right }
            }
            guard let best = ranks.compactMap(\.self).min(), let place = ranks.firstIndex(of: best) else {
                return tokens
            }
            tokens.replaceSubrange(place...place + 1, with: [256 + Int32(best)])
        }
    }

    @Test func encodingIsThatOfTheDefinition() {
        let source = RandomSource(seed: 8)
        func word() -> String {
            String(source.integers(below: 3, count: 2 + source.integer(below: 12)).map { Array("abc")[$0] })
        }
        let encoding = BytePairEncoding(
            training: (0..<300).map { _ in word() }.joined(separator: "\n"), vocabularySize: 320)
        for _ in 0..<300 {
            let word = word()
            #expect(encoding.indices(of: word) == reference(encoding, word))
        }
        let long = String(repeating: "a", count: 20_001)
        #expect(encoding.text(of: encoding.indices(of: long)) == long)
    }

    @Test(arguments: [
        "", " ", "a stirring  film,\n\nand it's 2 hours!\t\t", "naïve café — ½ кот 日本語 👩‍👩‍👧 e\u{301}", "\u{0}\r\n \r",
        "<end>",
        "   leading and trailing   ",
    ]) func anyTextComesBack(text: String) {
        let encoding = BytePairEncoding(
            training: "a stirring film and another stirring film, it's naïve café", vocabularySize: 300,
            special: ["<end>"])
        #expect(encoding.text(of: encoding.indices(of: text)) == text)
        #expect(!encoding.indices(of: text).contains(encoding.index(ofSpecial: "<end>")!))
    }

    @Test func wordsAreTheSameTokensWhereverTheyStand() {
        let encoding = BytePairEncoding(training: "the film the film the film", vocabularySize: 300)
        #expect(encoding.indices(of: "x the film").suffix(2) == encoding.indices(of: "y, the film").suffix(2))
        // A merge never crosses two words, or a word and a mark.
        #expect(!encoding.merges.isEmpty)
        let ends = (256..<encoding.count).map { encoding.text(of: [Int32($0)]) }
        #expect(ends.allSatisfy { !$0.dropFirst().contains(" ") })
    }

    @Test func specialTokensComeLastAndAreNoText() {
        let encoding = BytePairEncoding(training: "aaaa aaaa", vocabularySize: 260, special: ["<pad>", "<end>"])
        #expect(
            encoding.count == 260 && encoding.index(ofSpecial: "<end>") == 259 && encoding.index(ofSpecial: "x") == nil)
        #expect(encoding.text(of: [97, 259, 98]) == "ab" && encoding.bytes(of: [0xC3]) == [0xC3])
        // Half of a character.
        #expect(encoding.text(of: [0xC3]) == "\u{FFFD}")
        #expect(BytePairEncoding(training: "abc", vocabularySize: 1000).count == 256)
    }

    @Test func savedAndLoaded() throws {
        let path = NSTemporaryDirectory() + "/pairs-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let encoding = BytePairEncoding(
            training: "a stirring film and a stirring book", vocabularySize: 270, special: ["<end>"])
        try encoding.save(to: path)
        #expect(try BytePairEncoding(contentsOf: path) == encoding)
        #expect(throws: TextFileError.self) { try BytePairEncoding(contentsOf: "/nowhere") }
    }

    @Test(arguments: [
        ("{}", "it has no format"), ("[", "it is not a JSON value"),
        (#"{"format":"other","merges":[],"special":[]}"#, "it is not tapestry-byte-pairs"),
        (#"{"format":"tapestry-byte-pairs","merges":[1],"special":[]}"#, "the last merge has one token"),
        (
            #"{"format":"tapestry-byte-pairs","merges":[1,256],"special":[]}"#,
            "merge 0 is of 1 and 256, which do not come before it"
        ),
        (
            #"{"format":"tapestry-byte-pairs","merges":[1,2,1,2],"special":[]}"#,
            "merge 1, of 1 and 2, stands there twice"
        ),
        (
            #"{"format":"tapestry-byte-pairs","merges":[-1,2],"special":[]}"#,
            "merge 0 is of -1 and 2, which do not come before it"
        ),
        (#"{"format":"tapestry-byte-pairs","merges":[],"special":["a","a"]}"#, "a special token stands there twice"),
    ]) func badFiles(content: String, reason: String) throws {
        let path = NSTemporaryDirectory() + "/pairs-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try OutputFile.write(content, to: path)
        #expect(throws: FileFormatError(path: path, reason: reason)) { try BytePairEncoding(contentsOf: path) }
    }

    /// Each merge doubles a token: forty of them would take a terabyte.
    @Test func tokensOfAFileStaySmall() throws {
        let tokens = [97] + Array(256..<295)
        let numbers = tokens.flatMap { [$0, $0] }
        let content = #"{"format":"tapestry-byte-pairs","merges":\#(numbers),"special":[]}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(BytePairEncoding.self, from: Data(content.utf8))
        }
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = BytePairEncoding(training: "a", vocabularySize: 255) }
        await #expect(processExitsWith: .failure) { _ = BytePairEncoding(merges: []).text(of: [256]) }
        await #expect(processExitsWith: .failure) { _ = BytePairEncoding(merges: [], special: ["a", "a"]) }
    }
}
