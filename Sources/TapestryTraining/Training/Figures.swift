/// Numbers with names, in an order: a loss and what else was measured.
public struct Figures: Codable, Sendable, Equatable, CustomStringConvertible {
    /// One of them.
    public struct Figure: Codable, Sendable, Equatable {
        /// What it is, `validation loss`.
        public let name: String
        /// How much.
        public let value: Double
    }

    /// All of them, in order.
    public private(set) var all: [Figure] = []

    /// None yet.
    public init() {}

    /// The number of a name; setting one that is new appends it.
    public subscript(name: String) -> Double? {
        get { all.first { $0.name == name }?.value }
        set {
            let figure = newValue.map { Figure(name: name, value: $0) }
            guard let index = all.firstIndex(where: { $0.name == name }) else {
                return all += [figure].compactMap(\.self)
            }
            all.replaceSubrange(index...index, with: [figure].compactMap(\.self))
        }
    }

    /// The figures with a text before each name.
    func prefixed(_ prefix: String) -> Figures {
        var figures = Figures()
        for figure in all { figures[prefix + figure.name] = figure.value }
        return figures
    }

    /// Appends others, or replaces those of the same names.
    mutating func merge(_ others: Figures) {
        for figure in others.all { self[figure.name] = figure.value }
    }

    /// `loss 0.25, accuracy 0.9`.
    public var description: String { all.map { "\($0.name) \($0.value)" }.joined(separator: ", ") }
}
