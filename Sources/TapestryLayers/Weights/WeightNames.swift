import TapestryAutograd

/// How the paths of a model become the names of another framework.
struct WeightNames {
    let layout: WeightLayout
    let prefix: String
    private let names: [String: String]

    /// - Parameter names: what parts are called there, by their paths here.
    init(_ layout: WeightLayout, prefix: String, _ names: [String: String]) {
        self.layout = layout
        self.prefix = prefix
        self.names = names
    }

    /// Traps if a name is given to what the model does not have.
    ///
    /// - Parameters:
    ///   - paths: those of all parts, and of the tensors outside of them.
    ///   - counted: the same without the names of lists.
    func check(paths: [String], counted: [String]) {
        let unused = names.keys.sorted().first { named in
            !(paths + counted).contains { $0 == named || $0.hasPrefix("\(named).") }
        }
        guard let unused else { return }
        func property(_ path: String) -> Substring { path.prefix { $0 != "." } }
        let near = counted.filter { property($0) == property(unused) }
        let own = Set(near.isEmpty ? counted.map { String(property($0)) } : near).sorted().joined(separator: ", ")
        let model = own.isEmpty ? "what is itself one part" : "a model with \(own)"
        trap("weights", "names has \(unused.debugDescription), which is no part of \(model)")
    }

    /// Whether a name is given to something inside of what stands at a path, which then is no part as a whole.
    func reachInto(_ path: String) -> Bool {
        !path.isEmpty && names.keys.contains { $0.hasPrefix("\(path).") }
    }

    /// A path without the names of lists, as PyTorch counts: `head.0` for `head.layers.0`.
    func counted(_ path: String, _ lists: Set<String>) -> String {
        var (result, here) = ("", "")
        for component in path.split(separator: ".") {
            if !lists.contains(here) { result += (result.isEmpty ? "" : ".") + component }
            here += (here.isEmpty ? "" : ".") + component
        }
        return result
    }

    private var separator: String { layout == .pyTorch ? "." : "/" }

    /// The name of what stands at a path.
    ///
    /// - Parameter lists: the paths of what PyTorch counts directly and we under a name.
    func name(of path: String, _ lists: Set<String>) -> String { prefix + ownName(of: path, lists) }

    /// What stands in front of the names of the arrays of a part.
    func prefix(of path: String, _ lists: Set<String>) -> String {
        let name = ownName(of: path, lists)
        return prefix + (name.isEmpty ? "" : name + separator)
    }

    private func ownName(of path: String, _ lists: Set<String>) -> String {
        var name = ""
        var here = ""
        for component in path.split(separator: ".") {
            let parent = here
            here += (here.isEmpty ? "" : ".") + component
            if let given = names[here] ?? names[counted(here, lists)] {
                name = given
            } else if layout == .pyTorch, lists.contains(parent) {
                continue
            } else if layout == .flax, !name.isEmpty, component.allSatisfy(\.isNumber) {
                // Flax makes one name of a list and a position in it.
                name += "_\(component)"
            } else {
                name += (name.isEmpty ? "" : separator) + component
            }
        }
        return name
    }
}
