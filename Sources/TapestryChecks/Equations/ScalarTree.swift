import TapestryAutograd

/// The floating-point tensors of a module by path, in double precision.
struct ScalarTree {
    struct Entry {
        let path: String
        let tensor: Tensor<Double>
        let blockNames: [String]
    }

    let entries: [Entry]
    /// What the tensors belong to, for messages.
    let owner: String

    init<Source: Module>(of module: Source, owner: String) {
        self.owner = owner
        entries = ModuleTree(of: module).leaves.filter(\.isParameter).map { leaf in
            Entry(
                path: leaf.path, tensor: Tensor(leaf.value.withoutTapes.converted(to: .float64)),
                blockNames: leaf.blocks?.blockNames ?? [])
        }
    }

    init(entries: [Entry], owner: String) {
        self.entries = entries
        self.owner = owner
    }

    /// One row of every tensor's first axis.
    func row(_ row: Int) -> ScalarTree {
        let rows = entries.map { Entry(path: $0.path, tensor: $0.tensor[row], blockNames: $0.blockNames) }
        return ScalarTree(entries: rows, owner: owner)
    }

    /// One tensor, or one block of it.
    func tensor(_ path: String, gate: String?, _ operation: String) -> Tensor<Double> {
        guard let entry = entries.first(where: { $0.path == path }) else {
            trap(operation, "there is no \(quoted(path)) in \(owner), which has \(list(entries.map(\.path)))")
        }
        guard let gate else { return entry.tensor }
        guard let number = entry.blockNames.firstIndex(of: gate) else {
            trap(operation, "\(quoted(path)) has no gate \(quoted(gate)); its gates are \(list(entry.blockNames))")
        }
        let units = entry.tensor.shape.last! / entry.blockNames.count
        return entry.tensor.slice(axis: -1, number * units..<(number + 1) * units)
    }

    private func quoted(_ name: String) -> String { "\"\(name)\"" }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.map(quoted).joined(separator: ", ")
    }
}
