import TapestryAutograd

/// The tensors of a module by path, in double precision.
struct ScalarTree {
    struct Entry {
        let path: String
        let tensor: Tensor<Double>
        let blockNames: [String]

        func with(_ tensor: Tensor<Double>) -> Entry { Entry(path: path, tensor: tensor, blockNames: blockNames) }

        /// Each gate's part of the last axis, or all if there are no gates.
        var blocks: [Tensor<Double>] {
            blockNames.isEmpty ? [tensor] : tensor.split(count: blockNames.count, axis: -1)
        }

        func with(blocks: [Tensor<Double>]) -> Entry {
            with(blocks.count == 1 ? blocks[0] : concatenate(blocks, axis: -1))
        }
    }

    /// A parameter, or one gate's part of one.
    struct Part: Hashable, CustomStringConvertible {
        let path: String
        let gate: String?

        /// What the parameter belongs to: `input` of `input.weights`. `nil` if that is the cell itself.
        var module: String? { path.lastIndex(of: ".").map { String(path[..<$0]) } }

        /// `input.weights [forget]`
        var description: String { gate.map { "\(path) [\($0)]" } ?? path }
    }

    let entries: [Entry]
    /// What the tensors belong to, for messages.
    let owner: String

    /// - Parameter numbersOnly: whether tensors of integers and Booleans (1 is true) are left out.
    init<Source: Module>(of module: Source, owner: String, numbersOnly: Bool = true) {
        self.owner = owner
        entries = ModuleTree(of: module).leaves.filter { !numbersOnly || $0.value.elementType.isFloatingPoint }.map {
            leaf in
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
        let rows = entries.map { $0.with($0.tensor[row]) }
        return ScalarTree(entries: rows, owner: owner)
    }

    /// One tensor, or one block of it.
    func tensor(_ path: String, gate: String?, _ operation: String) -> Tensor<Double> {
        guard let entry = entries.first(where: { $0.path == path }) else {
            let isOne = entries.map(\.path) == [""]
            let parts = isOne ? "is one tensor and has no parts" : "has \(list(entries.map(\.path)))"
            trap(operation, "there is no \(quoted(path)) in \(owner), which \(parts)")
        }
        guard let gate else { return entry.tensor }
        guard let number = entry.blockNames.firstIndex(of: gate) else {
            trap(operation, "\(quoted(path)) has no gate \(quoted(gate)); its gates are \(list(entry.blockNames))")
        }
        let units = entry.tensor.shape.last! / entry.blockNames.count
        return entry.tensor.slice(axis: -1, number * units..<(number + 1) * units)
    }

    /// Every parameter without gates, and each gate's part of the others.
    var parts: [Part] {
        entries.flatMap { entry in
            entry.blockNames.count > 1
                ? entry.blockNames.map { Part(path: entry.path, gate: $0) } : [Part(path: entry.path, gate: nil)]
        }
    }

    subscript(_ part: Part) -> Tensor<Double> { tensor(part.path, gate: part.gate, "checkEquations") }

    /// All elements of a tensor in row-major order.
    func scalars(_ path: String) -> [Double] { tensor(path, gate: nil, "checkEquations").scalars }

    /// The same tensors with other scalars, of the same paths and counts.
    func replacing(_ scalars: [String: [Double]]) -> ScalarTree {
        ScalarTree(
            entries: entries.map { entry in
                guard let scalars = scalars[entry.path] else { return entry }
                return entry.with(Tensor(shape: entry.tensor.shape, scalars: scalars))
            }, owner: owner)
    }

    /// The same tensors but for one, or for one gate's part of it.
    func replacing(_ part: Part, _ tensor: Tensor<Double>) -> ScalarTree {
        let changed = entries.map { entry in
            guard entry.path == part.path else { return entry }
            guard let gate = part.gate, let number = entry.blockNames.firstIndex(of: gate) else {
                return entry.with(tensor)
            }
            var blocks = entry.blocks
            blocks[number] = tensor
            return entry.with(blocks: blocks)
        }
        return ScalarTree(entries: changed, owner: owner)
    }

    /// The same tensors but for some, given by path.
    func replacing(_ tensors: [String: Tensor<Double>]) -> ScalarTree {
        ScalarTree(entries: entries.map { entry in tensors[entry.path].map(entry.with) ?? entry }, owner: owner)
    }

    private func quoted(_ name: String) -> String { "\"\(name)\"" }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.map(quoted).joined(separator: ", ")
    }
}
