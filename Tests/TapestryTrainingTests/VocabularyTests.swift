import Foundation
import Tapestry
import Testing

@Suite struct VocabularyTests {
    private let sentences = [["b", "a", "c", "a"], ["a", "b", "d", "<pad>"], ["e", "c", "b", "a"]]

    @Test func frequentTokensComeFirstAndEqualOnesInOrder() throws {
        let vocabulary = Vocabulary(counting: sentences, special: ["<pad>", "<unk>"], unknown: "<unk>")
        #expect(vocabulary.tokens == ["<pad>", "<unk>", "a", "b", "c", "d", "e"])
        #expect(try vocabulary.indices(of: ["d", "x", "a"]) == [5, 1, 2])
        #expect(vocabulary.index(of: "x") == 1 && !vocabulary.contains("x") && vocabulary.contains("c"))
        #expect(vocabulary[4] == "c" && vocabulary.count == 7)
    }

    @Test func rareTokensAndThoseBeyondTheSizeAreLeftOut() throws {
        #expect(Vocabulary(counting: sentences, minimumCount: 2).tokens == ["a", "b", "c"])
        #expect(Vocabulary(counting: sentences, maximumSize: 3, special: ["#"]).tokens == ["#", "a", "b"])
        #expect(Vocabulary(counting: sentences, maximumSize: 1, special: ["#", "+"]).tokens == ["#", "+"])
        let error = #expect(throws: UnknownTokenError.self) { try Vocabulary(["a"]).indices(of: ["a", "d\n"]) }
        #expect(error?.description == #""d\n" is not in the vocabulary"#)
        #expect(Vocabulary(["a"]).index(of: "b") == nil)
    }

    @Test func whatIsEncodedIsDecoded() throws {
        let vocabulary = Vocabulary(["é", "b", "?"], unknown: "?")
        let again = try JSONDecoder().decode(Vocabulary.self, from: JSONEncoder().encode(vocabulary))
        #expect(again == vocabulary && again.index(of: "x") == 2)
        for text in [#"{"tokens":["a","a"]}"#, #"{"tokens":["a"],"unknown":"b"}"#] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Vocabulary.self, from: Data(text.utf8)) }
        }
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = Vocabulary(["a", "b", "a"]) }
        await #expect(processExitsWith: .failure) { _ = Vocabulary(["a"], unknown: "b") }
        await #expect(processExitsWith: .failure) { _ = Vocabulary(["a"])[1] }
        await #expect(processExitsWith: .failure) { _ = Vocabulary(["a"])[-1] }
    }
}

@Suite struct TokenizerTests {
    @Test func charactersAreWhatReadersSee() {
        let text = "e\u{301}🇫🇷\r\na"
        #expect(CharacterTokenizer().tokens(of: text) == ["e\u{301}", "🇫🇷", "\r\n", "a"])
        #expect(CharacterTokenizer().text(of: CharacterTokenizer().tokens(of: text)) == text)
    }

    @Test func wordsAndMarks() {
        let tokenizer = WordTokenizer()
        let text = "It's state-of-the-art, for $1,000.50!  'Yes' — no.\n3.Quoi ? -x a'"
        let tokens = [
            "it's", "state-of-the-art", ",", "for", "$", "1,000.50", "!", "'", "yes", "'", "—", "no", ".", "3", ".",
            "quoi",
            "?", "-", "x", "a", "'",
        ]
        #expect(tokenizer.tokens(of: text) == tokens)
        #expect(WordTokenizer(lowercases: false).tokens(of: "Élan vital") == ["Élan", "vital"])
        #expect(tokenizer.tokens(of: " \n") == [] && tokenizer.tokens(of: "") == [])
    }

    @Test func marksStandWhereReadersExpectThem() {
        let text = WordTokenizer().text(of: ["well", ",", "(", "so", ")", "it", "goes", "."])
        #expect(text == "well, (so) it goes.")
        #expect(WordTokenizer().text(of: [String]()) == "")
    }
}
