import TapestryAutograd

extension Module {
    /// Takes the parameters of a whole model of another framework, by their names: of each part that others have (see
    /// `WeightLayout`) in that framework's form, and every other tensor of real numbers as it is.
    ///
    /// The names are the paths of the properties, as PyTorch makes them of attributes, and Keras and Flax of the layers'
    /// names: a property `encoder` that is an `LSTM` takes `encoder.weight_ih_l0` and so on. The layers of a `Sequential` and
    /// of an array are numbered as in PyTorch and in Flax, `head.0.weight` and `head/layers_0/kernel`. A part that has another
    /// name there is given it by `names`:
    ///
    /// ```swift
    /// try tagger.load(arrays, from: .pyTorch, names: ["output": "fc", "encoder.lstm": "rnn"])
    /// ```
    ///
    /// The model stays as it is if an array is missing, not expected, or of another shape. Arrays that are tracked stay so.
    /// Of a tied part, the arrays of its first place count.
    ///
    /// - Parameters:
    ///   - arrays: by their names. Those whose names don't begin with `prefix` are left alone.
    ///   - layout: whose arrays they are. Traps if that framework lacks a part: ONNX has names for recurrent layers only.
    ///   - prefix: what stands in front of all names, its last dot or slash included.
    ///   - names: what parts are called there, by their paths here; what is inside of them keeps its own names.
    @_disfavoredOverload
    public mutating func load<Scalar: DifferentiableScalar>(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String = "",
        names: [String: String] = [:]
    ) throws(WeightConversionError) {
        try load(arrays.mapValues(\.value), from: WeightNames(layout, prefix: prefix, names))
    }

    /// The parameters of a whole model as another framework has them; the inverse of `load(_:from:prefix:names:)`. Traps if
    /// that framework lacks a part, or if two parameters get the same name.
    ///
    /// - Parameter type: the scalar type of the arrays.
    @_disfavoredOverload
    public func arrays<Scalar: DifferentiableScalar>(
        for layout: WeightLayout, as type: Scalar.Type = Scalar.self, prefix: String = "", names: [String: String] = [:]
    ) -> [String: Tensor<Scalar>] {
        arrays(for: WeightNames(layout, prefix: prefix, names)).mapValues { value in
            Tensor(value.converted(to: Scalar.elementType))
        }
    }

    /// The same for arrays of any types.
    mutating func load(_ arrays: [String: Value], from names: WeightNames) throws(WeightConversionError) {
        let parts = ModelParts(of: self)
        let expected = parts.arrays(named: names).mapValues(\.shape)
        try WeightConversionError.check(
            arrays.mapValues(\.shape), areThoseOf: expected, names.layout, prefix: names.prefix)
        self = try parts.loading(arrays, named: names, into: self)
    }

    /// The same for arrays of the parameters' own types.
    func arrays(for names: WeightNames) -> [String: Value] { ModelParts(of: self).arrays(named: names) }
}

/// The parts of a model that other frameworks have, and the real tensors outside of them.
private struct ModelParts {
    private let parts: [(path: String, module: any PortableModule)]
    private let others: [ModuleTree.Leaf]
    /// The paths of what has its layers under a name that PyTorch leaves out.
    private let lists: Set<String>

    init(of model: some Module) {
        var parts: [(path: String, module: any PortableModule)] = []
        var lists: Set<String> = []
        let outside = ModuleTree(of: model) { value, path in
            if value is any LayerList { lists.insert(path) }
            guard let part = value as? any PortableModule else { return nil }
            parts.append((path, part))
            return EmptyModule()
        }
        others = outside.leaves.filter(\.value.elementType.isFloatingPoint)
        self.parts = parts
        self.lists = lists
    }

    /// All arrays by their names there. Traps if two have the same.
    func arrays(named names: WeightNames) -> [String: Value] {
        var arrays: [String: Value] = [:]
        func add(_ name: String, _ value: Value) {
            if arrays.updateValue(value, forKey: name) != nil { trap("weights", "two arrays are called \(name)") }
        }
        for (path, module) in parts {
            for (name, value) in module.values(for: names.layout, prefix: names.prefix(of: path, lists)) {
                add(name, value)
            }
        }
        for leaf in others { add(names.name(of: leaf.path, lists), leaf.value) }
        return arrays
    }

    /// The model whose parts these are with the numbers of arrays, all of which are there.
    func loading<Model: Module>(
        _ arrays: [String: Value], named names: WeightNames, into model: Model
    ) throws(WeightConversionError) -> Model {
        var tied: [UInt64: any PortableModule] = [:]
        var tree = try ModuleTree(of: model) { value, path throws(WeightConversionError) in
            guard let part = value as? any PortableModule else { return nil }
            let tie = (value as? any TiedModule)?.tie
            if let tie, let first = tied[tie] { return first }
            let loaded = try part.loading(arrays, from: names.layout, prefix: names.prefix(of: path, lists))
            if let tie { tied[tie] = loaded }
            return loaded
        }
        let paths = Set(others.map(\.path))
        for index in tree.leaves.indices where paths.contains(tree.leaves[index].path) {
            let leaf = tree.leaves[index]
            let array = arrays[names.name(of: leaf.path, lists)]!
            tree.leaves[index].value = array.converted(to: leaf.value.elementType)
        }
        return tree.module()
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
