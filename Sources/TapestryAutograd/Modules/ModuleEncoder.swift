import TapestryArrays

/// Takes a module apart by walking its `Codable` conformance.
final class ModuleEncoder {
    private(set) var leaves: [ModuleTree.Leaf] = []
    /// Whether some keys had to be sorted.
    private(set) var metDictionary = false
    /// The node of each tied module that was met, by its identity.
    private var tied: [UInt64: ModuleTree.Node] = [:]

    func node<T: Encodable>(of value: T, path: [String]) throws -> ModuleTree.Node {
        switch value {
        case let setting as any ModuleSetting:
            return .setting(setting)
        case let value as any TiedModule:
            if let node = tied[value.identity] {
                try checkTied(value, path, like: node)
                return node
            }
            let node = try encoded(value, path: path)
            tied[value.identity] = node
            return node
        default:
            return try encoded(value, path: path)
        }
    }

    private func encoded(_ value: some Encodable, path: [String]) throws -> ModuleTree.Node {
        let position = Position(walk: self, path: path)
        try value.encode(to: position)
        let isDictionary = value is any SortedByKey
        metDictionary = metDictionary || isDictionary
        return position.node(sortingKeys: isDictionary)
    }

    /// Tied parts are one, so they must be equal: else it would be unclear which of them is meant.
    private func checkTied(_ value: some TiedModule, _ path: [String], like node: ModuleTree.Node) throws {
        let other = ModuleEncoder()
        _ = try other.encoded(value, path: path)
        var positions: [Int] = []
        node.collectLeaves(into: &positions)
        for (position, leaf) in zip(positions, other.leaves) where !leaves[position].value.isIdentical(to: leaf.value) {
            trap("tied", "\(leaf.path) differs from \(leaves[position].path), to which it is tied")
        }
    }

    fileprivate func addLeaf(
        _ value: Value, blocks: (any NamedBlocks.Type)?, path: [String]
    ) -> ModuleTree.Node {
        leaves.append(ModuleTree.Leaf(path: path.joined(separator: "."), value: value, blocks: blocks))
        return .leaf(leaves.count - 1)
    }

    /// The encoder that one value writes itself into.
    final class Position: Encoder {
        fileprivate let walk: ModuleEncoder
        fileprivate let path: [String]
        fileprivate var content = Content.nothing

        fileprivate enum Content {
            case nothing
            case node(ModuleTree.Node)
            case keyed(KeyedNodes)
            case unkeyed(UnkeyedNodes)
        }

        fileprivate init(walk: ModuleEncoder, path: [String]) {
            self.walk = walk
            self.path = path
        }

        func setLeaf(_ value: Value, blocks: (any NamedBlocks.Type)?) {
            content = .node(walk.addLeaf(value, blocks: blocks, path: path))
        }

        fileprivate func node(sortingKeys: Bool = false) -> ModuleTree.Node {
            switch content {
            case .nothing: return .keyed([])
            case .node(let node): return node
            case .keyed(let nodes): return nodes.node(sortingKeys: sortingKeys)
            case .unkeyed(let nodes): return nodes.node
            }
        }

        var codingPath: [any CodingKey] { path.map { PathKey(stringValue: $0) } }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            if case .keyed(let nodes) = content {
                return KeyedEncodingContainer(KeyedContainer<Key>(nodes: nodes))
            }
            let nodes = KeyedNodes(walk: walk, path: path)
            content = .keyed(nodes)
            return KeyedEncodingContainer(KeyedContainer<Key>(nodes: nodes))
        }

        func unkeyedContainer() -> any UnkeyedEncodingContainer {
            let nodes = UnkeyedNodes(walk: walk, path: path)
            content = .unkeyed(nodes)
            return UnkeyedContainer(nodes: nodes)
        }

