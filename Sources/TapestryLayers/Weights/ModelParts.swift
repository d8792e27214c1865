import TapestryAutograd
import TapestryFiles

/// The parts of a model that other frameworks have, and the tensors outside of them, with the names of a framework.
struct ModelParts {
    private var names: WeightNames
    private let realOnly: Bool
    /// By their paths.
    private var parts: [String: Part] = [:]
    /// The places of each tied part, in the order in which they are met.
    private var ties: [(tie: UInt64, places: [TiedPlace])] = []
    /// The parts that the framework lacks, whose tensors are there as they are.
    private var foreign: [(path: String, kind: String)] = []
    /// The names under which a file has arrays of ours that it leaves out, by the names that those have here.
    private var sharedNames: [String: String] = [:]
    /// The shapes that are known already, where only these are asked for.
    private let knownShapes: PartShapes?

    /// A part that the framework has, or a tensor outside of all parts, which is an array by itself.
    private struct Part {
        /// By their names there.
        let shapes: [String: [Int]]
        /// The arrays; none if only the shapes are asked for.
        let arrays: [String: Value]
        /// The places of tied parts that it is in.
        let tiedPlaces: [TiedPlace]
        /// `nil` for a tensor outside of all parts.
        let module: (any PortableModule)?
    }

    private struct TiedPlace: Hashable {
        let tie: UInt64
        let path: String
    }

    // MARK: Finding the parts

    /// Traps if there is no part that a name is given to.
    ///
    /// - Parameter realOnly: whether tensors of whole numbers and truth values are left out.
    init(of model: some Module, _ names: WeightNames, realOnly: Bool) {
        (self.names, self.realOnly, knownShapes) = (names, realOnly, nil)
        var paths: [String] = []
        add(model, at: "", in: [], &paths)
        self.names.check(paths: paths)
    }

    /// The shapes of the arrays alone. `nil` if there is no part that a name is given to, or if two arrays have one name.
    init?(of model: some Module, _ names: WeightNames, realOnly: Bool, knownShapes: PartShapes) {
        (self.names, self.realOnly, self.knownShapes) = (names, realOnly, knownShapes)
        var paths: [String] = []
        add(model, at: "", in: [], &paths)
        if self.names.unknownName(paths: paths) != nil || ambiguousName != nil { return nil }
    }

    /// Adds the parts of the model, or of what is tied in it, and their paths.
    private mutating func add(
        _ module: some Module, at base: String, in tiedPlaces: [TiedPlace], _ paths: inout [String]
    ) {
        let outside = ModuleTree(of: module) { value, inner in
            let path = join(base, inner)
            names.note(value, at: path)
            if let tied = value as? any TiedModule {
                let place = TiedPlace(tie: tied.tie, path: path)
                if isNew(place) { add(tied.wrapped, at: path, in: tiedPlaces + [place], &paths) }
            } else if let part = part(value, at: path) {
                parts[path] = self.part(part, at: path, in: tiedPlaces)
            } else {
                if let kind = (value as? any PortableModule)?.counterpartMissing(in: names.layout) {
                    // It is for what is inside that there is none.
                    foreign.removeAll { isInside(path, $0.path) }
                    foreign.append((path, kind))
                }
                return nil
            }
            paths.append(path)
            return EmptyModule()
        }
        for leaf in outside.leaves where leaf.value.elementType.isFloatingPoint || !realOnly {
            let path = join(base, leaf.path)
            let name = names.name(of: path)
            parts[path] = Part(
                shapes: [name: leaf.value.shape], arrays: [name: leaf.value], tiedPlaces: tiedPlaces, module: nil)
            paths.append(path)
        }
    }

    private func part(_ module: some PortableModule, at path: String, in tiedPlaces: [TiedPlace]) -> Part {
        let prefix = names.prefix(of: path)
        if let knownShapes {
            let shapes = knownShapes.shapes(of: module, at: path).map { (prefix + $0.key, $0.value) }
            return Part(
                shapes: Dictionary(uniqueKeysWithValues: shapes), arrays: [:], tiedPlaces: tiedPlaces, module: module)
        }
        let arrays = module.values(for: names.layout, prefix: prefix)
        return Part(shapes: arrays.mapValues(\.shape), arrays: arrays, tiedPlaces: tiedPlaces, module: module)
    }

