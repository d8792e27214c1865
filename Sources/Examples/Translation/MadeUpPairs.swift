import Tapestry
import TapestryCommand

extension Pairs {
    /// English sentences and their French translations, by a small grammar: verbs agree with their subjects, articles
    /// and adjectives with their nouns, most adjectives stand behind, and "not" is two words.
    static func madeUp(count: Int, by source: RandomSource) -> [Pair] {
        (0..<count).map { _ in Grammar(source: source).pair() }
    }
}

/// Draws pairs of sentences.
private struct Grammar {
    let source: RandomSource

    private struct Noun {
        let english, french: String
        let isFeminine: Bool
    }

    private struct Adjective {
        let english, masculine, feminine: String
        /// Whether it stands before its noun in French.
        let isBefore: Bool
    }

    private struct Verb {
        /// Of I, you, we, they; of he, she.
        let english, englishThird: String
        /// Of je, tu, il, nous, vous, ils.
        let french: [String]
    }

    private static let subjects: [(english: String, french: String, person: Int)] = [
        ("i", "je", 0), ("you", "tu", 1), ("he", "il", 2), ("she", "elle", 2), ("we", "nous", 3), ("they", "ils", 5),
    ]

    private static let nouns = [
        Noun(english: "dog", french: "chien", isFeminine: false),
        Noun(english: "house", french: "maison", isFeminine: true),
        Noun(english: "book", french: "livre", isFeminine: false),
        Noun(english: "table", french: "table", isFeminine: true),
        Noun(english: "garden", french: "jardin", isFeminine: false),
        Noun(english: "car", french: "voiture", isFeminine: true),
        Noun(english: "cat", french: "chat", isFeminine: false),
        Noun(english: "door", french: "porte", isFeminine: true),
        Noun(english: "boat", french: "bateau", isFeminine: false),
        Noun(english: "flower", french: "fleur", isFeminine: true),
        Noun(english: "hat", french: "chapeau", isFeminine: false),
        Noun(english: "lamp", french: "lampe", isFeminine: true),
    ]

    private static let adjectives = [
        Adjective(english: "red", masculine: "rouge", feminine: "rouge", isBefore: false),
        Adjective(english: "green", masculine: "vert", feminine: "verte", isBefore: false),
        Adjective(english: "white", masculine: "blanc", feminine: "blanche", isBefore: false),
        Adjective(english: "black", masculine: "noir", feminine: "noire", isBefore: false),
        Adjective(english: "small", masculine: "petit", feminine: "petite", isBefore: true),
        Adjective(english: "big", masculine: "grand", feminine: "grande", isBefore: true),
        Adjective(english: "pretty", masculine: "joli", feminine: "jolie", isBefore: true),
    ]

    private static let verbs = [
        Verb(english: "see", englishThird: "sees", french: ["vois", "vois", "voit", "voyons", "voyez", "voient"]),
        Verb(
            english: "look for", englishThird: "looks for",
            french: ["cherche", "cherches", "cherche", "cherchons", "cherchez", "cherchent"]),
        Verb(
            english: "sell", englishThird: "sells", french: ["vends", "vends", "vend", "vendons", "vendez", "vendent"]),
        Verb(
            english: "find", englishThird: "finds",
            french: ["trouve", "trouves", "trouve", "trouvons", "trouvez", "trouvent"]),
        Verb(
            english: "take", englishThird: "takes",
            french: ["prends", "prends", "prend", "prenons", "prenez", "prennent"]),
        Verb(
            english: "paint", englishThird: "paints",
            french: ["peins", "peins", "peint", "peignons", "peignez", "peignent"]),
    ]

    private static let articles: [(english: String, masculine: String, feminine: String)] = [
        ("the", "le", "la"), ("a", "un", "une"), ("my", "mon", "ma"), ("this", "ce", "cette"),
    ]

    func pair() -> Pair {
        let (subject, verb) = (Grammar.subjects.drawnElement(by: source), Grammar.verbs.drawnElement(by: source))
        let object = phrase()
        let isNegated = source.uniform() < 0.3
        let french = verb.french[subject.person]
        let englishVerb =
            isNegated
            ? (subject.person == 2 ? "does not " : "do not ") + verb.english
            : subject.person == 2 ? verb.englishThird : verb.english
        let english = "\(subject.english) \(englishVerb) \(object.english) ."
        let translated = "\(subject.french) \(isNegated ? "ne \(french) pas" : french) \(object.french) ."
        return Pair(
            source: Pairs.tokenizer.tokens(of: english), target: Pairs.tokenizer.tokens(of: translated))
    }

    /// An article and a noun, and perhaps one adjective or two.
    private func phrase() -> (english: String, french: String) {
        let (noun, article) = (Grammar.nouns.drawnElement(by: source), Grammar.articles.drawnElement(by: source))
        let size = Grammar.adjectives.filter(\.isBefore).drawnElement(by: source)
        let color = Grammar.adjectives.filter { !$0.isBefore }.drawnElement(by: source)
        let adjectives = [[], [size], [color], [size, color]].drawnElement(by: source)
        func french(_ adjectives: [Adjective]) -> [String] {
            adjectives.map { noun.isFeminine ? $0.feminine : $0.masculine }
        }
        let englishWords = [article.english] + adjectives.map(\.english) + [noun.english]
        let frenchWords =
            [noun.isFeminine ? article.feminine : article.masculine] + french(adjectives.filter(\.isBefore))
            + [noun.french] + french(adjectives.filter { !$0.isBefore })
        return (englishWords.joined(separator: " "), frenchWords.joined(separator: " "))
    }
}