        func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(position: self) }
    }

    /// The nodes of a keyed container. Reference types, since containers are copied and a nested one is filled later.
    fileprivate final class KeyedNodes {
        let walk: ModuleEncoder
        let path: [String]
        private var entries: [(key: String, node: () -> ModuleTree.Node)] = []

        init(walk: ModuleEncoder, path: [String]) {
            self.walk = walk
            self.path = path
        }

        func append(_ key: String, _ node: @escaping () -> ModuleTree.Node) { entries.append((key, node)) }

        func node(sortingKeys: Bool) -> ModuleTree.Node {
            .keyed((sortingKeys ? entries.sorted { $0.key < $1.key } : entries).map { ($0.key, $0.node()) })
        }
    }

    fileprivate final class UnkeyedNodes {
        let walk: ModuleEncoder
        let path: [String]
        private var entries: [() -> ModuleTree.Node] = []

        init(walk: ModuleEncoder, path: [String]) {
            self.walk = walk
            self.path = path
        }

        var count: Int { entries.count }
        var nextPath: [String] { path + ["\(count)"] }
        func append(_ node: @escaping () -> ModuleTree.Node) { entries.append(node) }
        var node: ModuleTree.Node { .unkeyed(entries.map { $0() }) }
    }

    fileprivate struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let nodes: KeyedNodes
        var codingPath: [any CodingKey] { nodes.path.map { PathKey(stringValue: $0) } }

        mutating func encodeNil(forKey key: Key) { nodes.append(key.stringValue) { .null } }

        mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            let node = try nodes.walk.node(of: value, path: nodes.path + [key.stringValue])
            nodes.append(key.stringValue) { node }
        }

        mutating func nestedContainer<NestedKey: CodingKey>(
            keyedBy keyType: NestedKey.Type, forKey key: Key
        ) -> KeyedEncodingContainer<NestedKey> {
            let inner = KeyedNodes(walk: nodes.walk, path: nodes.path + [key.stringValue])
            nodes.append(key.stringValue) { inner.node(sortingKeys: false) }
            return KeyedEncodingContainer(KeyedContainer<NestedKey>(nodes: inner))
        }

        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            let inner = UnkeyedNodes(walk: nodes.walk, path: nodes.path + [key.stringValue])
            nodes.append(key.stringValue) { inner.node }
            return UnkeyedContainer(nodes: inner)
        }

        mutating func superEncoder() -> any Encoder { position("super") }
        mutating func superEncoder(forKey key: Key) -> any Encoder { position(key.stringValue) }

        private func position(_ key: String) -> Position {
            let position = Position(walk: nodes.walk, path: nodes.path + [key])
            nodes.append(key) { position.node() }
            return position
        }
    }

    fileprivate struct UnkeyedContainer: UnkeyedEncodingContainer {
        let nodes: UnkeyedNodes
        var codingPath: [any CodingKey] { nodes.path.map { PathKey(stringValue: $0) } }
        var count: Int { nodes.count }

        mutating func encodeNil() { nodes.append { .null } }

        mutating func encode<T: Encodable>(_ value: T) throws {
            let node = try nodes.walk.node(of: value, path: nodes.nextPath)
            nodes.append { node }
        }

        mutating func nestedContainer<NestedKey: CodingKey>(
            keyedBy keyType: NestedKey.Type
        ) -> KeyedEncodingContainer<NestedKey> {
            let inner = KeyedNodes(walk: nodes.walk, path: nodes.nextPath)
            nodes.append { inner.node(sortingKeys: false) }
            return KeyedEncodingContainer(KeyedContainer<NestedKey>(nodes: inner))
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            let inner = UnkeyedNodes(walk: nodes.walk, path: nodes.nextPath)
            nodes.append { inner.node }
            return UnkeyedContainer(nodes: inner)
        }

        mutating func superEncoder() -> any Encoder {
            let position = Position(walk: nodes.walk, path: nodes.nextPath)
            nodes.append { position.node() }
            return position
        }
    }

    fileprivate struct SingleContainer: SingleValueEncodingContainer {
        let position: Position
        var codingPath: [any CodingKey] { position.codingPath }

        mutating func encodeNil() { position.content = .node(.null) }

        mutating func encode<T: Encodable>(_ value: T) throws {
            position.content = .node(try position.walk.node(of: value, path: position.path))
        }
    }
}

/// Values that a module's walk keeps as they are.
protocol ModuleSetting: Codable, Sendable {}

extension Bool: ModuleSetting {}
extension String: ModuleSetting {}
extension Float: ModuleSetting {}
extension Double: ModuleSetting {}
extension Int: ModuleSetting {}
extension Int8: ModuleSetting {}
extension Int16: ModuleSetting {}
extension Int32: ModuleSetting {}
extension Int64: ModuleSetting {}
extension UInt: ModuleSetting {}
extension UInt8: ModuleSetting {}
extension UInt16: ModuleSetting {}
extension UInt32: ModuleSetting {}
extension UInt64: ModuleSetting {}

/// Dictionaries have no order of their own, so they are walked by sorted keys.
protocol SortedByKey {}
extension Dictionary: SortedByKey {}

struct PathKey: CodingKey {
    let stringValue: String
    var intValue: Int? { Int(stringValue) }

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { stringValue = "\(intValue)" }
}
