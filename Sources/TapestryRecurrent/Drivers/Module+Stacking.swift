import TapestryArrays
import TapestryAutograd

// Layers and steps are trees of tensors of one structure, stacked along an axis of every tensor.

extension Module {
    /// Modules of one structure as one, their tensors stacked along a new axis.
    package static func stacked(_ modules: [Self], axis: Int = 0) -> Self {
        let trees = modules.map { ModuleTree(of: $0) }
        var result = trees[0]
        for index in result.leaves.indices {
            result.leaves[index].value = Value.stacked(trees.map { $0.leaves[index].value }, axis: axis)
        }
        return result.module()
    }

    /// Modules of one structure as one, their tensors one after the other along the first axis.
    static func concatenated(_ modules: [Self]) -> Self {
        if modules.count == 1 { return modules[0] }
        let trees = modules.map { ModuleTree(of: $0) }
        var result = trees[0]
        for index in result.leaves.indices {
            result.leaves[index].value = Value.concatenated(trees.map { $0.leaves[index].value }, axis: 0)
        }
        return result.module()
    }

    /// Some rows of every tensor's first axis.
    func rows(_ range: Range<Int>) -> Self {
        mapTensors { $0.sliced(AxisSlice(axis: 0, start: range.lowerBound, count: range.count)) }
    }

    /// The inverse of `stacked`, for as many modules as the axis of the first tensor has positions. Every tensor must
    /// have so many.
    package func unstacked(axis: Int = 0) -> [Self] {
        let tree = ModuleTree(of: self)
        return (0..<(tree.leaves.first?.value.shape[axis] ?? 0)).map { position in
            var part = tree
            for index in part.leaves.indices {
                part.leaves[index].value = tree.leaves[index].value.selected(axis: axis, at: position)
            }
            return part.module()
        }
    }

    /// The inverse of `stacked`; traps unless every tensor has `count` positions on its first axis.
    func unstacked(count: Int, _ name: String) -> [Self] {
        for leaf in ModuleTree(of: self).leaves where leaf.value.rank == 0 || leaf.value.shape[0] != count {
            trap(
                name, "\(leaf.nameInMessages) has shape \(leaf.value.shape); its first axis must be the \(count) layers"
            )
        }
        return unstacked()
    }

    /// Traps unless both have the same tensors, each in the shape of its counterpart. Modules of one type may yet
    /// differ in the number of their tensors, by optionals, arrays and enums.
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

    /// Applies `transform` to each tensor, those that are no parameters included.
    package func mapTensors(_ transform: (Value) -> Value) -> Self {
        var tree = ModuleTree(of: self)
        for index in tree.leaves.indices { tree.leaves[index].value = transform(tree.leaves[index].value) }
        return tree.module()
    }
}

extension ModuleTree.Leaf {
    /// The path, which is empty where the module is itself a tensor.
    var nameInMessages: String { path.isEmpty ? "the tensor" : path }
}
