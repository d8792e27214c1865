/// What is wrong with arrays that should become the parameters of a layer or a model.
public struct WeightConversionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with one array, or with all.
    public enum Problem: Equatable, Sendable, CustomStringConvertible {
        /// No name begins with the prefix.
        case nothing(prefix: String, names: [String])
        /// There is none of this name.
        case missing(String, shape: [Int])
        /// There is one that the model does not have.
        case unexpected(String, shape: [Int])
        /// There is one of another shape than the model's.
        case misshapen(String, shape: [Int], expected: [Int])

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

        /// One clause.
        public var description: String {
            switch self {
            case .nothing(_, let names) where names.isEmpty: "there are no arrays"
            case .nothing(let prefix, let names):
                "no name begins with \(prefix); names are \(names.prefix(3).joined(separator: ", "))"
                    + (names.count > 3 ? " and \(names.count - 3) more" : "")
            case .missing(let name, let shape): "\(name) \(shape) is missing"
            case .unexpected(let name, let shape): "\(name) \(shape) is not expected"
            case .misshapen(let name, let shape, let expected): "\(name) has shape \(shape), and not \(expected)"
            }
        }
    }

    /// The file; `nil` for arrays that come from none.
    public internal(set) var path: String?
    /// Whose layout was expected.
    public let layout: WeightLayout
    /// Everything that is wrong, in the order of the names.
    public let problems: [Problem]

    /// One line, with the first five problems.
    public var description: String {
        let shown = problems.prefix(5).map(\.description)
        let others = problems.count > shown.count ? ["\(problems.count - shown.count) more"] : []
        return (path.map { "\($0.quoted): " } ?? "") + "weights from \(layout.rawValue): "
            + (shown + others).joined(separator: "; ")
    }
}

extension WeightConversionError {
    /// Throws unless the arrays whose names begin with a prefix are those that are expected, by names and shapes.
    package static func check(
        _ shapes: [String: [Int]], areThoseOf expected: [String: [Int]], _ layout: WeightLayout, prefix: String
    ) throws(WeightConversionError) {
        let found = shapes.filter { $0.key.hasPrefix(prefix) }
        if found.isEmpty, !expected.isEmpty {
            let problem = Problem.nothing(prefix: prefix, names: shapes.keys.sorted())
            throw WeightConversionError(layout: layout, problems: [problem])
        }
        let problems = Set(found.keys).union(expected.keys).sorted().compactMap { name in
            Problem(name, shape: found[name], expected: expected[name])
        }
        if !problems.isEmpty { throw WeightConversionError(layout: layout, problems: problems) }
    }
}
