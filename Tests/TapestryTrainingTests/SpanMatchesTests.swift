import Tapestry
import Testing

/// Expected values are counted by hand, by the rules of conlleval.
@Suite struct SpanMatchesTests {
    private func spans(_ tags: String) -> [Span] {
        Span.marked(by: tags.split(separator: " ").map { String($0) })
    }

    @Test func tagsMarkSpans() {
        #expect(
            spans("O B-person I-person O B-place") == [
                Span(kind: "person", range: 1..<3), Span(kind: "place", range: 4..<5),
            ])
        #expect(spans("B-x B-x I-x") == [Span(kind: "x", range: 0..<1), Span(kind: "x", range: 1..<3)])
        #expect(spans("").isEmpty && spans("O O").isEmpty)
    }

    @Test func anInsideWithNothingBeforeItBegins() {
        #expect(
            spans("I-x I-y I-y O I-y") == [
                Span(kind: "x", range: 0..<1), Span(kind: "y", range: 1..<3), Span(kind: "y", range: 4..<5),
            ])
        #expect(spans("B-x I-y") == [Span(kind: "x", range: 0..<1), Span(kind: "y", range: 1..<2)])
    }

    @Test func sharesOfSpans() {
        var matches = SpanMatches()
        #expect(matches.precision.isNaN && matches.recall.isNaN && matches.f1.isNaN)
        // The place is right; the person ends too early; a second place is not there.
        matches.add(
            predictions: ["B-person", "O", "O", "B-place", "B-place"],
            targets: ["B-person", "I-person", "O", "B-place", "O"])
        // The same words, but of another kind.
        matches.add(predictions: ["B-place"], targets: ["B-person"])
        // Tags that differ, and mark the same.
        matches.add(predictions: ["I-person", "I-person"], targets: ["B-person", "I-person"])
        #expect(matches.right == 2 && matches.predicted == 5 && matches.expected == 4)
        #expect(matches.precision == 0.4 && matches.recall == 0.5 && matches.f1 == 4.0 / 9)
    }

    @Test func sequencesOfDifferentLengthsTrap() async {
        await #expect(processExitsWith: .failure) {
            var matches = SpanMatches()
            matches.add(predictions: ["O"], targets: [])
        }
    }
}
