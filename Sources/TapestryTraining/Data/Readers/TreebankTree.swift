import TapestryFiles

/// A sentence with a class for each of its phrases, as the Stanford treebank has them:
/// `(3 (2 It) (4 (2 's) (4 lovely)))`.
///
/// The nodes have numbers in the order in which they stand in the file, so the root is 0 and children come after their
/// parents. It is flat, so a tree of any depth is read and freed without recursion. `Tree(labels:parents:)` makes a
/// tree for a recursive network of it.
///
/// Reference: R. Socher et al., "Recursive deep models for semantic compositionality over a sentiment treebank", 2013.
public struct TreebankTree: Sendable, Equatable {
    /// The class of each node.
    public private(set) var labels: [Int] = []
    /// The word of each leaf, as it stands in the file (a parenthesis is `-LRB-` or `-RRB-`); `nil` of a phrase.
    public private(set) var words: [String?] = []
    /// The number of each node's parent; `nil` of the root.
    public private(set) var parents: [Int?] = []

    /// The words of the sentence in their order.
    public var sentence: [String] { words.compactMap(\.self) }

    /// Reads one tree.
    ///
    /// - Throws: A ``FileFormatError`` whose place is the byte, counted from 1, where it ends to be one.
    public init(_ text: String) throws(FileFormatError) {
        try self.init(Array(text.utf8)[...], place: "")
    }

    /// Reads a file with a tree on each line; empty lines are passed over.
    ///
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` with the line and the byte where it
    ///   ends to be a tree.
    public static func read(_ path: String) throws -> [TreebankTree] {
        var lines = try LineReader(path)
        var trees: [TreebankTree] = []
        while let line = try lines.next() {
            if line.text.allSatisfy(\.isWhitespace) { continue }
            do {
                trees.append(try TreebankTree(Array(line.text.utf8)[...], place: "line \(line.number), "))
            } catch {
                throw FileFormatError(path: path, place: error.place, reason: error.reason)
            }
        }
        return trees
    }

    private init(_ text: ArraySlice<UInt8>, place: String) throws(FileFormatError) {
        var rest = text
        var open: [Int] = []
        var isDone = false
        func error(_ reason: String) -> FileFormatError {
            FileFormatError(place: "\(place)byte \(rest.startIndex + 1)", reason: reason)
        }
        while true {
            Self.skipSpace(&rest)
            guard let byte = rest.first else { break }
            if isDone { throw error("there is more after the end of the tree") }
            switch byte {
            case UInt8(ascii: "("):
                if let parent = open.last, words[parent] != nil { throw error("a word has no children") }
                rest.removeFirst()
                Self.skipSpace(&rest)
                guard let label = Int(Self.token(&rest)), label >= 0 else {
                    throw error("expected a class, a number from 0, behind (")
                }
                labels.append(label)
                words.append(nil)
                parents.append(open.last)
                open.append(labels.count - 1)
            case UInt8(ascii: ")"):
                guard let node = open.popLast() else { throw error("a parenthesis is closed that was not opened") }
                // Children come after their parent, so a node without any is the last one.
                if words[node] == nil, node == labels.count - 1 { throw error("a phrase without words") }
                rest.removeFirst()
                isDone = open.isEmpty
            default:
                guard let node = open.last, words[node] == nil, node == labels.count - 1 else {
                    throw error("expected ( or ), found a word")
                }
                words[node] = Self.token(&rest)
            }
        }
        if !isDone { throw error(labels.isEmpty ? "expected a tree" : "a parenthesis is never closed") }
    }

    private static func skipSpace(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private static func token(_ rest: inout ArraySlice<UInt8>) -> String {
        let end = rest.firstIndex {
            [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "("), UInt8(ascii: ")")].contains($0)
        }
        defer { rest = rest[(end ?? rest.endIndex)...] }
        return String(decoding: rest[..<(end ?? rest.endIndex)], as: UTF8.self)
    }
}
