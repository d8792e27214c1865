// What a user typed or a file says, for messages and tables: each stays one line and cannot steer the terminal. Some
// take the control characters above ASCII for the beginning of a command, too, and marks of direction change what is
// read.

extension String {
    /// The text in quotation marks, as a literal of Swift.
    package var quoted: String { "\"\(escaped { $0 == "\"" || $0 == "\\" || $0.isSteering })\"" }

    /// The beginning of the text in quotation marks: names in files may be as long as files are.
    package var quotedBriefly: String { shortened(to: 100).quoted }

    /// The beginning of the text, in quotation marks only if there is something in it that could not stand there
    /// otherwise.
    package var brief: String {
        let beginning = shortened(to: 100)
        return beginning.unicodeScalars.contains(where: \.isSteering) ? beginning.quoted : beginning
    }

    /// The text with what could steer the terminal escaped; line breaks are.
    package var oneLine: String { unicodeScalars.contains(where: \.isSteering) ? escaped(\.isSteering) : self }

    /// The text, or its beginning and an ellipsis if it has more characters of Unicode. (Any number of those can be one
    /// character of Swift.)
    package func shortened(to count: Int) -> String {
        let scalars = unicodeScalars
        guard let end = scalars.index(startIndex, offsetBy: count, limitedBy: endIndex), end < endIndex else {
            return self
        }
        return String(scalars[..<scalars.index(before: end)]) + "…"
    }

    private func escaped(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
        var result = UnicodeScalarView()
        for scalar in unicodeScalars {
            if isEscaped(scalar) {
                result.append(contentsOf: scalar.escapeSequence.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    /// Whether it does something where it is shown, rather than be seen. (Joiners are parts of words, and of emoji.)
    package var isSteering: Bool {
        if 0x20..<0x7F ~= value || value == 0x200C || value == 0x200D { return false }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// How a literal of Swift has it.
    fileprivate var escapeSequence: String {
        switch self {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\0": "\\0"
        case "\t": "\\t"
        case "\n": "\\n"
        case "\r": "\\r"
        default: "\\u{\(String(value, radix: 16, uppercase: true))}"
        }
    }
}
