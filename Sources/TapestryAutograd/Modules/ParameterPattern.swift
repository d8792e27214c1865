/// Names parameters by their paths: `encoder` is everything in `encoder`, and since `*` stands for any run of
/// characters, `*.bias` is every bias.
public struct ParameterPattern: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The pattern as it is written.
    public let text: String

    /// A pattern from its text.
    public init(_ text: String) { self.text = text }
    /// A pattern as a literal, `["encoder.*", "*.bias"]`.
    public init(stringLiteral text: String) { self.text = text }

    /// Whether a parameter of this path is meant.
    public func matches(_ path: String) -> Bool {
        let path = Array(path.utf8)[...]
        return ParameterPattern.matches(Array(text.utf8)[...], path)
            || ParameterPattern.matches(Array((text + ".*").utf8)[...], path)
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        var (pattern, path) = (pattern, path)
        // The place to go back to when what follows the last star does not fit.
        var retry: (pattern: ArraySlice<UInt8>, path: ArraySlice<UInt8>)?
        while !path.isEmpty {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, path)
            } else if pattern.first == path.first {
                pattern = pattern.dropFirst()
                path = path.dropFirst()
            } else if let (afterStar, start) = retry {
                pattern = afterStar
                path = start.dropFirst()
                retry = (afterStar, path)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension Sequence<ParameterPattern> {
    /// Whether any of the patterns means this path.
    package func matches(_ path: @autoclosure () -> String) -> Bool { contains { $0.matches(path()) } }
}

extension [ModuleTree.Leaf] {
    /// Traps on a pattern that means no parameter: with a misspelt one, what should rest would move.
    package func checkMatches(of patterns: [ParameterPattern], _ role: String, in operation: String) {
        for pattern in patterns where !contains(where: { $0.isParameter && pattern.matches($0.path) }) {
            let paths = filter(\.isParameter).map(\.path).joined(separator: ", ")
            trap(operation, "the \(role) \"\(pattern.text)\" matches none of the parameters \(paths)")
        }
    }
}