    /// What stands at a path, if the framework has it as a whole.
    private func part(_ value: any Encodable, at path: String) -> (any PortableModule)? {
        guard !names.reachInto(path), let part = value as? any PortableModule else { return nil }
        return part.counterpartMissing(in: names.layout) == nil ? part : nil
    }

    /// Notes a place of a tied part, unless another one has its name: those are one there.
    private mutating func isNew(_ place: TiedPlace) -> Bool {
        guard let index = ties.firstIndex(where: { $0.tie == place.tie }) else {
            ties.append((place.tie, [place]))
            return true
        }
        let name = names.prefix(of: place.path)
        if ties[index].places.contains(where: { names.prefix(of: $0.path) == name }) { return false }
        ties[index].places.append(place)
        return true
    }

    // MARK: Tied parts

    /// The parts as the framework writes them: PyTorch's state dictionaries have what is tied at each of its places,
    /// others at the first one.
    var asWritten: ModelParts { names.layout == .pyTorch ? self : keepingPlaces { _ in false } }

    /// The parts without those places of what is tied of which nothing is there; the first one stays if nothing is at
    /// any.
    private func keepingPlaces(where isThere: (Part) -> Bool) -> ModelParts {
        var result = self
        // An outer part is met before what is tied inside of it, which therefore has a place among those that were
        // kept.
        for (index, places) in ties.map(\.places).enumerated() {
            func parts(in place: TiedPlace) -> [Part] { result.parts.values.filter { $0.tiedPlaces.contains(place) } }
            let possible = places.filter { !parts(in: $0).isEmpty }
            let there = possible.filter { parts(in: $0).contains(where: isThere) }
            let kept = there.isEmpty ? Array(possible.prefix(1)) : there
            let dropped = Set(places).subtracting(kept)
            result.ties[index].places = kept
            result.parts = result.parts.filter { dropped.isDisjoint(with: $0.value.tiedPlaces) }
        }
        return result
    }

    // MARK: Arrays

    /// All arrays by their names there. Traps if two have the same.
    var arrays: [String: Value] {
        checkNames()
        return Dictionary(uniqueKeysWithValues: parts.values.flatMap(\.arrays))
    }

    /// The first name that two arrays have.
    var ambiguousName: String? {
        var names: Set<String> = []
        return parts.values.flatMap(\.shapes.keys).filter { !names.insert($0).inserted }.min()
    }

    private func checkNames() {
        if let name = ambiguousName { trap("weights", "two arrays are called \(name)") }
    }

    /// The parts beside arrays of a file.
    struct Match {
        /// Of what is tied, those places of which something is there.
        var parts: ModelParts
        /// The shapes of what is there, by the names here.
        let found: [String: [Int]]
        /// The shapes of what the parts have.
        let expected: [String: [Int]]
    }

    /// The parts that arrays of these shapes may be for. What is tied may be there at any of its places.
    ///
    /// - Parameter aliases: names of arrays, each with the name that has the same one. It counts for an array that is
    ///   needed and not there, if the other one is, and has its shape. What other programs map to each other does no
    ///   harm, and what is mapped on from there is not followed.
    func match(_ shapes: [String: [Int]], aliases: [String: String]) -> Match {
        var shared: [String: String] = [:]
        for (name, shape) in parts.values.flatMap(\.shapes) where shapes[name] == nil {
            if let other = aliases[name], shapes[other] == shape { shared[name] = other }
        }
        var result = keepingPlaces { $0.shapes.keys.contains { shapes[$0] != nil || shared[$0] != nil } }
        let expected = Dictionary(result.parts.values.flatMap(\.shapes), uniquingKeysWith: { first, _ in first })
        result.sharedNames = shared.filter { expected[$0.key] != nil }
        var found = shapes
        // What is there under another name is not there under its own, unless that is needed as well.
        for other in result.sharedNames.values where expected[other] == nil { found[other] = nil }
        for (name, other) in result.sharedNames { found[name] = shapes[other] }
        return Match(parts: result, found: found, expected: expected)
    }

