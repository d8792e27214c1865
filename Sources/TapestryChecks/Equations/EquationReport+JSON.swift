extension EquationReport {
    /// The report as JSON. Infinities and NaN are the strings `"Infinity"`, `"-Infinity"` and `"NaN"`; keys are sorted.
    ///
    /// | key | value |
    /// |---|---|
    /// | `kind` | `"equations"` |
    /// | `subject`, `tolerance`, `seed`, `namesOnlyInReference`, `namesOnlyInCell` | as the report's properties |
    /// | `verdict` | `"correct"` or `"wrong"` |
    /// | `problem` | a text, or `null` |
    /// | `call` | the call that makes the report again, or `null` in a report that is part of another |
    /// | `deviation` | the first one, or `null`: `quantity`, `step`, `row`, `unit`, `computed`, `expected`, `difference`, `scale`, `deviatingCount`, `count` |
    /// | `diagnosis` | the likely mistake, or `null`: `kind`, `statement`, `nextDeviation` (or `null`) |
    /// | `confusionCount` | how many usual confusions were tried to explain the deviation |
    /// | `unreadNames` | where nothing explains it, what the reference yields and reads nowhere |
    /// | `gradients` | a report of gradients as its own `json()` has it, or `null` |
    /// | `cautions` | what so few steps or rows could not show |
    /// | `comparisons` | in the reference's order: `quantity`, `count`, `largestDeviation`, `firstDeviatingStep` (or `null`) |
    public func json() -> String { jsonValue.document }

    var jsonValue: JSONValue {
        .object([
            "kind": .string("equations"),
            "subject": .string(subject),
            "verdict": .string(verdict.rawValue),
            "problem": .optional(problem) { .string($0.description) },
            "call": .optional(call) { .string($0.description) },
            "tolerance": .number(tolerance),
            "seed": .integer(seed),
            "deviation": .optional(deviation, \.jsonValue),
            "diagnosis": .optional(diagnosis, \.jsonValue),
            "confusionCount": .count(confusionCount),
            "unreadNames": .list(unreadNames) { .string($0) },
            "gradients": .optional(gradients, \.jsonValue),
            "cautions": .list(cautions) { .string($0) },
            "comparisons": .list(comparisons, \.jsonValue),
            "namesOnlyInReference": .list(namesOnlyInReference) { .string($0) },
            "namesOnlyInCell": .list(namesOnlyInCell) { .string($0) },
        ])
    }
}

extension EquationDeviation {
    fileprivate var jsonValue: JSONValue {
        .object([
            "quantity": .string(quantity.description),
            "step": .count(step),
            "row": .count(row),
            "unit": .count(unit),
            "computed": .number(computed),
            "expected": .number(expected),
            "difference": .number(difference),
            "scale": .number(scale),
            "deviatingCount": .count(deviatingCount),
            "count": .count(count),
        ])
    }
}

extension EquationDiagnosis {
    fileprivate var jsonValue: JSONValue {
        .object([
            "kind": .string(kind.rawValue),
            "statement": .string(statement),
            "nextDeviation": .optional(nextDeviation) { .string($0) },
        ])
    }
}

extension EquationComparison {
    fileprivate var jsonValue: JSONValue {
        .object([
            "quantity": .string(quantity.description),
            "count": .count(count),
            "largestDeviation": .number(largestDeviation),
            "firstDeviatingStep": .optional(firstDeviatingStep) { .count($0) },
        ])
    }
}
