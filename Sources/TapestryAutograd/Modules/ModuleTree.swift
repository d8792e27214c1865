import TapestryArrays

/// A module taken apart: its structure with the settings, and its tensors in a flat list, in the order of the
/// properties. The same structure with other tensors gives another module of the same type.
package struct ModuleTree {
    /// One tensor of the module.
    package struct Leaf {
        package let path: String
        package var value: Value
        /// The type that names the blocks of the last axis, if they have names.
        package let blocks: (any NamedBlocks.Type)?
        /// Whether derivatives are taken with respect to it: floating-point tensors.
        package var isParameter: Bool { value.elementType.isFloatingPoint }
    }

    /// The structure around the tensors.
    indirect enum Node {
        case leaf(Int)
        case keyed([(key: String, node: Node)])
        case unkeyed([Node])
        case setting(any Sendable & Codable)
        case null

        /// The positions of the leaves below, in order.
        func collectLeaves(into positions: inout [Int]) {
            switch self {
            case .leaf(let position): positions.append(position)
            case .keyed(let entries): for entry in entries { entry.node.collectLeaves(into: &positions) }
            case .unkeyed(let nodes): for node in nodes { node.collectLeaves(into: &positions) }
            case .setting, .null: break
            }
        }
    }

    package var leaves: [Leaf] = []
    var root = Node.null

    package init<M: Module>(of module: M) {
        let encoder = ModuleEncoder()
        do {
            root = try encoder.node(of: module, path: [])
        } catch {
            trap("module", "\(M.self) cannot be taken apart: \(error)")
        }
        leaves = encoder.leaves
        if encoder.metDictionary { sortLeaves() }
    }

    /// Puts the leaves in the order of the nodes: dictionaries were sorted after their values had been met.
    private mutating func sortLeaves() {
        var order: [Int] = []
        var positions: [Int: Int] = [:]
        func renumbered(_ node: Node) -> Node {
            switch node {
            case .leaf(let index):
                if positions[index] == nil {
                    positions[index] = order.count
                    order.append(index)
                }
                return .leaf(positions[index]!)
            case .keyed(let entries): return .keyed(entries.map { ($0.key, renumbered($0.node)) })
            case .unkeyed(let nodes): return .unkeyed(nodes.map(renumbered))
            case .setting, .null: return node
            }
        }
        root = renumbered(root)
        leaves = order.map { leaves[$0] }
    }

    /// Whether a module is being put together. The compiler's `init(from:)` evaluates the default values of properties
    /// before it decodes them, `var output = Linear(…)`: what would only be thrown away then is neither drawn nor
    /// computed, and the source of random numbers stays where it is.
    @TaskLocal package static var isRebuilding = false

    /// Puts the module together again, or one of the same structure in another scalar type.
    package func module<M: Module>(as type: M.Type = M.self) -> M {
        do {
            return try ModuleTree.$isRebuilding.withValue(true) {
                try M(from: ModuleDecoder(node: root, leaves: leaves, codingPath: []))
            }
        } catch let DecodingError.keyNotFound(key, context) {
            trap("module", "\(M.self) has a property \(path(context.codingPath, key)) that the other module lacks")
        } catch {
            trap("module", "\(M.self) cannot be put together: \(error)")
        }
    }

    private func path(_ codingPath: [any CodingKey], _ key: any CodingKey) -> String {
        (codingPath + [key]).map(\.stringValue).joined(separator: ".")
    }
}

struct ModuleTreeError: Error, CustomStringConvertible {
    let description: String
}

// MARK: - Tensors as leaves

extension Tensor: Codable {
    private enum CodingKeys: String, CodingKey { case shape, scalars }

    /// Inside a module's walk a tensor is a leaf; to any other encoder it is its shape and its scalars.
    public func encode(to encoder: any Encoder) throws { try encode(to: encoder, blocks: nil) }

    /// Encodes the tensor of a module whose blocks have names.
    public func encode(to encoder: any Encoder, blocks: (any NamedBlocks.Type)?) throws {
        if let encoder = encoder as? ModuleEncoder.Position {
            encoder.setLeaf(value, blocks: blocks)
            return
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(shape, forKey: .shape)
        try container.encode(scalars, forKey: .scalars)
    }

    /// Inside a module's walk the next leaf, converted if the scalar type differs; from any other decoder the shape and
    /// the scalars. Throws `DecodingError` when they don't fit.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ModuleDecoder {
            self.init(try decoder.leaf().converted(to: Scalar.elementType))
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let shape = try container.decode([Int].self, forKey: .shape)
        let scalars = try container.decode([Scalar].self, forKey: .scalars)
        var count: Int? = 1
        for extent in shape {
            let (product, overflow) = (count ?? 0).multipliedReportingOverflow(by: extent)
            count = extent < 0 || overflow ? nil : product
            if count == nil { break }
        }
        guard count == scalars.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .scalars, in: container,
                debugDescription: "\(scalars.count) scalars do not fill the shape \(shape)")
        }
        self.init(shape: shape, scalars: scalars)
    }
}
