import TapestryAutograd
import TapestryFiles

/// How arrays are read: by the names of a framework, or by a model's own, which have no prefix and no other names.
struct WeightReading: Hashable {
    var layout: WeightLayout?
    var prefix = ""
    var names: [String: String] = [:]
}

/// Looks for a way of reading arrays that explains them, where they don't fit a model as they were read: by the names
/// of another framework, behind another prefix, with other names for parts (one without a component that the file lacks
/// is such a name), or by several of these together. Each is compared with the arrays by names and shapes as loading
/// compares them.
struct WeightSearch<Model: Module> {
    let model: Model
    /// Those of all arrays.
    let shapes: [String: [Int]]
    /// As for `ModelParts.match(_:aliases:)`.
    var aliases: [String: String] = [:]
    /// Whether tensors of whole numbers and truth values are left out.
    let realOnly: Bool
    /// How the arrays were read.
    let given: WeightReading
    /// What the function that reads them calls its layout.
    let label: String
    private let knownShapes = Dictionary(uniqueKeysWithValues: WeightLayout.allCases.map { ($0, PartShapes($0)) })

    /// What comes of a reading.
    private struct Outcome: Hashable {
        let reading: WeightReading
        /// How many arrays of the model are there by their names, and by their shapes as well.
        let named: Int, fitting: Int
        /// How many arrays the model has.
        let count: Int
        /// How many arrays are missing, not expected, or of another shape.
        let differences: Int

        init(_ reading: WeightReading, _ found: [String: [Int]], _ expected: [String: [Int]]) {
            self.reading = reading
            named = expected.count { found[$0.key] != nil }
            fitting = expected.count { found[$0.key] == $0.value }
            count = expected.count
            differences = count - fitting + found.count - named
        }
    }

    /// A clause that says with which arguments more of them fit; `nil` unless there are some that leave at most half of
    /// the differences.
    var suggestion: String? {
        let present =
            given.layout.flatMap { layout in
                parts(layout, given.names).flatMap {
                    outcome(of: $0, WeightReading(layout: layout, prefix: given.prefix))
                }
            } ?? ofOwnNames
        if present.fitting == present.count || !areNamesOfAModel { return nil }
        // More than half of a model by its own names are not there by chance, and to take those is what was asked for.
        if given.layout == nil, 2 * present.fitting > present.count { return nil }
        let better = outcomes.filter { outcome in
            outcome.reading != given && 2 * outcome.differences <= present.differences
                && 2 * outcome.named >= outcome.count
        }
        func rank(_ outcome: Outcome) -> (Int, Int) { (outcome.differences, changes(in: outcome.reading)) }
        guard let best = better.min(by: { rank($0) < rank($1) }) else { return layoutsOfNames }
        var texts: [String] = []
        for outcome in better where rank(outcome) == rank(best) {
            let text = text(of: outcome.reading)
            if !texts.contains(text) { texts.append(text) }
        }
        if best.reading.layout == nil {
            return "such names are those of Tapestry's own files, which are loaded without a layout"
        }
        // Names take room.
        let shown = best.reading.names.isEmpty ? 3 : 1
        let all = texts.prefix(shown).joined(separator: " or ") + (texts.count > shown ? " or others" : "")
        let result =
            if best.differences == 0 {
                "they fit"
            } else if best.fitting == best.count {
                "all of the model's \(best.count) fit, and \(best.differences) more "
                    + (best.differences == 1 ? "is there" : "are there")
            } else {
                best.named == best.count ? "their names fit" : "\(best.fitting) of the model's \(best.count) fit"
            }
        return "with \(all) \(result)"
    }

    /// A file may say any names, and all ends of each are looked at.
    private var areNamesOfAModel: Bool {
        shapes.count <= 2_000
            && shapes.keys.allSatisfy { name in
                name.utf8.count <= 256 && name.utf8.count { "._/".utf8.contains($0) } <= 32
            }
    }

