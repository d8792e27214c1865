import TapestryArrays

/// What stands together in a sequence and is of one kind: the name of a person, of a place.
public struct Span: Hashable, Sendable {
    /// What the tags call it: `person` for `B-person` and `I-person`.
    public let kind: String
    /// The positions that it covers.
    public let range: Range<Int>

    /// A span of positions.
    public init(kind: String, range: Range<Int>) {
        self.kind = kind
        self.range = range
    }

    /// The spans that tags mark: `B-kind` begins one, `I-kind` goes on with it, and any other tag, such as `O`, is
    /// outside of all. An `I` that has nothing of its kind to go on with begins one, as for the script conlleval.
    ///
    /// Reference: L. Ramshaw and M. Marcus, "Text chunking using transformation-based learning", 1995; E. Tjong Kim
    /// Sang and J. Veenstra, "Representing text chunks", 1999.
    public static func marked(by tags: [String]) -> [Span] {
        var spans: [Span] = []
        var start: (kind: Substring, position: Int)?
        for (position, tag) in (tags + [""]).enumerated() {
            let kind = tag.hasPrefix("B-") || tag.hasPrefix("I-") ? tag.dropFirst(2) : nil
            if tag.hasPrefix("I-"), kind == start?.kind { continue }
            if let start { spans.append(Span(kind: String(start.kind), range: start.position..<position)) }
            start = kind.map { ($0, position) }
        }
        return spans
    }
}

/// How many of the spans that were found are right: the same kind from the same start to the same end.
///
/// ```swift
/// var matches = SpanMatches()
/// matches.add(predictions: ["B-person", "I-person", "O"], targets: ["B-person", "O", "O"])
/// print(matches.f1)
/// ```
///
/// Reference: E. Tjong Kim Sang and S. Buchholz, "Introduction to the CoNLL-2000 shared task: chunking", 2000.
public struct SpanMatches: Codable, Sendable, Equatable {
    /// How many spans are right, how many were found, and how many there are.
    public private(set) var right = 0, predicted = 0, expected = 0

    /// Nothing counted yet.
    public init() {}

    /// Counts the spans of a sequence of tags. Traps if there are more or fewer predictions than targets.
    public mutating func add(predictions: [String], targets: [String]) {
        guard predictions.count == targets.count else {
            trap("SpanMatches", "\(predictions.count) predictions for \(targets.count) targets")
        }
        let (found, spans) = (Set(Span.marked(by: predictions)), Set(Span.marked(by: targets)))
        right += found.intersection(spans).count
        predicted += found.count
        expected += spans.count
    }

    /// Of the spans found, the share that is right; NaN if none was found.
    public var precision: Double { Double(right) / Double(predicted) }
    /// Of the spans there are, the share that was found; NaN if there are none.
    public var recall: Double { Double(right) / Double(expected) }
    /// The harmonic mean of precision and recall, 2 · right / (found + there); NaN if there are neither.
    public var f1: Double { 2 * Double(right) / Double(predicted + expected) }
}
