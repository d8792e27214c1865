import TapestryAutograd

/// The parts of a model that other frameworks have, and the tensors outside of them, with the names of a framework.
struct ModelParts {
    private var names: WeightNames
    private let realOnly: Bool
    private var parts: [(path: String, module: any PortableModule)] = []
    private var others: [Place: Value] = [:]
    /// What the places of each tied part are called there.
    private var tiedNames: [UInt64: Set<String>] = [:]

    /// Where a tensor is: the path of what is walked over, the model or something tied in it, and that of the tensor inside.
    private struct Place: Hashable {
        let base, inner: String
        var path: String { join(base, inner) }
    }

    /// Traps if there is no part that a name is given to.
    ///
    /// - Parameter realOnly: whether tensors of whole numbers and truth values are left out.
    init(of model: some Module, _ names: WeightNames, realOnly: Bool) {
        self.names = names
        self.realOnly = realOnly
        var paths: [String] = []
        add(model, at: "", &paths)
        self.names.check(paths: paths)
    }

    /// Adds the parts of the model, or of what is tied in it, and their paths.
    private mutating func add(_ module: some Module, at base: String, _ paths: inout [String]) {
        let outside = ModuleTree(of: module) { value, inner in
            let path = join(base, inner)
            names.note(value, at: path)
            if let tied = value as? any TiedModule {
                // Places of one name are one there.
                let isNew = tiedNames[tied.tie, default: []].insert(names.prefix(of: path)).inserted
                if isNew { add(tied.wrapped, at: path, &paths) }
            } else if let part = value as? any PortableModule, !names.reachInto(path) {
                parts.append((path, part))
            } else {
                return nil
            }
            paths.append(path)
            return EmptyModule()
        }
        for leaf in outside.leaves where leaf.value.elementType.isFloatingPoint || !realOnly {
            let place = Place(base: base, inner: leaf.path)
            others[place] = leaf.value
            paths.append(place.path)
        }
    }

    /// All arrays by their names there. Traps if two have the same.
    var arrays: [String: Value] {
        var arrays: [String: Value] = [:]
        func add(_ name: String, _ value: Value) {
            if arrays.updateValue(value, forKey: name) != nil { trap("weights", "two arrays are called \(name)") }
        }
        for (path, module) in parts {
            for (name, value) in module.values(for: names.layout, prefix: names.prefix(of: path)) {
                add(name, value)
            }
        }
        for (place, value) in others { add(names.name(of: place.path), value) }
        return arrays
    }

    /// All arrays by their names there, if those that are there fit them.
    func arrays(fitting shapes: [String: [Int]]) throws(WeightConversionError) -> [String: Value] {
        let arrays = arrays
        try WeightConversionError.check(
            shapes, areThoseOf: arrays.mapValues(\.shape), names.layout, prefix: names.prefix)
        return arrays
    }

    /// The model whose parts these are with the numbers of arrays, all of which are there.
    func loading<Model: Module>(
        _ arrays: [String: Value], into model: Model
    ) throws(WeightConversionError) -> Model {
        var tied: [UInt64: any TiedModule] = [:]
        return try loading(arrays, into: model, at: "", &tied)
    }

    fileprivate func loading<Model: Module>(
        _ arrays: [String: Value], into model: Model, at base: String, _ tied: inout [UInt64: any TiedModule]
    ) throws(WeightConversionError) -> Model {
        var tree = try ModuleTree(of: model) { value, inner throws(WeightConversionError) in
            let path = join(base, inner)
            if let part = value as? any TiedModule {
                if let first = tied[part.tie] { return first }
                let loaded = try part.loading(arrays, of: self, at: path, &tied)
                tied[part.tie] = loaded
                return loaded
            }
            let part = names.reachInto(path) ? nil : value as? any PortableModule
            return try part?.loading(arrays, from: names.layout, prefix: names.prefix(of: path))
        }
        for index in tree.leaves.indices {
            let leaf = tree.leaves[index]
            let place = Place(base: base, inner: leaf.path)
            if others[place] == nil { continue }
            let array = arrays[names.name(of: place.path)]!
            tree.leaves[index].value = array.converted(to: leaf.value.elementType)
        }
        return tree.module()
    }
}

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
        _ arrays: [String: Value], from layout: WeightLayout, prefix: String
    ) throws(WeightConversionError) -> Self {
        let own = self.arrays(for: layout, prefix: prefix).keys.map { name in
            (name, Tensor<Scalar>(arrays[name]!.converted(to: Scalar.elementType)))
        }
        var part = self
        try part.load(Dictionary(uniqueKeysWithValues: own), from: layout, prefix: prefix)
        return part
    }
}
