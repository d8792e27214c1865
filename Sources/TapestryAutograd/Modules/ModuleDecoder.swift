import TapestryArrays

/// What decoders share while one module is put together.
final class ModuleRebuild {
    let structure: ModuleStructure
    let leaves: [ModuleTree.Leaf]
    /// Where the next property probably is.
    @exclusivity(unchecked) fileprivate var guess = 1

    init(_ structure: ModuleStructure, _ leaves: [ModuleTree.Leaf]) {
        self.structure = structure
        self.leaves = leaves
    }
}

/// Puts a module together from its structure and a list of tensors, by key.
struct ModuleDecoder: Decoder {
    private let rebuild: ModuleRebuild
    private let node: Int

    /// The decoder of the whole module.
    init(_ rebuild: ModuleRebuild) { self.init(rebuild, node: 0) }

    @inline(__always)
    private init(_ rebuild: ModuleRebuild, node: Int) {
        self.rebuild = rebuild
        self.node = node
    }

    var codingPath: [any CodingKey] { structure.codingPath(of: node) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func leaf() throws -> Value {
        guard case .leaf(let index) = content else { throw mismatch("a tensor") }
        return rebuild.leaves[index].value
    }

    @inline(__always)
    private var content: ModuleStructure.Content { structure.nodes[node].content }

    @inline(__always)
    fileprivate var isNull: Bool { if case .null = content { true } else { false } }

    fileprivate func setting<Setting: ModuleSetting>() throws -> Setting {
        guard case .setting(let index) = content,
            let value = structure.settings[index].setting(as: Setting.self)
        else { throw mismatch("\(Setting.self)") }
        return value
    }

    private func mismatch(_ expected: String) -> DecodingError {
        let found = structure.description(of: node)
        return .typeMismatch(
            Any.self, .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(found)"))
    }

    @inline(__always)
    fileprivate func child(_ key: some CodingKey) -> ModuleDecoder? {
        let child = structure.child(of: node, named: key.stringValue, guess: rebuild.guess)
        guard child != 0 else { return nil }
        rebuild.guess = child + 1
        return ModuleDecoder(rebuild, node: child)
    }

    @inline(__always)
    private var structure: ModuleStructure { rebuild.structure }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch content {
        case .keyed, .dictionary: KeyedDecodingContainer(KeyedContainer<Key>(decoder: self))
        default: throw mismatch("keys")
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .unkeyed = content else { throw mismatch("an array") }
        return UnkeyedContainer(self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleContainer(decoder: self) }

    private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ModuleDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }
        var allKeys: [Key] {
            decoder.structure.children(of: decoder.node).compactMap { child in
                Key(stringValue: decoder.structure.nodes[child].key.text)
            }
        }

        func contains(_ key: Key) -> Bool { decoder.child(key) != nil }

        @inline(__always)
        private func child(_ key: some CodingKey) throws -> ModuleDecoder {
            guard let child = decoder.child(key) else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: codingPath, debugDescription: "no such property"))
            }
            return child
        }

        func decodeNil(forKey key: Key) throws -> Bool { try child(key).isNull }

        func decode<Setting: ModuleSetting>(_ type: Setting.Type, forKey key: Key) throws -> Setting {
            try child(key).setting()
        }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: child(key)) }

        func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
            guard let child = decoder.child(key), !child.isNull else { return nil }
            return try T(from: child)
        }

        func nestedContainer<NestedKey: CodingKey>(
            keyedBy type: NestedKey.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<NestedKey> {
            try child(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try child(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { try child(PathKey(stringValue: "super")) }
        func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
    }

    private struct UnkeyedContainer: UnkeyedDecodingContainer {
        let decoder: ModuleDecoder
        /// The node of the next element; 0 at the end.
        var current: Int

        init(_ decoder: ModuleDecoder) {
            self.decoder = decoder
            current = decoder.structure.nodes[decoder.node].firstChild
        }

        var codingPath: [any CodingKey] { decoder.codingPath }
        var count: Int? { decoder.structure.count(of: decoder.node) }
        var currentIndex: Int { decoder.structure.position(of: current) ?? decoder.structure.count(of: decoder.node) }
        var isAtEnd: Bool { current == 0 }

        private mutating func next() throws -> ModuleDecoder {
            guard !isAtEnd else {
                throw DecodingError.keyNotFound(
                    PathKey(intValue: currentIndex), .init(codingPath: codingPath, debugDescription: "the array ends"))
            }
            defer { current = decoder.structure.nodes[current].next }
            return ModuleDecoder(decoder.rebuild, node: current)
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, ModuleDecoder(decoder.rebuild, node: current).isNull else { return false }
            current = decoder.structure.nodes[current].next
            return true
        }

        mutating func decode<Setting: ModuleSetting>(_ type: Setting.Type) throws -> Setting { try next().setting() }
        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: next()) }

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

        func decodeNil() -> Bool { decoder.isNull }
        func decode<Setting: ModuleSetting>(_ type: Setting.Type) throws -> Setting { try decoder.setting() }
        func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: decoder) }
    }
}

extension Decoder {
    /// This decoder as the place in a module that is put together that it is, if it is one.
    @inline(__always)
    var moduleDecoder: ModuleDecoder? { sameType(self, as: ModuleDecoder.self) }
}
