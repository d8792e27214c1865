import Tapestry
import TapestryCommand

/// Sentences from a small grammar, in which people, places and teams have their names from the same words. A word is
/// only more often of one kind, and a cue beside a name is often missing; but a name is of one kind from its start to
/// its end, so the tags of neighbours say much about each other.
enum Sample {
    private static let names: KeyValuePairs = [
        "person": ["austin", "carter", "madison", "stanley", "jordan", "ross", "kelly", "florence", "blake", "dale"],
        "place": ["chelsea", "lincoln", "troy", "hamilton", "sydney", "kent", "milan", "victoria", "paris", "georgia"],
        "team": ["rangers", "united", "rovers", "city", "albion", "royals", "wolves", "stars", "saints", "kings"],
    ]
    private static let verbs = ["beat", "praised", "left", "joined", "met", "remembers", "thanked", "avoided"]
    private static let links = ["and", "while", "because", "but", ","]

    static func sentences(_ count: Int) -> [TaggedSentence] {
        (0..<count).map { _ in
            var sentence = TaggedSentence()
            for clause in 0...RandomSource.current.integer(below: 2) {
                if clause > 0 { sentence.add(links.drawnElement()) }
                // A player of a team, whose name follows at once, or anybody.
                if isHeads(of: 3) {
                    sentence.addName("person", from: names)
                    sentence.addName("team", from: names)
                } else {
                    sentence.addAny(from: names)
                }
                sentence.add(verbs.drawnElement())
                sentence.addAny(from: names)
                if isHeads(of: 3) {
                    sentence.add("in")
                    sentence.addName("place", from: names)
                }
            }
            return sentence
        }
    }

    /// True once in so many times.
    fileprivate static func isHeads(of count: Int) -> Bool { RandomSource.current.integer(below: count) == 0 }
}

extension TaggedSentence {
    fileprivate mutating func add(_ word: String, _ tag: String = "O") {
        words.append(word)
        tags.append(tag)
    }

    /// A name of any kind, with a cue in half of the cases.
    fileprivate mutating func addAny(from names: KeyValuePairs<String, [String]>) {
        let kind = ["person", "place", "team"].drawnElement()
        let hasCue = Sample.isHeads(of: 2)
        if hasCue, kind == "person" { add(["captain", "coach"].drawnElement()) }
        if hasCue, kind == "place" { add(["downtown", "old"].drawnElement()) }
        addName(kind, from: names)
        if hasCue, kind == "team" { add(["fans", "players"].drawnElement()) }
    }

    /// One to three words, of which each is of the kind's own three times in five.
    fileprivate mutating func addName(_ kind: String, from names: KeyValuePairs<String, [String]>) {
        for place in 0..<[1, 2, 2, 3].drawnElement() {
            let own = names.first { $0.key == kind }!.value
            let word = (RandomSource.current.integer(below: 5) < 3 ? own : names.flatMap(\.value)).drawnElement()
            add(word, (place == 0 ? "B-" : "I-") + kind)
        }
    }
}
