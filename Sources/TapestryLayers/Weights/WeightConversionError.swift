import TapestryFiles

/// What is wrong with arrays that should become the parameters of a layer or a model.
public struct WeightConversionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with one array, or with all.
    public enum Problem: Equatable, Sendable, CustomStringConvertible {
        /// No name begins with the prefix.
        case nothing(prefix: String, names: [String])
        /// None of the arrays has a name that is expected.
        case otherNames([String], expected: [String])
        /// There is none of this name.
        case missing(String, shape: [Int])
        /// There is one that the model does not have. A file says of which type it is.
        case unexpected(String, shape: [Int], type: String? = nil)
        /// There is one of another shape than the model's.
        case misshapen(String, shape: [Int], expected: [Int])
        /// Two places of one tied part have different numbers.
        case unequal(String, String)
        /// The framework lacks a part of which arrays are missing, so that they are expected as they are here.
        case withoutCounterpart(String, kind: String)

        /// What is wrong with an array that is there, or expected, or both.
        init?(_ name: String, shape: [Int]?, expected: [Int]?) {
            switch (shape, expected) {
            case (let shape?, let expected?) where shape != expected:
                self = .misshapen(name, shape: shape, expected: expected)
            case (let shape?, nil): self = .unexpected(name, shape: shape)
            case (nil, let expected?): self = .missing(name, shape: expected)
            default: return nil
            }
        }

        private static func list(_ names: [String]) -> String {
            names.prefix(3).map(\.brief).joined(separator: ", ")
                + (names.count > 3 ? " and \(names.count - 3) more" : "")
        }

        /// Problems of one kind have one number.
        fileprivate var kind: Int {
            switch self {
            case .missing: 0
            case .unexpected: 1
            case .misshapen: 2
            case .nothing, .otherNames, .unequal, .withoutCounterpart: 3
            }
        }

        /// One clause.
        public var description: String {
            switch self {
            case .nothing(_, let names) where names.isEmpty: "there are no arrays"
            case .nothing(let prefix, let names): "no name begins with \(prefix); names are \(Self.list(names))"
            case .otherNames(let names, let expected):
                "no name is expected: names are \(Self.list(names)), and not \(Self.list(expected))"
            case .missing(let name, let shape): "\(name) \(shape) is missing"
            case .unexpected(let name, let shape, let type):
                "\(name.brief) \(shape.brief)\(type.map { " of type \($0.brief)" } ?? "") is not expected"
            case .misshapen(let name, let shape, let expected): "\(name) has shape \(shape.brief), and not \(expected)"
            case .unequal(let first, let second): "\(first) and \(second) are one here, and have different numbers"
            case .withoutCounterpart(let path, let kind):
                (path.isEmpty ? "the model" : path)
                    + " has no counterpart there (\(kind)): its arrays are expected as they are here"
            }
        }
    }

    /// The file; `nil` for arrays that come from none.
    public internal(set) var path: String?
    /// Whose layout was expected.
    public let layout: WeightLayout
    /// Everything that is wrong, in the order of the names.
    public let problems: [Problem]

    /// With which other arguments of `load` the arrays fit, or more of them do, as a clause; `nil` if none that are
    /// likely explain them clearly better.
    public internal(set) var suggestion: String?

    /// One line, with five problems, the first ones of each kind, and the suggestion.
    public var description: String {
        let shown = firstOfEachKind(5).map(\.description)
        let others = problems.count > shown.count ? ["\(problems.count - shown.count) more"] : []
        return (path.map { "\($0.quoted): " } ?? "") + "weights from \(layout.rawValue): "
            + (shown + others + (suggestion.map { [$0] } ?? [])).joined(separator: "; ")
    }

    /// In turn, so that what is missing does not hide what is there in its place.
    private func firstOfEachKind(_ count: Int) -> [Problem] {
        let kinds = Dictionary(grouping: problems.indices) { problems[$0].kind }
        let turns = kinds.values.flatMap { indices in indices.enumerated().map { (turn: $0, index: $1) } }
        let first = turns.sorted { ($0.turn, $0.index) < ($1.turn, $1.index) }.prefix(count)
        return first.map(\.index).sorted().map { problems[$0] }
    }
}

extension WeightConversionError {
    /// The same of a file, whose arrays have these types.
    func inFile(_ path: String, types: (_ name: String) -> String?) -> WeightConversionError {
        let problems = problems.map { problem in
            guard case .unexpected(let name, let shape, _) = problem else { return problem }
            return .unexpected(name, shape: shape, type: types(name))
        }
        return WeightConversionError(path: path, layout: layout, problems: problems, suggestion: suggestion)
    }

    /// The same with more problems.
    func adding(_ others: [Problem]) -> WeightConversionError {
        WeightConversionError(path: path, layout: layout, problems: problems + others, suggestion: suggestion)
    }

    /// The same with other arguments that would fit, as a clause.
    func suggesting(_ suggestion: String?) -> WeightConversionError {
        WeightConversionError(path: path, layout: layout, problems: problems, suggestion: suggestion)
    }

    /// Whether there is none of the arrays of a part, whose names begin with a prefix, or not all of them.
    func isMissingArray(of prefix: String) -> Bool {
        problems.contains { problem in
            switch problem {
            case .missing(let name, _): name.hasPrefix(prefix)
            case .nothing: true
            case .otherNames(_, let expected): expected.contains { $0.hasPrefix(prefix) }
            default: false
            }
        }
    }

    /// Throws unless the arrays whose names begin with a prefix are those that are expected, by names and shapes.
    package static func check(
        _ shapes: [String: [Int]], areThoseOf expected: [String: [Int]], _ layout: WeightLayout, prefix: String
    ) throws(WeightConversionError) {
        let found = shapes.filter { $0.key.hasPrefix(prefix) }
        if found.isEmpty, !expected.isEmpty {
            let problem = Problem.nothing(prefix: prefix, names: shapes.keys.sorted())
            throw WeightConversionError(layout: layout, problems: [problem])
        }
        if !found.isEmpty, !expected.isEmpty, Set(found.keys).isDisjoint(with: expected.keys) {
            let problem = Problem.otherNames(found.keys.sorted(), expected: expected.keys.sorted())
            throw WeightConversionError(layout: layout, problems: [problem])
        }
        let problems = Set(found.keys).union(expected.keys).sorted().compactMap { name in
            Problem(name, shape: found[name], expected: expected[name])
        }
        if !problems.isEmpty { throw WeightConversionError(layout: layout, problems: problems) }
    }
}
