/// What surrounds the tensors of a module: the names and the nesting of its properties, and its settings. It is filled
/// by one walk and never changes after that.
///
/// All nodes lie in one array and are linked by their positions in it, for a module is taken apart and put together at
/// every training step, and a model has more nodes than a step can afford allocations.
final class ModuleStructure: @unchecked Sendable {
    /// One place of the tree. The first node is the module itself; that it is nobody's child makes 0 the end of a list.
    struct Node {
        let key: Key
        let parent: Int
        var content = Content.keyed
        fileprivate(set) var firstChild = 0
        fileprivate(set) var lastChild = 0
        fileprivate(set) var next = 0
    }

    /// The name of a property, or the position in an array.
    enum Key {
        case name(String)
        case position(Int)

        var text: String {
            switch self {
            case .name(let name): name
            case .position(let position): "\(position)"
            }
        }
    }

    enum Content {
        /// Children by name. What encodes nothing has none.
        case keyed
        /// Children by name that were sorted by it.
        case dictionary
        case unkeyed
        case null
        /// The position among the leaves.
        case leaf(Int)
        /// The position among the settings.
        case setting(Int)
    }

    @exclusivity(unchecked) private(set) var nodes: [Node] = []
    @exclusivity(unchecked) private(set) var settings: [any ModuleSetting] = []

    init() {
        nodes.reserveCapacity(12)
        nodes.append(Node(key: .name(""), parent: 0))
    }

    // MARK: Filling

    func append(_ key: Key, to parent: Int) -> Int {
        let child = nodes.count
        nodes.append(Node(key: key, parent: parent))
        let last = nodes[parent].lastChild
        if last == 0 { nodes[parent].firstChild = child } else { nodes[last].next = child }
        nodes[parent].lastChild = child
        return child
    }

    /// Gives a node other content; what it had before is forgotten.
    func set(_ content: Content, at node: Int) {
        nodes[node].content = content
        nodes[node].firstChild = 0
        nodes[node].lastChild = 0
    }

    /// Makes ready for children by name, beside those that there may be.
    @inline(__always)
    func beKeyed(isDictionary: Bool, at node: Int) {
        switch nodes[node].content {
        case .keyed where !isDictionary || nodes[node].firstChild != 0, .dictionary: break
        default: set(isDictionary ? .dictionary : .keyed, at: node)
        }
    }

    func set(_ setting: some ModuleSetting, at node: Int) {
        settings.append(setting)
        set(.setting(settings.count - 1), at: node)
    }

    func sortChildren(of node: Int) {
        let sorted = children(of: node).sorted { nodes[$0].key.text < nodes[$1].key.text }
        for (child, next) in zip(sorted, sorted.dropFirst()) { nodes[child].next = next }
        guard let first = sorted.first, let last = sorted.last else { return }
        nodes[last].next = 0
        nodes[node].firstChild = first
        nodes[node].lastChild = last
    }

    /// Gives a node the same content as another one.
    func copy(_ original: Int, to node: Int) {
        set(nodes[original].content, at: node)
        forEachChild(of: original) { copy($0, to: append(nodes[$0].key, to: node)) }
    }

    /// Numbers the leaves in the order of the nodes and returns the former numbers in that order.
    func renumberLeaves(count: Int) -> [Int] {
        var order: [Int] = []
        var positions = [Int](repeating: -1, count: count)
        forEachLeaf(below: 0) { node, leaf in
            // Tied parts share theirs.
            if positions[leaf] == -1 {
                positions[leaf] = order.count
                order.append(leaf)
            }
            nodes[node].content = .leaf(positions[leaf])
        }
        return order
    }

    /// The same structure with nothing in the places of some leaves.
    func removing(_ removed: Set<Int>) -> ModuleStructure {
        let copy = ModuleStructure()
        copy.nodes = nodes
        copy.settings = settings
        forEachLeaf(below: 0) { node, leaf in
            if removed.contains(leaf) { copy.nodes[node].content = .null }
        }
        return copy
    }

    // MARK: Reading

    func children(of node: Int) -> [Int] {
        var children: [Int] = []
        forEachChild(of: node) { children.append($0) }
        return children
    }

    @inline(__always)
    private func forEachChild(of node: Int, _ visit: (Int) -> Void) {
        var child = nodes[node].firstChild
        while child != 0 {
            visit(child)
            child = nodes[child].next
        }
    }

    /// The number of elements of an array.
    @inline(__always)
    func count(of node: Int) -> Int { position(of: nodes[node].lastChild).map { $0 + 1 } ?? 0 }

    /// The position of a node in the array that it is an element of, if it is one.
    @inline(__always)
    func position(of node: Int) -> Int? {
        if case .position(let position) = nodes[node].key { position } else { nil }
    }

    /// Visits the leaves at and below a node in order.
    func forEachLeaf(below node: Int, _ visit: (_ node: Int, _ leaf: Int) -> Void) {
        if case .leaf(let leaf) = nodes[node].content { visit(node, leaf) }
        forEachChild(of: node) { forEachLeaf(below: $0, visit) }
    }

    /// The child of a name; 0 if there is none. `guess` may be any node, and is worth a try: modules are put together
    /// in the order in which they were taken apart.
    @inline(__always)
    func child(of parent: Int, named name: String, guess: Int) -> Int {
        if guess < nodes.count, nodes[guess].parent == parent, isNamed(guess, name) { return guess }
        var child = nodes[parent].firstChild
        while child != 0, !isNamed(child, name) { child = nodes[child].next }
        return child
    }

    @inline(__always)
    private func isNamed(_ node: Int, _ name: String) -> Bool {
        if case .name(let own) = nodes[node].key { own == name } else { false }
    }

    /// The keys from the module down to a node.
    func codingPath(of node: Int) -> [any CodingKey] {
        node == 0 ? [] : codingPath(of: nodes[node].parent) + [PathKey(stringValue: nodes[node].key.text)]
    }

    /// The same joined by dots.
    func path(of node: Int) -> String {
        var path = ""
        if node != 0 { appendPath(of: node, to: &path) }
        return path
    }

    func description(of node: Int) -> String {
        switch nodes[node].content {
        case .keyed, .dictionary: "the keys \(children(of: node).map { nodes[$0].key.text })"
        case .unkeyed: "an array of \(count(of: node))"
        case .null: "nothing"
        case .leaf: "a tensor"
        case .setting(let index): "the setting \(settings[index])"
        }
    }

    private func appendPath(of node: Int, to path: inout String) {
        let parent = nodes[node].parent
        if parent != 0 {
            appendPath(of: parent, to: &path)
            path += "."
        }
        path += nodes[node].key.text
    }
}

struct PathKey: CodingKey {
    let stringValue: String
    var intValue: Int? { Int(stringValue) }

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { stringValue = "\(intValue)" }
}

/// `value` if its type is `Target` and no other. A cast, which also looks for conformances, superclasses and what
/// optionals hold, costs a hundred times as much.
@inline(__always)
@inlinable
package func sameType<Value, Target>(_ value: Value, as target: Target.Type) -> Target? {
    Value.self == Target.self ? unsafeBitCast(value, to: Target.self) : nil
}
