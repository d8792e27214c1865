import TapestryAutograd

extension Module {
    /// Modules of one structure as one, their tensors stacked along a new first axis.
    static func stacked(_ modules: [Self]) -> Self {
        let trees = modules.map { ModuleTree(of: $0) }
        var result = trees[0]
        for index in result.leaves.indices {
            result.leaves[index].value = Value.stacked(trees.map { $0.leaves[index].value })
        }
        return result.module()
    }

    /// Traps unless both have the same tensors, each in the shape of its counterpart. Modules of one type may yet differ
    /// in the number of their tensors, by optionals, arrays and enums.
    func checkShapes(like other: Self, _ name: String) {
        let (leaves, expectedLeaves) = (ModuleTree(of: self).leaves, ModuleTree(of: other).leaves)
        let (paths, expectedPaths) = (leaves.map(\.path), expectedLeaves.map(\.path))
        if paths != expectedPaths {
            trap(
                name,
                "its \(paths.count) tensors are \(paths), and the cell needs the \(expectedPaths.count) "
                    + "\(expectedPaths)")
        }
        for (leaf, expected) in zip(leaves, expectedLeaves) where leaf.value.shape != expected.value.shape {
            trap(
                name, "\(leaf.nameInMessages) has shape \(leaf.value.shape), and the cell needs \(expected.value.shape)"
            )
        }
    }

    /// The inverse of `stacked`; traps unless every tensor has `count` positions on its first axis.
    func unstacked(count: Int, _ name: String) -> [Self] {
        let tree = ModuleTree(of: self)
        return (0..<count).map { position in
            var part = tree
            for index in part.leaves.indices {
                let value = tree.leaves[index].value
                if value.rank == 0 || value.shape[0] != count {
                    trap(
                        name,
                        "\(tree.leaves[index].nameInMessages) has shape \(value.shape); "
                            + "its first axis must be the \(count) layers")
                }
                part.leaves[index].value = value.selected(axis: 0, at: position)
            }
            return part.module()
        }
    }
}

extension ModuleTree.Leaf {
    /// The path, which is empty where the module is itself a tensor.
    fileprivate var nameInMessages: String { path.isEmpty ? "the tensor" : path }
}
