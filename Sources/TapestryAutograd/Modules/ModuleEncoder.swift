import TapestryArrays

/// Takes a module apart by walking its `Codable` conformance.
///
/// Nothing is asked of the types on the way, as casts to protocols cost more than all the rest: tensors, settings and
/// tied parts make themselves known when they encode themselves, dictionaries by the type of their keys.
final class ModuleEncoder {
    let structure = ModuleStructure()
    @exclusivity(unchecked) private(set) var leaves: [ModuleTree.Leaf] = []
    /// Whether some keys had to be sorted.
    @exclusivity(unchecked) private var metDictionary = false
    /// The node of each tied module that was met, by its identity.
    private var tied: [UInt64: Int] = [:]
    /// Is shown a part with its path, and says what is walked over in its place.
    typealias Replacement = (any Encodable, _ path: String) -> (any Encodable)?
    @exclusivity(unchecked) private var replacement: Replacement?

    /// Takes a whole module apart, with other parts in the places of those that have a replacement.
    init(_ module: some Encodable, replacing replacement: Replacement? = nil) throws {
        self.replacement = replacement
        leaves.reserveCapacity(8)
        try add(module, at: 0)
        // Dictionaries were sorted after their values had been met.
        if metDictionary { leaves = structure.renumberLeaves(count: leaves.count).map { leaves[$0] } }
    }

    fileprivate var root: Position { Position(walk: self, node: 0) }

    @inline(__always)
    fileprivate func add(_ value: some Encodable, at node: Int) throws {
        if let other = replacement?(value, structure.path(of: node)) {
            try addReplacement(other, at: node)
        } else {
            try value.encode(to: Position(walk: self, node: node))
        }
        if case .dictionary = structure.nodes[node].content {
            structure.sortChildren(of: node)
            metDictionary = true
        }
    }

    /// Walks over what stands for a part, in which nothing else is replaced.
    private func addReplacement(_ value: any Encodable, at node: Int) throws {
        let replacement = replacement
        self.replacement = nil
        defer { self.replacement = replacement }
        try value.encode(to: Position(walk: self, node: node))
    }

    /// The leaves at and below a node, tied ones wherever they stand.
    fileprivate func leaves(below node: Int) -> [ModuleTree.Leaf] {
        var found: [ModuleTree.Leaf] = []
        structure.forEachLeaf(below: node) { _, leaf in found.append(leaves[leaf]) }
        return found
    }

    @inline(__always)
    fileprivate func child(_ key: ModuleStructure.Key, of node: Int) -> Position {
        Position(walk: self, node: structure.append(key, to: node))
    }

    /// The encoder that one value writes itself into: its place in the tree.
    struct Position: Encoder {
        fileprivate let walk: ModuleEncoder
        fileprivate let node: Int

        var codingPath: [any CodingKey] { walk.structure.codingPath(of: node) }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func addLeaf(_ value: Value, blocks: (any NamedBlocks.Type)?, isBuffer: Bool = false) {
            walk.structure.set(.leaf(walk.leaves.count), at: node)
            walk.leaves.append(
                ModuleTree.Leaf(value, blocks: blocks, isBuffer: isBuffer, at: node, of: walk.structure))
        }

        /// Encodes a tied module: by its properties the first time, after that as what it was then.
        func addTied<Wrapped>(_ value: Tied<Wrapped>) throws {
            guard let first = walk.tied[value.identity] else {
                try value.encodeProperties(to: self)
                walk.tied[value.identity] = node
                return
            }
            try checkTied(value, like: first)
            walk.structure.copy(first, to: node)
        }

        /// What was tied up to here is not tied to what follows.
        func endTies() { walk.tied = [:] }

        /// Tied parts are one, so they must be equal: else it would be unclear which of them is meant.
        private func checkTied<Wrapped>(_ value: Tied<Wrapped>, like first: Int) throws {
            let others = try ModuleEncoder(value).leaves(below: 0)
            for (leaf, other) in zip(walk.leaves(below: first), others)
            where !leaf.value.isIdentical(to: other.value) {
                let path = "\(walk.structure.path(of: node)).\(other.path)"
                trap("tied", "\(path) differs from \(leaf.path), to which it is tied")
            }
        }

