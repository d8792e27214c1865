import TapestryAutograd

/// How the paths of a model become the names of another framework.
struct WeightNames {
    let layout: WeightLayout
    let prefix: String
    private let names: [String: String]
    /// The paths of what has its layers under a name that PyTorch leaves out.
    private var lists: Set<String> = []
    /// What is called otherwise inside of a part: the part's path, and the name in it, by its path.
    private var renamed: [String: (part: String, name: String)] = [:]
    /// The paths of dictionaries, with whose names Flax joins the keys.
    private var dictionaries: Set<String> = []

    /// - Parameter names: what parts are called there, by their paths here.
    init(_ layout: WeightLayout, prefix: String, _ names: [String: String]) {
        self.layout = layout
        self.prefix = prefix
        self.names = names
    }

    /// Traps if a name is given to what the model does not have.
    ///
    /// - Parameter paths: those of all parts, and of the tensors outside of them.
    func check(paths: [String]) {
        guard let unused = unknownName(paths: paths) else { return }
        let counted = paths.map(counted)
        func property(_ path: String) -> Substring { path.prefix { $0 != "." } }
        let near = counted.filter { property($0) == property(unused) }
        let own = Set(near.isEmpty ? counted.map { String(property($0)) } : near).sorted().joined(separator: ", ")
        let reason =
            own.isEmpty
            ? "and the model is one part without a name: `prefix` is what stands in front of its arrays"
            : "which is no part of a model with \(own); the model's own name comes first, `[\"here\": \"there\"]`"
        trap("weights", "names has \(unused.debugDescription), \(reason)")
    }

    /// The first of what has got a name and is none of these paths.
    func unknownName(paths: [String]) -> String? {
        let all = paths + paths.map(counted)
        return names.keys.sorted().first { named in !all.contains { $0 == named || $0.hasPrefix("\(named).") } }
    }

    /// Notes what stands at a path, if the names of what is inside depend on it.
    mutating func note(_ value: any Encodable, at path: String) {
        if value is any LayerList { lists.insert(path) }
        if value is any DictionaryPart { dictionaries.insert(path) }
        if let part = value as? any PortableByParts {
            for (inner, name) in type(of: part).partNames(in: layout) {
                renamed[path.isEmpty ? inner : "\(path).\(inner)"] = (path, name)
            }
        }
    }

    /// Whether a name is given to something inside of what stands at a path, which then is no part as a whole.
    func reachInto(_ path: String) -> Bool {
        let counted = counted(path)
        return !path.isEmpty && names.keys.contains { $0.hasPrefix("\(path).") || $0.hasPrefix("\(counted).") }
    }

    /// A path without the names of lists, as PyTorch counts: `head.0` for `head.layers.0`.
    func counted(_ path: String) -> String {
        var (result, here) = ("", "")
        for component in path.split(separator: ".") {
            if !lists.contains(here) { result += (result.isEmpty ? "" : ".") + component }
            here += (here.isEmpty ? "" : ".") + component
        }
        return result
    }

    /// What a path is called as one that gets a name: as PyTorch counts, but for a list's own name, which it leaves out.
    func key(of path: String) -> String { isLeftOut(path) ? path : counted(path) }

    private func isLeftOut(_ path: String) -> Bool {
        lists.contains(path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "")
    }

    /// What stands between the parts of a name.
    var separator: String { layout == .pyTorch ? "." : "/" }

    /// The name of what stands at a path. What is above has been noted. A model that is a single tensor has its name in
    /// our own files.
    func name(of path: String) -> String { prefix + (path.isEmpty ? "tensor" : ownName(of: path)) }

    /// What the names of all that is at a path begin with.
    func stem(of path: String) -> String { prefix + ownName(of: path) }

    /// What stands in front of the names of the arrays of a part.
    func prefix(of path: String) -> String {
        let name = ownName(of: path)
        return prefix + (name.isEmpty ? "" : name + separator)
    }

    private func ownName(of path: String) -> String {
        var name = ""
        var here = ""
        var above = ["": ""]
        func inside(_ outer: String, _ inner: some StringProtocol) -> String {
            outer + (outer.isEmpty ? "" : separator) + inner
        }
        for component in path.split(separator: ".") {
            let parent = here
            here += (here.isEmpty ? "" : ".") + component
            if let given = names[here] ?? names[key(of: here)] {
                name = given
            } else if let (part, own) = renamed[here] {
                name = inside(above[part]!, own)
            } else if layout == .flax, !name.isEmpty,
                component.allSatisfy(\.isNumber) || dictionaries.contains(parent)
            {
                // Flax makes one name of a list and a position in it, or of a dictionary and a key.
                name += "_\(component)"
            } else if layout != .pyTorch || !lists.contains(parent) {
                name = inside(name, component)
            }
            above[here] = name
        }
        return name
    }
}
