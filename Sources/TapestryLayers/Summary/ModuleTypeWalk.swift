import TapestryAutograd

/// Finds the types of a module's parts. The walk that takes modules apart does not note them, for it runs at every
/// training step; this one walks the same `Codable` conformance beside it, and knows from its leaves where tensors are.
final class ModuleTypeWalk {
    /// A part of the module.
    final class Node {
        let name: String
        let type: String
        let path: String
        fileprivate(set) var children: [Node] = []
        fileprivate(set) var leaf: ModuleTree.Leaf?
        fileprivate(set) var isArray = false
        /// The path of the earlier place that it is tied to, which has its tensors.
        fileprivate(set) var original: String?

        fileprivate init(name: String, type: String, path: String) {
            (self.name, self.type, self.path) = (name, type, path)
        }
    }

    private let leaves: [String: ModuleTree.Leaf]
    /// The paths of all parts that have tensors, be they those of an earlier place.
    private let inner: Set<String>
    /// The path of the first place of each tied module.
    private var originals: [UInt64: String] = [:]

    init(of tree: ModuleTree) {
        leaves = Dictionary(tree.leaves.map { ($0.path, $0) }) { first, _ in first }
        var inner: Set<String> = [""]
        for path in tree.places {
            var path = Substring(path)
            while let dot = path.lastIndex(of: ".") {
                path = path[..<dot]
                inner.insert(String(path))
            }
        }
        self.inner = inner
    }

    func tree<M: Module>(of module: M) -> Node {
        let root = Node(name: "model", type: String(describing: M.self), path: "")
        root.leaf = leaves[""]
        if root.leaf == nil { encode(module, at: root) }
        return root
    }

    /// Every conformance was walked without an error when the leaves were collected.
    private func encode(_ value: some Encodable, at node: Node) {
        try? value.encode(to: Position(walk: self, node: node))
    }

    /// A part within another one, if it has tensors, or is tied to an earlier one that has.
    fileprivate func visit<Value: Encodable>(_ value: Value, _ key: String, in parent: Node) {
        let path = parent.path.isEmpty ? key : parent.path + "." + key
        let node = Node(name: key, type: String(describing: Value.self), path: path)
        let tie = (value as? any TiedModule)?.tie
        if let leaf = leaves[path] {
            node.leaf = leaf
        } else if !inner.contains(path) {
            return
        } else if let tie, let original = originals[tie] {
            node.original = original
        } else {
            if let tie { originals[tie] = path }
            encode(value, at: node)
            // Dictionaries have no order of their own.
            if Value.self is any DictionaryPart.Type { node.children.sort { $0.name < $1.name } }
        }
        parent.children.append(node)
    }

    /// The place of a container within a part that has no type of its own, such as the case of an enumeration.
    fileprivate func nested(_ key: String, in parent: Node) -> Position {
        let node = Node(name: key, type: "", path: parent.path.isEmpty ? key : parent.path + "." + key)
        if inner.contains(node.path) { parent.children.append(node) }
        return Position(walk: self, node: node)
    }

    fileprivate struct Position: Encoder {
        let walk: ModuleTypeWalk
        let node: Node
        var codingPath: [any CodingKey] { [] }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            KeyedEncodingContainer(Keyed<Key>(position: self))
        }

        func unkeyedContainer() -> any UnkeyedEncodingContainer {
            node.isArray = true
            return Unkeyed(position: self)
        }

        func singleValueContainer() -> any SingleValueEncodingContainer { Single(position: self) }
    }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let position: Position
        var codingPath: [any CodingKey] { [] }

        func encodeNil(forKey key: Key) {}

        func encode(_ value: some Encodable, forKey key: Key) {
            position.walk.visit(value, key.stringValue, in: position.node)
        }

        func nestedContainer<NestedKey: CodingKey>(
            keyedBy keyType: NestedKey.Type, forKey key: Key
        ) -> KeyedEncodingContainer<NestedKey> {
            position.walk.nested(key.stringValue, in: position.node).container(keyedBy: keyType)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            position.walk.nested(key.stringValue, in: position.node).unkeyedContainer()
        }

        func superEncoder() -> any Encoder { position.walk.nested("super", in: position.node) }
        func superEncoder(forKey key: Key) -> any Encoder {
            position.walk.nested(key.stringValue, in: position.node)
        }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let position: Position
        private(set) var count = 0
        var codingPath: [any CodingKey] { [] }

        init(position: Position) { self.position = position }

        private mutating func next() -> String {
            defer { count += 1 }
            return "\(count)"
        }

        mutating func encodeNil() { count += 1 }

        mutating func encode(_ value: some Encodable) { position.walk.visit(value, next(), in: position.node) }

        mutating func nestedContainer<NestedKey: CodingKey>(
            keyedBy keyType: NestedKey.Type
        ) -> KeyedEncodingContainer<NestedKey> {
            position.walk.nested(next(), in: position.node).container(keyedBy: keyType)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            position.walk.nested(next(), in: position.node).unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { position.walk.nested(next(), in: position.node) }
    }

    /// What is written here is the value's own content, at the same place.
    private struct Single: SingleValueEncodingContainer {
        let position: Position
        var codingPath: [any CodingKey] { [] }

        func encodeNil() {}

        func encode(_ value: some Encodable) {
            if position.walk.inner.contains(position.node.path) { position.walk.encode(value, at: position.node) }
        }
    }
}

/// Tells dictionaries from others.
protocol DictionaryPart {}

extension Dictionary: DictionaryPart {}
