import TapestryArrays
import TapestryAutograd

/// What a module consists of: a tree of its parts with their types, shapes and numbers of parameters.
///
/// ```
/// part                 type               shape      parameters
/// model                Tagger<Float>                     21,642
/// ├ embedding          Embedding<Float>                   6,400
/// │ └ weights          Tensor<Float>      [200, 32]       6,400
/// …
/// 21,642 parameters, all trainable; 86,568 bytes
/// ```
public struct ModuleSummary: Sendable, Equatable, CustomStringConvertible {
    /// A module of the tree, or one of its tensors.
    public struct Part: Sendable, Equatable {
        /// The property, or the position in an array; for several equal ones in a row the first and the last, `0 … 5`.
        public internal(set) var name: String
        /// The type.
        public let type: String
        /// The extent of each axis, of a tensor.
        public let shape: [Int]?
        /// The names of the equal blocks of the last axis, such as gates; empty if it is one.
        public let blocks: [String]
        /// What is particular about it: `frozen`, `no parameter`, or, where its parameters stand in an earlier place
        /// and are counted there, that place: `tied to left`.
        public let notes: [String]
        /// How many equal parts it stands for.
        public internal(set) var repetitions: Int
        /// The scalars of its parameters, of all repetitions together.
        public internal(set) var parameterCount: Int
        /// Those among them that are frozen.
        public internal(set) var frozenCount: Int
        /// The scalars of its other tensors.
        public internal(set) var bufferCount: Int
        /// The memory of its tensors in bytes.
        public internal(set) var byteCount: Int
        /// The parts within it, of one repetition.
        public internal(set) var parts: [Part]
    }

    /// The module itself.
    public let root: Part

    /// The scalars of all parameters.
    public var parameterCount: Int { root.parameterCount }
    /// Those among them that an optimiser moves.
    public var trainableCount: Int { root.parameterCount - root.frozenCount }

    /// The tree with aligned columns, and a line with the totals.
    public var description: String {
        var table = TextTable(columns: [.left("part"), .left("type"), .left("shape"), .right("parameters"), .left("")])
        append(root, lead: "", childLead: "", to: &table)
        return "\(table)\n\(totals)"
    }

    private var totals: String {
        let frozen = root.frozenCount
        let kinds =
            switch frozen {
            case 0: parameterCount == 0 ? "" : ", all trainable"
            case parameterCount: ", all frozen"
            default: ", \(trainableCount.grouped) trainable, \(frozen.grouped) frozen"
            }
        func counted(_ count: Int, _ name: String) -> String { "\(count.grouped) \(name)\(count == 1 ? "" : "s")" }
        let others = root.bufferCount > 0 ? "; \(counted(root.bufferCount, "other scalar"))" : ""
        return "\(counted(parameterCount, "parameter"))\(kinds)\(others); \(root.byteCount.grouped) bytes"
    }

    private func append(_ part: Part, lead: String, childLead: String, to table: inout TextTable) {
        let repetitions = part.repetitions > 1 ? " (\(part.repetitions)×)" : ""
        let blocks = part.blocks.isEmpty ? [] : ["[" + part.blocks.joined(separator: ", ") + "]"]
        table.append([
            lead + part.name + repetitions, Self.shortened(part.type), part.shape.map { "\($0)" } ?? "",
            part.parameterCount > 0 ? part.parameterCount.grouped : "", (part.notes + blocks).joined(separator: " "),
        ])
        for (index, child) in part.parts.enumerated() {
            let isLast = index == part.parts.count - 1
            append(
                child, lead: childLead + (isLast ? "└ " : "├ "), childLead: childLead + (isLast ? "  " : "│ "),
                to: &table)
        }
    }

    /// The type without its arguments where it is long: they are the types of the parts below.
    private static func shortened(_ type: String) -> String {
        guard type.count > 40, let bracket = type.firstIndex(of: "<") else { return type }
        return type[..<bracket] + "<…>"
    }
}

extension Module {
    /// The tree of the module's parts with their types, shapes and numbers of parameters. Equal parts of an array that
    /// follow each other are one.
    ///
    /// - Parameter frozen: What an optimiser leaves as it is, as in its `update(_:along:freezing:)`. Traps if one of
    ///   the patterns means no parameter.
    public func summary(freezing frozen: [ParameterPattern] = []) -> ModuleSummary {
        let tree = ModuleTree(of: self)
        tree.leaves.checkMatches(of: frozen, "frozen pattern", in: "summary")
        let root = ModuleTypeWalk(of: tree).tree(of: self)
        return ModuleSummary(root: ModuleSummary.Part(root, frozen: frozen))
    }
}

extension ModuleSummary.Part {
    init(_ node: ModuleTypeWalk.Node, frozen: [ParameterPattern]) {
        var notes = node.original.map { ["tied to \($0)"] } ?? []
        var (count, frozenCount, bufferCount, byteCount) = (0, 0, 0, 0)
        if let leaf = node.leaf {
            let size = leaf.value.shape.reduce(1, *)
            byteCount = size * leaf.value.elementType.size
            if leaf.isParameter {
                count = size
                if frozen.matches(leaf.path) {
                    frozenCount = size
                    notes.append("frozen")
                }
            } else {
                bufferCount = size
                notes.append("no parameter")
            }
        }
        let parts = node.children.map { ModuleSummary.Part($0, frozen: frozen) }
        self.init(
            name: node.name, type: node.type, shape: node.leaf?.value.shape,
            blocks: node.leaf?.blocks?.blockNames ?? [],
            notes: notes, repetitions: 1, parameterCount: count + parts.reduce(0) { $0 + $1.parameterCount },
            frozenCount: frozenCount + parts.reduce(0) { $0 + $1.frozenCount },
            bufferCount: bufferCount + parts.reduce(0) { $0 + $1.bufferCount },
            byteCount: byteCount + parts.reduce(0) { $0 + $1.byteCount },
            parts: node.isArray ? Self.merged(parts) : parts)
    }

    /// The parts with runs of equal ones as one each.
    private static func merged(_ parts: [ModuleSummary.Part]) -> [ModuleSummary.Part] {
        var result: [ModuleSummary.Part] = []
        var first: ModuleSummary.Part?
        for var part in parts {
            let name = part.name
            part.name = ""
            if let unnamed = first, unnamed == part {
                let last = result.count - 1
                let start = result[last].name.prefix { $0 != " " }
                result[last].name = "\(start) … \(name)"
                result[last].repetitions += 1
                result[last].parameterCount += part.parameterCount
                result[last].frozenCount += part.frozenCount
                result[last].bufferCount += part.bufferCount
                result[last].byteCount += part.byteCount
            } else {
                first = part
                part.name = name
                result.append(part)
            }
        }
        return result
    }
}

extension Int {
    /// The number with commas between thousands.
    fileprivate var grouped: String {
        let digits = Array(String(magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[Swift.max($0 - 3, 0)..<$0]) }
        return (self < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }
}