        @inline(__always)
        fileprivate func child(_ key: some CodingKey) -> Position { walk.child(.name(key.stringValue), of: node) }

        /// A further element.
        @inline(__always)
        fileprivate func nextChild() -> Position {
            walk.child(.position(walk.structure.count(of: node)), of: node)
        }

        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            walk.structure.beKeyed(isDictionary: ObjectIdentifier(type) == DictionaryKeys.type, at: node)
            return KeyedEncodingContainer(KeyedContainer<Key>(position: self))
        }

        func unkeyedContainer() -> any UnkeyedEncodingContainer {
            walk.structure.set(.unkeyed, at: node)
            return UnkeyedContainer(position: self)
        }

        func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(position: self) }
    }

    fileprivate struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let position: Position
        var codingPath: [any CodingKey] { position.codingPath }

        func encodeNil(forKey key: Key) { position.walk.structure.set(.null, at: position.child(key).node) }

        func encode(_ value: some ModuleSetting, forKey key: Key) {
            position.walk.structure.set(value, at: position.child(key).node)
        }

        func encode(_ value: some Encodable, forKey key: Key) throws {
            try position.walk.add(value, at: position.child(key).node)
        }

        func nestedContainer<NestedKey: CodingKey>(
            keyedBy keyType: NestedKey.Type, forKey key: Key
        ) -> KeyedEncodingContainer<NestedKey> {
            position.child(key).container(keyedBy: keyType)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            position.child(key).unkeyedContainer()
        }

        func superEncoder() -> any Encoder { position.child(PathKey(stringValue: "super")) }
        func superEncoder(forKey key: Key) -> any Encoder { position.child(key) }
    }

    fileprivate struct UnkeyedContainer: UnkeyedEncodingContainer {
        let position: Position
        var codingPath: [any CodingKey] { position.codingPath }
        var count: Int { position.walk.structure.count(of: position.node) }

        func encodeNil() { position.walk.structure.set(.null, at: position.nextChild().node) }

        func encode(_ value: some ModuleSetting) {
            position.walk.structure.set(value, at: position.nextChild().node)
        }

        func encode(_ value: some Encodable) throws { try position.walk.add(value, at: position.nextChild().node) }

        func nestedContainer<NestedKey: CodingKey>(
            keyedBy keyType: NestedKey.Type
        ) -> KeyedEncodingContainer<NestedKey> {
            position.nextChild().container(keyedBy: keyType)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { position.nextChild().unkeyedContainer() }
        func superEncoder() -> any Encoder { position.nextChild() }
    }

    /// What is written here is the value's own content.
    fileprivate struct SingleContainer: SingleValueEncodingContainer {
        let position: Position
        var codingPath: [any CodingKey] { position.codingPath }

        func encodeNil() { position.walk.structure.set(.null, at: position.node) }

        func encode(_ value: some ModuleSetting) { position.walk.structure.set(value, at: position.node) }

        func encode(_ value: some Encodable) throws {
            position.walk.structure.set(.keyed, at: position.node)
            try position.walk.add(value, at: position.node)
        }
    }
}

extension Encoder {
    /// This encoder as the place in a walk over a module that it is, if it is one.
    @inline(__always)
    var modulePosition: ModuleEncoder.Position? { sameType(self, as: ModuleEncoder.Position.self) }
}

/// Dictionaries have no order of their own, so they are walked by sorted keys. They are known by the type of the keys
/// that they encode themselves with, which the standard library keeps to itself: one dictionary is asked for it.
private final class DictionaryKeys: Encoder {
    static let type: ObjectIdentifier? = {
        guard let position = try? ModuleEncoder(true).root else { return nil }
        let encoder = DictionaryKeys(position)
        try? [String: Bool]().encode(to: encoder)
        return encoder.keyType
    }()

    private let position: ModuleEncoder.Position
    private var keyType: ObjectIdentifier?

    private init(_ position: ModuleEncoder.Position) { self.position = position }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        keyType = ObjectIdentifier(type)
        return KeyedEncodingContainer(ModuleEncoder.KeyedContainer<Key>(position: position))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { position.unkeyedContainer() }
    func singleValueContainer() -> any SingleValueEncodingContainer { position.singleValueContainer() }
}
