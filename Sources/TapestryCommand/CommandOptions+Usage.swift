extension CommandOptions {
    /// The text that `--help` shows: a line of usage, the summary, and the options in aligned columns of at most 80
    /// characters (a word that is longer is not broken); then, which options are of no use where.
    public var usage: String {
        let entries = options.map { ($0.signature, $0.help) } + [("--help", "show this text and exit")]
        let indent = 2
        let gap = 2
        let column = indent + (entries.map(\.0.count).max() ?? 0) + gap
        let lines = entries.map { signature, help in
            let head = String(repeating: " ", count: indent) + signature
            return help.wrapped(to: 80 - column)
                .enumerated()
                .map { row, line in (row == 0 ? head : "").padded(to: column) + line }
                .joined(separator: "\n")
        }
        let refused = refusals.map { refusal in
            let text = "Of no use \(refusal.place), as \(refusal.reason): \(refusal.names.joined(separator: ", "))."
            return "\n" + text.wrapped(to: 80).joined(separator: "\n") + "\n"
        }
        return """
            Usage: \(program) [options]\(argument.map { " \($0.name)" } ?? "")

            \(summary.wrapped(to: 80).joined(separator: "\n"))

            Options:
            \(lines.joined(separator: "\n"))
            \(refused.joined())
            """
    }
}

extension CommandOptions.Option {
    /// The option as it is typed: `--hidden N`.
    fileprivate var signature: String {
        valueName.map { "\(name) \($0)" } ?? name
    }
}

extension String {
    /// The text's words in lines of at most `width` characters.
    fileprivate func wrapped(to width: Int) -> [String] {
        var lines = [""]
        for word in split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
