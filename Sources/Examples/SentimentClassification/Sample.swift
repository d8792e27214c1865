import Tapestry
import TapestryCommand

/// Reviews that are made up, for a program that is given no file. What is said last, or outside of "although", is what
/// is meant, and "not" turns it around: so the order of the words matters.
enum Sample {
    static let classes = ["negative", "neutral", "positive"]

    private static let nouns = ["film", "plot", "cast", "music", "ending", "camera", "dialogue", "story", "script"]
    private static let bad = ["dull", "clumsy", "shallow", "tedious", "lifeless", "noisy", "stale", "awkward"]
    private static let neutral = ["short", "new", "foreign", "animated", "silent", "long", "recent", "digital"]
    private static let good = ["moving", "clever", "lively", "graceful", "gripping", "fresh", "tender", "witty"]

    static func sentences(_ count: Int) -> [TokenizedSentence] {
        (0..<count).map { _ in
            let (first, second) = (clause(), clause())
            switch RandomSource.current.integer(below: 4) {
            case 0: return first
            case 1: return TokenizedSentence(words: first.words + [",", "but"] + second.words, label: second.label)
            case 2:
                let words = ["although"] + first.words + [","] + second.words
                return TokenizedSentence(words: words, label: second.label)
            default:
                return TokenizedSentence(words: first.words + [",", "although"] + second.words, label: first.label)
            }
        }
    }

    private static func clause() -> TokenizedSentence {
        let label = RandomSource.current.integer(below: 3)
        let isTurned = label != 1 && RandomSource.current.integer(below: 3) == 0
        let subject = [["the", "its", "this"].drawnElement(), nouns.drawnElement()]
        let verb = isTurned ? [["is", "not"], ["is", "hardly"], ["is", "never"]].drawnElement() : ["is"]
        let degree = [[], [], ["very"], ["rather"], ["really"]].drawnElement()
        let word = [bad, neutral, good][isTurned ? 2 - label : label].drawnElement()
        return TokenizedSentence(words: subject + verb + degree + [word], label: label)
    }
}
