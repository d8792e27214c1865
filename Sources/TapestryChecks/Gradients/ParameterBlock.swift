import TapestryAutograd

/// One block of one parameter: what gets a line in the report.
struct ParameterBlock {
    /// The index of the parameter among the leaves of the module.
    let leaf: Int
    let parameter: String
    let part: String?
    /// The elements of the block in the parameter, in row-major order.
    let elements: [Int]
    /// The shape of the block.
    let shape: [Int]

    /// The number of blocks of all parameters of a module.
    static func count(in module: some Module) -> Int {
        let leaves = ModuleTree(of: module).leaves
        return leaves.indices.filter { leaves[$0].isParameter }.reduce(0) { $0 + blocks(of: leaves[$1], at: $1).count }
    }

    /// The named blocks of a parameter, or all of it as one.
    static func blocks(of leaf: ModuleTree.Leaf, at index: Int) -> [ParameterBlock] {
        let shape = leaf.value.shape
        let names = leaf.blocks?.blockNames ?? []
        guard let width = shape.last, !names.isEmpty, width % names.count == 0 else {
            return [
                ParameterBlock(
                    leaf: index, parameter: leaf.path, part: nil, elements: Array(0..<leaf.value.count), shape: shape)
            ]
        }
        let units = width / names.count
        return names.enumerated().map { number, name in
            ParameterBlock(
                leaf: index, parameter: leaf.path, part: name,
                elements: (0..<leaf.value.count).filter { $0 % width / units == number },
                shape: shape.dropLast() + [units])
        }
    }

    /// The numbers of the elements to check, in order.
    func sample(_ selection: CheckedElements, using source: RandomSource) -> [Int] {
        switch selection {
        case .atMost(let count) where count < elements.count:
            source.permutation(elements.count).prefix(count).sorted()
        case .all, .atMost, .projections:
            Array(elements.indices)
        }
    }
}
