import TapestryArrays

/// A module taken apart: its structure with the settings, and its tensors in a flat list, in the order of the
/// properties. The same structure with other tensors gives another module of the same type.
package struct ModuleTree {
    /// One tensor of the module.
    package struct Leaf {
        package var value: Value
        /// The type that names the blocks of the last axis, if they have names.
        package let blocks: (any NamedBlocks.Type)?
        private let isBuffer: Bool
        private let structure: ModuleStructure
        private let node: Int

        init(
            _ value: Value, blocks: (any NamedBlocks.Type)?, isBuffer: Bool, at node: Int, of structure: ModuleStructure
        ) {
            self.value = value
            self.blocks = blocks
            self.isBuffer = isBuffer
            self.structure = structure
            self.node = node
        }

        /// The names from the module down. Made when it is asked for, as few walks need it.
        package var path: String { structure.path(of: node) }
        /// Whether derivatives are taken with respect to it: floating-point tensors that are no buffers.
        package var isParameter: Bool { value.elementType.isFloatingPoint && !isBuffer }

        /// For messages: `the result of shape [2]`, or `tensor 1.weights of the result, of shape [2]`.
        func described(as role: String) -> String {
            let path = path
            return (path.isEmpty ? "the \(role)" : "tensor \(path) of the \(role),") + " of shape \(value.shape)"
        }
    }

    package var leaves: [Leaf]
    private let structure: ModuleStructure

    /// The paths of all places that have a tensor: of tied parts each, where `leaves` has the first one.
    package var places: [String] {
        var places: [String] = []
        structure.forEachLeaf(below: 0) { node, _ in places.append(structure.path(of: node)) }
        return places
    }

    package init<M: Module>(of module: M) { self.init(of: module, nil) }

    /// Takes a module apart, with other parts in some places.
    ///
    /// - Parameter replacement: is shown each part before it is walked over, with its path, and returns what is to be
    ///   in its place; `nil` for the part itself.
    package init<M: Module, Failure: Error>(
        of module: M, replacing replacement: (any Encodable, _ path: String) throws(Failure) -> (any Encodable)?
    ) throws(Failure) {
        var failure: Failure?
        self = withoutActuallyEscaping(replacement) { replacement in
            ModuleTree(
                of: module,
                { value, path in
                    do throws(Failure) {
                        if failure == nil { return try replacement(value, path) }
                    } catch {
                        failure = error
                    }
                    // Tied places of which only some are replaced would trap.
                    return EmptyModule()
                })
        }
        if let failure { throw failure }
    }

    private init<M: Module>(of module: M, _ replacement: ModuleEncoder.Replacement?) {
        do {
            let encoder = try ModuleEncoder(module, replacing: replacement)
            structure = encoder.structure
            leaves = encoder.leaves
        } catch {
            trap("module", "\(M.self) cannot be taken apart: \(error)")
        }
    }

    /// Whether a module is being put together. The compiler's `init(from:)` evaluates the default values of properties
    /// before it decodes them, `var output = Linear(…)`: what would only be thrown away then is neither drawn nor
    /// computed, and the source of random numbers stays where it is.
    @TaskLocal package static var isRebuilding = false

    /// Puts the module together again, or one of the same structure in another scalar type.
    package func module<M: Module>(as type: M.Type = M.self) -> M {
        do {
            return try rebuilt(structure)
        } catch {
            trapOnFailure(M.self, error)
        }
    }

    /// Puts the module together without some of its tensors, as far as they are optionals; the others stay.
    package func module<M: Module>(as type: M.Type = M.self, without isRemoved: (Leaf) -> Bool) -> M {
        var removed = Set(leaves.indices.filter { isRemoved(leaves[$0]) })
        while true {
            do {
                return try rebuilt(structure.removing(removed))
            } catch {
                // Whether a tensor may be absent, its type alone knows.
                guard case DecodingError.typeMismatch(_, let context) = error,
                    case let path = context.codingPath.map(\.stringValue).joined(separator: "."),
                    let needed = removed.first(where: { leaves[$0].path == path })
                else { trapOnFailure(M.self, error) }
                removed.remove(needed)
            }
        }
    }

    private func rebuilt<M: Module>(_ structure: ModuleStructure) throws -> M {
        try ModuleTree.$isRebuilding.withValue(true) { try M(from: ModuleDecoder(ModuleRebuild(structure, leaves))) }
    }

    private func trapOnFailure<M: Module>(_ type: M.Type, _ error: any Error) -> Never {
        if case DecodingError.keyNotFound(let key, let context) = error {
            trap("module", "\(M.self) has a property \(path(context.codingPath, key)) that the other module lacks")
        }
        trap("module", "\(M.self) cannot be put together: \(error)")
    }

    private func path(_ codingPath: [any CodingKey], _ key: any CodingKey) -> String {
        (codingPath + [key]).map(\.stringValue).joined(separator: ".")
    }
}

// MARK: - Tensors as leaves

// What other coders get has functions of its own, for the types that it names would be looked up at every leaf.
extension Tensor: Codable {
    private enum CodingKeys: String, CodingKey { case shape, scalars }

    /// Inside a module's walk a tensor is a leaf; to any other encoder it is its shape and its scalars.
    public func encode(to encoder: any Encoder) throws { try encode(to: encoder, blocks: nil) }

    /// Encodes the tensor of a module whose blocks have names.
    public func encode(to encoder: any Encoder, blocks: (any NamedBlocks.Type)?) throws {
        guard let position = encoder.modulePosition else { return try encodeScalars(to: encoder) }
        position.addLeaf(value, blocks: blocks)
    }

    @inline(never)
    private func encodeScalars(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(shape, forKey: .shape)
        try container.encode(scalars, forKey: .scalars)
    }

    /// Inside a module's walk the next leaf, converted if the scalar type differs; from any other decoder the shape and
    /// the scalars. Throws `DecodingError` when they don't fit.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder.moduleDecoder {
            self.init(try decoder.leaf().converted(to: Scalar.elementType))
        } else {
            self = try Tensor.decodeScalars(from: decoder)
        }
    }

    @inline(never)
    private static func decodeScalars(from decoder: any Decoder) throws -> Tensor {
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
        return Tensor(shape: shape, scalars: scalars)
    }
}