    /// Whose habit such names are, where nothing explains them.
    private var layoutsOfNames: String? {
        let last = shapes.keys.compactMap { $0.split(separator: ".").last }
        let layouts: [WeightLayout] =
            if shapes.keys.contains(where: { $0.contains("/") }) {
                [.keras, .flax]
            } else {
                last.contains { $0 == "weight" || $0.hasPrefix("weight_") } ? [.pyTorch] : []
            }
        if layouts.isEmpty || layouts.contains(where: { $0 == given.layout }) { return nil }
        return "such names are those of \(label): \(layouts.map { ".\($0)" }.joined(separator: " or "))"
    }

    /// What is different in a reading. A prefix is simpler than names for what is behind it.
    private func changes(in reading: WeightReading) -> Int {
        (reading.layout == given.layout ? 0 : 1) + (reading.prefix == given.prefix ? 0 : 1)
            + 2 * reading.names.count { given.names[$0.key] != $0.value }
    }

    /// As arguments of a call.
    private func text(of reading: WeightReading) -> String {
        var arguments = reading.layout.map { ["\(label): .\($0)"] } ?? []
        if !reading.prefix.isEmpty { arguments.append("prefix: \(reading.prefix.quoted)") }
        if !reading.names.isEmpty {
            let names = reading.names.sorted { $0.key < $1.key }
            let pairs = names.map { "\($0.key.quoted): \($0.value.quoted)" }
            arguments.append("names: [\(pairs.joined(separator: ", "))]")
        }
        return arguments.joined(separator: ", ")
    }

    // MARK: Readings

    /// The frameworks whose names have the separators that these have; the one that was given comes first.
    private var layouts: [WeightLayout] {
        let others: [WeightLayout] =
            if shapes.keys.contains(where: { $0.contains("/") }) {
                [.keras, .flax, .onnx]
            } else if shapes.keys.contains(where: { $0.contains(".") }) { [.pyTorch] } else { WeightLayout.allCases }
        return (given.layout.map { [$0] } ?? []) + others.filter { $0 != given.layout }
    }

    /// What comes of the readings that are likely: names of parts are looked for if no layout and no prefix explains
    /// all.
    private var outcomes: [Outcome] {
        var outcomes = given.layout == nil ? [] : [ofOwnNames]
        var candidates: [(parts: ModelParts, reading: WeightReading)] = []
        for layout in layouts {
            guard let parts = parts(layout, given.names) else { continue }
            candidates += prefixes(for: parts).map { prefix in
                (parts, WeightReading(layout: layout, prefix: prefix, names: given.names))
            }
        }
        outcomes += candidates.map { outcome(of: $0.parts, $0.reading) }
        if outcomes.contains(where: { $0.differences == 0 }) { return outcomes }
        return outcomes + candidates.map { withOtherNames($0.parts, $0.reading) }
    }

    /// `nil` if there is no part that a name is given to, or if two arrays have one name.
    private func parts(_ layout: WeightLayout, _ names: [String: String]) -> ModelParts? {
        ModelParts(
            of: model, WeightNames(layout, prefix: "", names), realOnly: realOnly, knownShapes: knownShapes[layout]!)
    }

    private func outcome(of parts: ModelParts, _ reading: WeightReading) -> Outcome {
        let match = match(parts, reading)
        return Outcome(reading, match.found, match.expected)
    }

    private func match(_ parts: ModelParts, _ reading: WeightReading) -> ModelParts.Match {
        let length = reading.prefix.count
        func own<Element>(_ named: [String: Element]) -> [String: Element] {
            let own = named.filter { $0.key.hasPrefix(reading.prefix) }.map {
                (String($0.key.dropFirst(length)), $0.value)
            }
            return Dictionary(uniqueKeysWithValues: own)
        }
        let mapped = reading.layout == .pyTorch ? own(aliases).filter { $0.value.hasPrefix(reading.prefix) } : [:]
        return parts.match(own(shapes), aliases: mapped.mapValues { String($0.dropFirst(length)) })
    }

    /// What comes of the names of the model's own tensors.
    private var ofOwnNames: Outcome {
        let leaves = ModuleTree(of: model).leaves.filter { $0.value.elementType.isFloatingPoint || !realOnly }
        let expected = leaves.map { ($0.fileName, $0.value.shape) }
        return Outcome(WeightReading(), shapes, Dictionary(uniqueKeysWithValues: expected))
    }

