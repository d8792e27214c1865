/// What is wrong with arrays that should become the parameters of a layer.
public struct WeightConversionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with one array, or with all.
    public enum Problem: Equatable, Sendable, CustomStringConvertible {
        /// No name begins with the prefix.
        case nothing(prefix: String, names: [String])
        /// There is none of this name.
        case missing(String, shape: [Int])
        /// There is one that the layer does not have.
        case unexpected(String, shape: [Int])
        /// There is one of another shape than the layer's.
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

    /// Whose layout was expected.
    public let layout: WeightLayout
    /// Everything that is wrong, in the order of the names.
    public let problems: [Problem]

    /// One line, with the first five problems.
    public var description: String {
        let shown = problems.prefix(5).map(\.description)
        let others = problems.count > shown.count ? ["\(problems.count - shown.count) more"] : []
        return "weights from \(layout.rawValue): " + (shown + others).joined(separator: "; ")
    }
}
