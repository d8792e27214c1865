/// Cuts a text into pieces that tokens do not cross: words, numbers, marks, white space. Side by side they are the
/// text.
///
/// A piece is a run of letters, of digits, of other visible characters, or of white space. A single space goes to the
/// word behind it, so that a word is the same piece wherever it stands in a sentence.
enum TextPieces {
    private enum Kind {
        case letter, digit, space, other

        init(_ scalar: Unicode.Scalar) {
            let properties = scalar.properties
            if properties.isWhitespace {
                self = .space
            } else if properties.isAlphabetic || properties.generalCategory == .nonspacingMark {
                self = .letter
            } else if properties.numericType != nil {
                self = .digit
            } else {
                self = .other
            }
        }
    }

    static func forEach(in text: String, _ visit: (Substring) -> Void) {
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        while start < scalars.endIndex {
            let end = endOfPiece(scalars, start)
            visit(text[start..<end])
            start = end
        }
    }

    private static func endOfPiece(_ scalars: String.UnicodeScalarView, _ start: String.Index) -> String.Index {
        let kind = Kind(scalars[start])
        var end = endOfRun(scalars, start, kind)
        guard kind == .space, end < scalars.endIndex else { return end }
        let last = scalars.index(before: end)
        guard scalars[last] == " " else { return end }
        // The space before a word is the word's, so a longer run ends before it.
        if last > start { return last }
        end = endOfRun(scalars, end, Kind(scalars[end]))
        return end
    }

    private static func endOfRun(
        _ scalars: String.UnicodeScalarView, _ start: String.Index, _ kind: Kind
    ) -> String.Index {
        var end = start
        while end < scalars.endIndex, Kind(scalars[end]) == kind { end = scalars.index(after: end) }
        return end
    }
}
