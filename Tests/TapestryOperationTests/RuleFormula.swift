import Foundation
import TapestryArrays
import TapestryAutograd

/// A rule as `docs/Operations.md` writes it, evaluated with the symbols' values: `ā = ȳ / b, b̄ = −ȳ y / b`.
///
/// Products are written side by side, and `/` divides by what stands next to it. `·` is the matrix product, ᵀ transposes.
/// What follows "with" names what the rule uses. An assignment has cases: `ȳ where x > 0, else slope ȳ`; where none
/// applies it is 0. `x̄ₛ = Σ over t ≥ s of exp(xₛ − yₜ) ȳₜ` has an equation for each element of a vector. A rule of another
/// form is not known, and an error.
struct RuleFormula {
    struct Unknown: Error, CustomStringConvertible {
        let description: String
    }

    private let text: String

    init(_ text: String) { self.text = text }

    /// The values of what the rule assigns to, in order.
    func evaluated(with symbols: [String: Tensor<Double>]) throws -> [(symbol: String, value: Tensor<Double>)] {
        var symbols = try withDefinitions(symbols)
        var results: [(symbol: String, value: Tensor<Double>)] = []
        for assignment in assignments(in: text.components(separatedBy: " with ")[0]) {
            let value = try value(of: assignment, symbols)
            symbols[assignment.symbol] = value
            results.append((assignment.symbol, value))
        }
        if results.isEmpty { throw Unknown(description: "there is no assignment in \(text)") }
        return results
    }

    /// The value of an expression that may name what the rule does.
    func value(of expression: String, with symbols: [String: Tensor<Double>]) throws -> Tensor<Double> {
        try FormulaParser.value(of: expression, withDefinitions(symbols))
    }

    private func withDefinitions(_ symbols: [String: Tensor<Double>]) throws -> [String: Tensor<Double>] {
        var symbols = symbols
        let definitions = text.components(separatedBy: " with ").dropFirst()
        for definition in definitions.flatMap({ assignments(in: $0.replacing(" and ", with: ", ")) }) {
            symbols[definition.symbol] = try value(of: definition, symbols)
        }
        return symbols
    }

    private struct Assignment {
        let symbol: String
        var cases: [String]
    }

    /// Assignments and their cases are both parted by commas.
    private func assignments(in text: String) -> [Assignment] {
        var assignments: [Assignment] = []
        for part in Self.partedByCommas(text) {
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if sides.count == 2, !sides[0].contains(" ") {
                let symbol = sides[0].filter { !FormulaParser.indices.contains($0) }
                assignments.append(Assignment(symbol: symbol, cases: [sides[1]]))
            } else if !assignments.isEmpty {
                assignments[assignments.count - 1].cases.append(part)
            }
        }
        return assignments
    }

