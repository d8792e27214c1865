import TapestryArrays

/// Puts a module together from its structure and a list of tensors, by key.
struct ModuleDecoder: Decoder {
    let node: ModuleTree.Node
    let leaves: [ModuleTree.Leaf]
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func leaf() throws -> Value {
        guard case .leaf(let index) = node else { throw mismatch("a tensor") }
        return leaves[index].value
    }

    fileprivate func child(_ node: ModuleTree.Node, _ key: any CodingKey) -> ModuleDecoder {
        ModuleDecoder(node: node, leaves: leaves, codingPath: codingPath + [key])
    }

    fileprivate func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // What is not a setting itself, such as an enum with raw values, decodes itself from one.
        guard case .setting(let value) = node, T.self is any ModuleSetting.Type else { return try T(from: self) }
        guard let value = value as? T ?? converted(value) else { throw mismatch("\(T.self)") }
        return value
    }

    /// A setting in the module's own scalar type follows the module to another one.
    private func converted<T>(_ setting: Any) -> T? {
        switch setting {
        case let number as Float: Double(number) as? T
        case let number as Double: Float(number) as? T
        default: nil
        }
    }

    private func mismatch(_ expected: String) -> DecodingError {
        .typeMismatch(
            Any.self, .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(node)"))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .keyed(let entries) = node else { throw mismatch("keys") }
        return KeyedDecodingContainer(KeyedContainer<Key>(decoder: self, entries: entries))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .unkeyed(let nodes) = node else { throw mismatch("an array") }
        return UnkeyedContainer(decoder: self, nodes: nodes)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleContainer(decoder: self) }

    private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ModuleDecoder
        let entries: [(key: String, node: ModuleTree.Node)]
        var codingPath: [any CodingKey] { decoder.codingPath }
        var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }

        func contains(_ key: Key) -> Bool { entries.contains { $0.key == key.stringValue } }

        private func entry(_ key: some CodingKey) throws -> ModuleDecoder {
            guard let entry = entries.first(where: { $0.key == key.stringValue }) else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: codingPath, debugDescription: "no such property"))
            }
            return decoder.child(entry.node, key)
        }

        func decodeNil(forKey key: Key) throws -> Bool {
            if case .null = try entry(key).node { true } else { false }
        }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try entry(key).decode(type) }

        func nestedContainer<NestedKey: CodingKey>(
            keyedBy type: NestedKey.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<NestedKey> {
            try entry(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try entry(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { try entry(PathKey(stringValue: "super")) }
        func superDecoder(forKey key: Key) throws -> any Decoder { try entry(key) }
    }

    private struct UnkeyedContainer: UnkeyedDecodingContainer {
        let decoder: ModuleDecoder
        let nodes: [ModuleTree.Node]
        var currentIndex = 0
        var codingPath: [any CodingKey] { decoder.codingPath }
        var count: Int? { nodes.count }
        var isAtEnd: Bool { currentIndex >= nodes.count }

        private mutating func next() throws -> ModuleDecoder {
            let key = PathKey(intValue: currentIndex)
            guard !isAtEnd else {
                throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "the array ends"))
            }
            defer { currentIndex += 1 }
            return decoder.child(nodes[currentIndex], key)
        }

        mutating func decodeNil() -> Bool {
            guard !isAtEnd, case .null = nodes[currentIndex] else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

        mutating func nestedContainer<NestedKey: CodingKey>(
            keyedBy type: NestedKey.Type
        ) throws -> KeyedDecodingContainer<NestedKey> {
            try next().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
        mutating func superDecoder() throws -> any Decoder { try next() }
    }

    private struct SingleContainer: SingleValueDecodingContainer {
        let decoder: ModuleDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool {
            if case .null = decoder.node { true } else { false }
        }

        func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
    }
}
