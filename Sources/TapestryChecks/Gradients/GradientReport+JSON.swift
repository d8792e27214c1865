extension GradientReport {
    /// The report as JSON. Infinities and NaN are the strings `"Infinity"`, `"-Infinity"` and `"NaN"`; keys are sorted.
    ///
    /// | key | value |
    /// |---|---|
    /// | `kind` | `"gradients"` |
    /// | `subject`, `order`, `seed`, `evaluationCount`, `idleMappingCount` | as the report's properties |
    /// | `verdict` | `"correct"`, `"wrong"` or `"inconclusive"`, of all orders |
    /// | `problem` | a text, or `null` |
    /// | `call` | the call that makes the report again, or `null` in a report that is part of another |
    /// | `tolerance` | `relative`, `resolution`, `informativeShare` |
    /// | `blocks` | in the order of the module's properties |
    /// | `higherOrders` | reports like this one |
    /// | `origin` | where a wrong gradient comes from, as text, or `null` |
    ///
    /// A block has `name`, `parameter`, `part` (or `null`), `verdict`, `shape`, `elementCount`, `scale`, `findings`
    /// (how many elements have which finding), `adjoint` (`forward`, `reverse`, `allowed`, `agrees`), `diagnosis` (what
    /// a wrong block looks like, or `null`), and `elements`, each with `position` (`null` for a random projection),
    /// `reverse`, `difference`, `differenceError`, `forward` (or `null`), `ratio` and `finding`.
    public func json() -> String { jsonValue.document }

    var jsonValue: JSONValue {
        .object([
            "kind": .string("gradients"),
            "subject": .string(subject),
            "verdict": .string(verdict.rawValue),
            "order": .count(order),
            "problem": .optional(problem) { .string($0.description) },
            "call": .optional(call) { .string($0.description) },
            "seed": .integer(seed),
            "evaluationCount": .count(evaluationCount),
            "idleMappingCount": .count(idleMappingCount),
            "tolerance": tolerance.jsonValue,
            "blocks": .list(blocks, \.jsonValue),
            "higherOrders": .list(higherOrders, \.jsonValue),
            "origin": .optional(origin) { .string($0.description) },
        ])
    }
}

extension GradientTolerance {
    fileprivate var jsonValue: JSONValue {
        .object([
            "relative": .number(relative), "resolution": .number(resolution),
            "informativeShare": .number(informativeShare),
        ])
    }
}

extension GradientBlock {
    fileprivate var jsonValue: JSONValue {
        let counts = GradientFinding.allCases.map { ($0.rawValue, JSONValue.count(count(of: $0))) }
        return .object([
            "name": .string(name),
            "parameter": .string(parameter),
            "part": .optional(part) { .string($0) },
            "verdict": .string(verdict.rawValue),
            "shape": .list(shape) { .count($0) },
            "elementCount": .count(elementCount),
            "scale": .number(scale),
            "findings": .object(Dictionary(uniqueKeysWithValues: counts)),
            "adjoint": adjoint.jsonValue,
            "diagnosis": .optional(diagnosis) { .string($0.description) },
            "elements": .list(elements, \.jsonValue),
        ])
    }
}

extension AdjointTest {
    fileprivate var jsonValue: JSONValue {
        .object([
            "forward": .number(forward), "reverse": .number(reverse), "allowed": .number(allowed),
            "agrees": .bool(agrees),
        ])
    }
}

extension GradientElement {
    fileprivate var jsonValue: JSONValue {
        .object([
            "position": .optional(position) { .list($0) { .count($0) } },
            "reverse": .number(reverse),
            "difference": .number(difference),
            "differenceError": .number(differenceError),
            "forward": .optional(forward) { .number($0) },
            "ratio": .number(ratio),
            "finding": .string(finding.rawValue),
        ])
    }
}