    /// Parts between commas and semicolons outside of parentheses.
    static func partedByCommas(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if "(".contains(character) { depth += 1 }
            if ")".contains(character) { depth -= 1 }
            if depth == 0, ",;".contains(character) {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func value(of assignment: Assignment, _ symbols: [String: Tensor<Double>]) throws -> Tensor<Double> {
        // From the last case to the first, each before what comes after it.
        try assignment.cases.reversed().reduce(Tensor(0)) { others, text in
            let text = text.trimmingPrefix("else ")
            let parts = text.split(separator: " where ", maxSplits: 1).map(String.init)
            let value = try FormulaParser.value(of: parts[0], symbols)
            if parts.count == 1 { return value }
            return select(try FormulaParser.truth(of: parts[1], symbols), value, others)
        }
    }
}

/// Evaluates an expression while reading it.
private struct FormulaParser {
    private let characters: [Character]
    private let symbols: [String: Tensor<Double>]
    private var position = 0

    private init(_ text: String, _ symbols: [String: Tensor<Double>]) {
        characters = Array(text)
        self.symbols = symbols
    }

    static func value(of text: String, _ symbols: [String: Tensor<Double>]) throws -> Tensor<Double> {
        var parser = FormulaParser(text, symbols)
        let value = try parser.sum()
        if parser.next != nil { throw parser.unknown() }
        return value
    }

    static func truth(of text: String, _ symbols: [String: Tensor<Double>]) throws -> Tensor<Bool> {
        var parser = FormulaParser(text, symbols)
        var left = try parser.sum()
        var truth: Tensor<Bool>?
        while let sign = parser.next {
            parser.position += 1
            let right = try parser.sum()
            let holds: Tensor<Bool>
            switch sign {
            case "<": holds = left .< right
            case "≤": holds = left .<= right
            case ">": holds = left .> right
            case "≥": holds = left .>= right
            case "=": holds = left .== right
            default: throw parser.unknown()
            }
            truth = truth.map { $0 .& holds } ?? holds
            left = right
        }
        // A mask stands for itself.
        return truth ?? (left .!= 0)
    }

    private func unknown(_ what: String = "not known") -> RuleFormula.Unknown {
        RuleFormula.Unknown(description: "\(String(characters)) at place \(position): \(what)")
    }

    /// An operand that can be broadcast against another, which a wrong formula need not have.
    private func fitting(_ operand: Tensor<Double>, to other: Tensor<Double>) throws -> Tensor<Double> {
        if Layout.broadcastShape(operand.shape, other.shape) == nil {
            throw unknown("\(other.shape) and \(operand.shape)")
        }
        return operand
    }

    /// The next character that is no space.
    private var next: Character? {
        mutating get {
            while position < characters.count, characters[position] == " " { position += 1 }
            return position < characters.count ? characters[position] : nil
        }
    }

    private mutating func accept(_ character: Character) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Character) throws {
        if !accept(character) { throw unknown() }
    }

    // MARK: Operators

    private mutating func sum() throws -> Tensor<Double> {
        var value = accept("−") ? -(try matrixProduct()) : try matrixProduct()
        while let sign = next, sign == "+" || sign == "−" {
            position += 1
            let term = try fitting(try matrixProduct(), to: value)
            value = sign == "+" ? value + term : value - term
        }
        return value
    }

    private mutating func matrixProduct() throws -> Tensor<Double> {
        var value = try product()
        while accept("·") {
            let right = try product()
            let inner = right.rank == 1 ? 0 : right.rank - 2
            if value.rank == 0 || right.rank == 0 || value.shape.last != right.shape[inner] {
                throw unknown("\(value.shape) · \(right.shape)")
            }
            value = matmul(value, right)
        }
        return value
    }

    private mutating func product() throws -> Tensor<Double> {
        var value = try factor()
        while let character = next {
            if character == "/" {
                position += 1
                value = value / (try fitting(try factor(), to: value))
            } else if character == "Σ" || character == "Π" {
                return value * (try fitting(try total(), to: value))
            } else if "+−·)∣⌋<≤>≥=,".contains(character) {
                break
            } else {
                value = value * (try fitting(try factor(), to: value))
            }
        }
        return value
    }

    private mutating func factor() throws -> Tensor<Double> {
        guard let character = next else { throw unknown() }
        var value: Tensor<Double>
        switch character {
        case "(":
            value = try bracketed(until: ")")
        case "∣":
            value = abs(try bracketed(until: "∣"))
        case "⌊":
            value = floor(try bracketed(until: "⌋"))
        case "√":
            position += 1
            return sqrt(try factor())
        case "Σ", "Π":
            return try total()
        case "½":
            position += 1
            value = Tensor(0.5)
        case "0"..."9":
            value = number()
        default:
            return try named()
        }
        return try raised(value)
    }

    // MARK: Sums and products

    /// Indices of elements in an equation that there is for each element, of its own first: what they name lies along
    /// rows or along columns.
    static let indices: Set<Character> = ["ₛ", "ᵢ", "ₜ", "ⱼ"]
    private static let rowIndices: Set<Character> = ["ₛ", "ᵢ"]

    /// Σ over the last axis, or over an index: "Σ over t ≥ s of …", "Π over j ≠ i of …".
    private mutating func total() throws -> Tensor<Double> {
        let isProduct = characters[position] == "Π"
        position += 1
        guard accept("o") else { return Self.overLastAxis(try product()) }
        guard let relation = characters[position...].first(where: { "≥≠".contains($0) }),
            let end = characters[position...].firstIndex(of: "f")
        else { throw unknown() }
        position = end + 1
        let terms = try product()
        guard terms.rank == 2, let count = terms.shape.last else { throw unknown("terms of shape \(terms.shape)") }
        let table = try terms + fitting(Tensor<Double>.zeros([count, count]), to: terms)
        let columns = Tensor<Double>.arange(from: 0, to: Double(count), by: 1)
        let rows = columns.unsqueezed(axis: 1)
        let counts = relation == "≥" ? columns .>= rows : columns .!= rows
        return isProduct
            ? select(counts, table, Tensor(1)).product(axes: [1]) : select(counts, table, Tensor(0)).sum(axes: [1])
    }

    private mutating func bracketed(until end: Character) throws -> Tensor<Double> {
        position += 1
        let value = try sum()
        try expect(end)
        return value
    }

    private mutating func number() -> Tensor<Double> {
        let start = position
        while position < characters.count, characters[position].isASCII,
            characters[position].isNumber || characters[position] == "."
        {
            position += 1
        }
        return Tensor(Double(String(characters[start..<position]))!)
    }

    // MARK: Powers

    private static let superscripts: [Character: Character] = Dictionary(
        uniqueKeysWithValues: zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ˣᵇᵏᵖᵀᵞ", "0123456789+−()xbkpTγ"))

    private mutating func superscript() -> String? {
        let start = position
        while position < characters.count, Self.superscripts[characters[position]] != nil { position += 1 }
        return start == position ? nil : String(characters[start..<position].map { Self.superscripts[$0]! })
    }

    private mutating func raised(_ value: Tensor<Double>) throws -> Tensor<Double> {
        switch superscript() {
        case nil: value
        case "T": value.transposed()
        case "−T": value.inverse().transposed()
        case "−1" where value.rank == 2: value.inverse()
        case let exponent?: pow(value, try Self.value(of: exponent, symbols))
        }
    }

    // MARK: Names

    /// A symbol, or a function with its operand: words have several letters, symbols one.
    private mutating func named() throws -> Tensor<Double> {
        let start = position
        while position < characters.count, characters[position].isASCII, characters[position].isLetter { position += 1 }
        if position == start { position += 1 }
        let name = String(characters[start..<position])
        if name == "ψ" { return try polygammaFunction() }
        let isCalled = position < characters.count && characters[position] == "("
        if let function = Self.functions[name], isCalled || symbols[name] == nil { return function(try factor()) }
        if name == "e" { return try raised(Tensor(M_E)) }
        guard let value = symbols[name] else {
            position = start
            throw unknown()
        }
        if let index = next, Self.indices.contains(index) {
            position += 1
            return try raised(value.unsqueezed(axis: Self.rowIndices.contains(index) ? 1 : 0))
        }
        return try raised(value)
    }

    /// ψ(x), ψ′(x), ψ⁽ᵏ⁾(x).
    private mutating func polygammaFunction() throws -> Tensor<Double> {
        var order = 0
        if accept("′") { order = 1 }
        if let derivative = superscript() { order = Int(try Self.value(of: derivative, symbols).scalar) }
        return polygamma(order, try factor())
    }

    /// By the C library, where it has them: the library's own rules use its own.
    private static let functions: [String: @Sendable (Tensor<Double>) -> Tensor<Double>] = [
        "ln": elementwise(Foundation.log), "exp": elementwise(Foundation.exp), "sin": elementwise(Foundation.sin),
        "cos": elementwise(Foundation.cos), "sinh": elementwise(Foundation.sinh), "cosh": elementwise(Foundation.cosh),
        "tanh": elementwise(Foundation.tanh), "softplus": elementwise { Foundation.log1p(Foundation.exp($0)) },
        "sign": elementwise { $0 == 0 ? 0 : $0 < 0 ? -1 : 1 }, "σ": elementwise { 1 / (1 + Foundation.exp(-$0)) },
        "Φ": elementwise { Foundation.erfc(-$0 / 2.0.squareRoot()) / 2 },
        "φ": elementwise { Foundation.exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() },
        "relu": elementwise { Swift.max($0, 0) },
        "softmax": { x in
            let powers = elementwise(Foundation.exp)(x)
            return powers / overLastAxis(powers)
        },
        "cof": cofactors, "tril": { $0.lowerTriangle() }, "diag": { $0.lowerTriangle().upperTriangle() },
        "mean": { overLastAxis($0) / Tensor(Double($0.shape.last ?? 1)) },
    ]

    private static func overLastAxis(_ x: Tensor<Double>) -> Tensor<Double> {
        x.rank == 0 ? x : x.sum(axes: [-1], keepingAxes: true)
    }

    /// Of a square matrix, by the definition of the determinant.
    private static func cofactors(of x: Tensor<Double>) -> Tensor<Double> {
        let n = x.shape[0]
        func minor(_ rows: [Int], _ columns: [Int]) -> Double {
            guard let row = rows.first else { return 1 }
            return columns.enumerated().reduce(0) { sum, column in
                let others = columns.filter { $0 != column.element }
                let term = x.scalars[row * n + column.element] * minor(Array(rows.dropFirst()), others)
                return column.offset.isMultiple(of: 2) ? sum + term : sum - term
            }
        }
        let all = Array(0..<n)
        let scalars = all.flatMap { i in
            all.map { j in (i + j).isMultiple(of: 2) ? rest(i, j) : -rest(i, j) }
        }
        func rest(_ i: Int, _ j: Int) -> Double { minor(all.filter { $0 != i }, all.filter { $0 != j }) }
        return Tensor(shape: x.shape, scalars: scalars)
    }

    private static func elementwise(
        _ function: @escaping @Sendable (Double) -> Double
    ) -> @Sendable (Tensor<Double>) -> Tensor<Double> {
        { x in Tensor(shape: x.shape, scalars: x.scalars.map(function)) }
    }
}
