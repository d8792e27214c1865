import TapestryAutograd

extension GradientCheckSettings {
    /// The settings that differ from the usual ones, as a call gives them, and the seed.
    var arguments: [String] {
        let usual = GradientTolerance.standard
        let patterns = frozen.map(\.text.debugDescription).joined(separator: ", ")
        let all: [(isUsual: Bool, text: String)] = [
            (frozen.isEmpty, "freezing: [\(patterns)]"),
            (elements == .all, "elements: \(elements.expression)"),
            (orders == 1, "orders: \(orders)"),
            (tolerance == usual, "tolerance: \(tolerance.expression)"),
            (mode == .inference, "mode: .training"),
            (false, "seed: \(seed)"),
        ]
        return all.filter { !$0.isUsual }.map(\.text)
    }
}

extension CheckedElements {
    fileprivate var expression: String {
        switch self {
        case .all: ".all"
        case .atMost(let count): ".atMost(\(count))"
        case .projections(let count): ".projections(\(count))"
        }
    }
}

extension GradientTolerance {
    /// The initialiser that makes it, with the parts that are not the standard ones.
    fileprivate var expression: String {
        let parts: [(label: String, path: KeyPath<GradientTolerance, Double>)] = [
            ("relative", \.relative), ("resolution", \.resolution), ("informativeShare", \.informativeShare),
        ]
        let differing = parts.filter { self[keyPath: $0.path] != GradientTolerance.standard[keyPath: $0.path] }
        let arguments = differing.map { "\($0.label): \(self[keyPath: $0.path])" }
        return "GradientTolerance(\(arguments.joined(separator: ", ")))"
    }
}