    /// The prefix that was given, those with which most of the arrays fit, and what all names begin with.
    private func prefixes(for parts: ModelParts) -> [String] {
        let separator = Character(parts.separator)
        let expected = match(parts, WeightReading(layout: nil)).expected
        var counts: [String: Int] = [:]
        for (name, shape) in shapes {
            for start in name.startsOfComponents(separator) where expected[String(name[start...])] == shape {
                counts[String(name[..<start]), default: 0] += 1
            }
        }
        let most = counts.values.max()
        var prefixes = [given.prefix] + counts.filter { $0.value == most }.keys.sorted().prefix(4)
        let first = shapes.keys.min() ?? ""
        let common = first.startsOfComponents(separator).map { String(first[..<$0]) }
        prefixes += common.last { prefix in shapes.keys.allSatisfy { $0.hasPrefix(prefix) } }.map { [$0] } ?? []
        return prefixes.enumerated().filter { !prefixes[..<$0.offset].contains($0.element) }.map(\.element)
    }

    /// The same with other names for those parts of which no array is there. What is inside of a part that got one is
    /// looked at again; a part in pieces may have parts that are. More names than anyone would write are left out.
    private func withOtherNames(_ parts: ModelParts, _ reading: WeightReading) -> Outcome {
        var (parts, reading) = (parts, reading)
        for _ in 0..<3 {
            var search = NameSearch(match(parts, reading))
            search.visitAll()
            if search.names.isEmpty { break }
            let names = reading.names.merging(search.names) { $1 }
            guard names.count <= given.names.count + 16, let renamed = self.parts(reading.layout!, names) else { break }
            (parts, reading.names) = (renamed, names)
        }
        return outcome(of: parts, reading)
    }
}

/// Looks for the names that parts have there, of which no array is there under its own name.
private struct NameSearch {
    /// What the parts are called there, by their paths.
    private(set) var names: [String: String] = [:]
    private let match: ModelParts.Match
    /// The arrays that no part has.
    private var free: [String: [Int]]
    /// What their names end with, separator included: what stands in front of that, and the names.
    private var ends: [Substring: [(place: Substring, name: String)]] = [:]
    /// The paths of what is missing and has arrays of the same ends of names and shapes, none of them inside another.
    private var alike: [[String: [Int]]: [String]] = [:]

    private typealias Entry = (path: String, name: String, shape: [Int])

    init(_ match: ModelParts.Match) {
        self.match = match
        free = match.found.filter { match.expected[$0.key] == nil }
        let separator = Character(match.parts.separator)
        for name in free.keys {
            let whole = "\(separator)\(name)"
            // Flax makes one component of a list and a position in it.
            for start in whole.indices where whole[start] == separator || (separator == "/" && whole[start] == "_") {
                ends[whole[start...], default: []].append((whole[..<start].dropFirst(), name))
            }
        }
    }

    mutating func visitAll() {
        let entries = match.parts.shapesByPath.flatMap { path, shapes in
            shapes.map { (path: path, name: $0.key, shape: $0.value) }
        }
        note("", entries)
        visit("", entries)
    }

    /// Notes what is missing at a path as a whole, and what is inside of it.
    private mutating func note(_ path: String, _ entries: [Entry]) {
        if let shapes = missing(at: path, entries) {
            note(path, shapes)
            for (inner, shapes) in match.parts.pieces(of: path) { note(inner, behind(separator: shapes)) }
        }
        for (path, entries) in inside(of: path, entries) { note(path, entries) }
    }

    private mutating func note(_ path: String, _ shapes: [String: [Int]]) {
        if alike[shapes, default: []].contains(where: { path.hasPrefix("\($0).") }) { return }
        alike[shapes, default: []].append(path)
    }