    /// The parts that arrays of these shapes are for.
    func fitting(
        _ shapes: [String: [Int]], aliases: [String: String] = [:]
    ) throws(WeightConversionError) -> ModelParts {
        let match = match(shapes, aliases: aliases)
        match.parts.checkNames()
        do throws(WeightConversionError) {
            try WeightConversionError.check(
                match.found, areThoseOf: match.expected, names.layout, prefix: names.prefix)
        } catch {
            let missing = foreign.filter { error.isMissingArray(of: names.prefix(of: $0.path)) }
            throw error.adding(missing.map { .withoutCounterpart($0.path, kind: $0.kind) })
        }
        return match.parts
    }

    /// The names of arrays that are one in the file and several in the model, those of each one together.
    var copies: [[String]] {
        let aliases = Dictionary(grouping: sharedNames.keys) { sharedNames[$0]! }
        if aliases.isEmpty { return [] }
        var owners: [String: String] = [:]
        for (path, part) in parts {
            // Tied places have the same arrays in the same order.
            for (index, name) in part.shapes.keys.sorted().enumerated() {
                owners[name] = "\(index) \(firstPlace(of: path))"
            }
        }
        return aliases.map { other, names in
            let all = (names + [other]).sorted().filter { owners[$0] != nil }
            return Dictionary(all.map { (owners[$0]!, $0) }, uniquingKeysWith: { first, _ in first }).values.sorted()
        }.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }

    /// Where a part is read from, if it is tied.
    private func firstPlace(of path: String) -> String {
        for places in ties.map(\.places) {
            for other in places.dropFirst() where path == other.path || isInside(path, other.path) {
                return firstPlace(of: places[0].path + path.dropFirst(other.path.count))
            }
        }
        return path
    }

    /// The name under which a file has the array of a name.
    func nameInFile(of name: String) -> String { sharedNames[name] ?? name }

    // MARK: What could be called otherwise, where only shapes are asked for

    /// The shapes of the arrays at each path that has some, by their names there.
    var shapesByPath: [String: [String: [Int]]] { parts.mapValues(\.shapes) }

    /// What stands in front of the names of all that is at a path, without the separator behind it.
    func stem(of path: String) -> String { names.stem(of: path) }

    /// What stands between the components of names.
    var separator: String { names.separator }

    /// What a path is called among names that are given.
    func key(of path: String) -> String { names.key(of: path) }

    /// The parts inside of the part at a path that the framework has as well, by their paths: the shapes of their
    /// arrays, by the names that those have in them.
    func pieces(of path: String) -> [String: [String: [Int]]] {
        parts[path]?.module.map { pieces(of: $0, at: path) } ?? [:]
    }

    private func pieces(of module: some PortableModule, at base: String) -> [String: [String: [Int]]] {
        var pieces: [String: [String: [Int]]] = [:]
        _ = ModuleTree(of: module) { value, inner in
            if !inner.isEmpty, let part = value as? any PortableModule,
                part.counterpartMissing(in: names.layout) == nil
            {
                let path = join(base, inner)
                pieces[path] = knownShapes?.shapes(of: part, at: path)
            }
            return nil
        }
        return pieces
    }

    // MARK: Loading

    /// The model whose parts these are with the numbers of arrays, all of which are there.
    func loading<Model: Module>(
        _ arrays: [String: Value], into model: Model
    ) throws(WeightConversionError) -> Model {
        let problems = problemsOfTies(arrays)
        if !problems.isEmpty { throw WeightConversionError(layout: names.layout, problems: problems) }
        var tied: [UInt64: any TiedModule] = [:]
        return try loading(arrays, into: model, at: "", &tied)
    }