    /// The arrays of what is at a path by the ends of their names, if none of them is there.
    private func missing(at path: String, _ entries: [Entry]) -> [String: [Int]]? {
        let stem = match.parts.stem(of: path)
        guard !stem.isEmpty, entries.allSatisfy({ match.found[$0.name] == nil && $0.name.hasPrefix(stem) }) else {
            return nil
        }
        return Dictionary(uniqueKeysWithValues: entries.map { (String($0.name.dropFirst(stem.count)), $0.shape) })
    }

    /// Names what is at a path as a whole, or else what is inside of it.
    private mutating func visit(_ path: String, _ entries: [Entry]) {
        if let shapes = missing(at: path, entries), let name = name(at: match.parts.stem(of: path), of: shapes) {
            names[match.parts.key(of: path)] = name
            return
        }
        let areMissing = entries.allSatisfy { match.found[$0.name] == nil }
        // A model that is one part has no names inside.
        if areMissing, !path.isEmpty, entries.contains(where: { $0.path == path }) { visitPieces(of: path) }
        for (path, entries) in inside(of: path, entries) { visit(path, entries) }
    }

    /// What is at each path one step further in, in the order of the paths.
    private func inside(of path: String, _ entries: [Entry]) -> [(String, [Entry])] {
        let inside = Dictionary(grouping: entries.filter { $0.path != path }) { entry in
            let rest = entry.path.dropFirst(path.isEmpty ? 0 : path.count + 1)
            return (path.isEmpty ? "" : "\(path).") + rest.prefix { $0 != "." }
        }
        return inside.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private mutating func visitPieces(of path: String) {
        var named: [String] = []
        for (inner, shapes) in match.parts.pieces(of: path).sorted(by: { $0.key < $1.key })
        where !named.contains(where: { inner.hasPrefix("\($0).") }) {
            let stem = match.parts.stem(of: inner)
            guard let name = name(at: stem, of: behind(separator: shapes)) else { continue }
            names[match.parts.key(of: inner)] = name
            named.append(inner)
        }
    }

    private func behind(separator shapes: [String: [Int]]) -> [String: [Int]] {
        Dictionary(uniqueKeysWithValues: shapes.map { (match.parts.separator + $0.key, $0.value) })
    }

    /// What stands in front of most of some arrays that no part has: the one place that has, or the one that has more
    /// or fewer components than the stem, if there are several places or several parts that it could be. A tensor by
    /// itself keeps the last component of its name.
    private mutating func name(at stem: String, of shapes: [String: [Int]]) -> String? {
        let separator = Character(match.parts.separator)
        func components(_ name: String) -> [Substring] { name.split(separator: separator) }
        if shapes.count == 1, let shape = shapes[""] {
            guard let last = components(stem).last else { return nil }
            let outer = String(stem.dropLast(last.count + 1))
            return name(at: outer, of: ["\(separator)\(last)": shape]).map {
                $0.isEmpty ? "\(last)" : "\($0)\(separator)\(last)"
            }
        }
        var places: [Substring: [String]] = [:]
        for (end, shape) in shapes {
            for (place, name) in ends[end[...], default: []] where free[name] == shape {
                places[place, default: []].append(name)
            }
        }
        let most = places.values.map(\.count).max() ?? 0
        guard 2 * most > shapes.count else { return nil }
        var best = places.filter { $0.value.count == most }.keys.sorted()
        let isAlone = alike[shapes, default: []].count < 2
        if best.count > 1 || !isAlone {
            let own = components(stem)
            best = best.filter { place in
                let other = components(String(place))
                if other.isEmpty, !isAlone { return false }
                return own.contains(inOrder: other) || other.contains(inOrder: own)
            }
        }
        guard best.count == 1 else { return nil }
        for name in places[best[0]]! { free[name] = nil }
        return String(best[0])
    }
}

extension Array where Element: Equatable {
    /// Whether all of some elements are there, in their order.
    fileprivate func contains(inOrder others: [Element]) -> Bool {
        var rest = others[...]
        for element in self where element == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }
}

extension String {
    /// Where components begin.
    fileprivate func startsOfComponents(_ separator: Character) -> [Index] {
        [startIndex] + indices.filter { self[$0] == separator }.map(index(after:))
    }
}