    /// What is tied has one number where a file may have several: those of the places that are there, which must be
    /// equal. Numbers that are not known yet, inside of a derivative, are those of the first place.
    private func problemsOfTies(_ arrays: [String: Value]) -> [WeightConversionError.Problem] {
        var problems: [WeightConversionError.Problem] = []
        for places in ties.map(\.places) where places.count > 1 {
            for (path, part) in parts where isInside(path, places[0].path) || path == places[0].path {
                for other in places.dropFirst() {
                    // Of something tied in it, too, not all places need be there.
                    guard let twin = parts[other.path + path.dropFirst(places[0].path.count)] else { continue }
                    for (name, second) in zip(part.shapes.keys.sorted(), twin.shapes.keys.sorted())
                    where !arrays[name]!.isEqualIfKnown(to: arrays[second]!) {
                        problems.append(.unequal(name, second))
                    }
                }
            }
        }
        return problems.sorted { "\($0)" < "\($1)" }
    }

    fileprivate func loading<Model: Module>(
        _ arrays: [String: Value], into model: Model, at base: String, _ tied: inout [UInt64: any TiedModule]
    ) throws(WeightConversionError) -> Model {
        var tree = try ModuleTree(of: model) { value, inner throws(WeightConversionError) in
            let path = join(base, inner)
            if let part = value as? any TiedModule {
                if let first = tied[part.tie] { return first }
                let place = ties.first { $0.tie == part.tie }!.places.first
                let loaded = try part.loading(arrays, of: self, at: place?.path ?? path, &tied)
                tied[part.tie] = loaded
                return loaded
            }
            guard let part = part(value, at: path), let own = parts[path]?.shapes.keys else { return nil }
            return try part.loading(arrays, named: own, from: names.layout, prefix: names.prefix(of: path))
        }
        for index in tree.leaves.indices {
            let leaf = tree.leaves[index]
            guard let name = parts[join(base, leaf.path)]?.shapes.keys.first else { continue }
            tree.leaves[index].value = arrays[name]!.converted(to: leaf.value.elementType)
        }
        return tree.module()
    }
}

/// The shapes of the arrays that parts of one model have in a layout, by their names without what stands in front of
/// them. They are found by converting the parameters, so a search that names parts in many ways keeps them.
final class PartShapes {
    private let layout: WeightLayout
    private var byPath: [String: [String: [Int]]] = [:]

    init(_ layout: WeightLayout) { self.layout = layout }

    func shapes(of part: some PortableModule, at path: String) -> [String: [Int]] {
        if let known = byPath[path] { return known }
        let shapes = part.values(for: layout, prefix: "").mapValues(\.shape)
        byPath[path] = shapes
        return shapes
    }
}

extension Value {
    fileprivate func isEqualIfKnown(to other: Value) -> Bool {
        if resolved.tape != nil || other.resolved.tape != nil { return true }
        return StoredArray(readable(in: "load")) == StoredArray(other.readable(in: "load"))
    }
}

/// Whether a path is that of something inside of what stands at another one.
private func isInside(_ path: String, _ outer: String) -> Bool { outer.isEmpty || path.hasPrefix("\(outer).") }

private func join(_ base: String, _ inner: String) -> String {
    base.isEmpty || inner.isEmpty ? base + inner : "\(base).\(inner)"
}

extension TiedModule {
    fileprivate func loading(
        _ arrays: [String: Value], of parts: ModelParts, at path: String, _ tied: inout [UInt64: any TiedModule]
    ) throws(WeightConversionError) -> Self {
        var part = self
        part.wrapped = try parts.loading(arrays, into: wrapped, at: path, &tied)
        return part
    }
}

extension PortableModule {
    fileprivate func values(for layout: WeightLayout, prefix: String) -> [String: Value] {
        arrays(for: layout, prefix: prefix).mapValues(\.value)
    }

    /// The part with those of the arrays that it needs.
    fileprivate func loading(
        _ arrays: [String: Value], named own: some Collection<String>, from layout: WeightLayout, prefix: String
    ) throws(WeightConversionError) -> Self {
        let own = own.map { name in (name, Tensor<Scalar>(arrays[name]!.converted(to: Scalar.elementType))) }
        var part = self
        try part.load(Dictionary(uniqueKeysWithValues: own), from: layout, prefix: prefix)
        return part
    }
}
