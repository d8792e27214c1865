import TapestryArrays

/// What a tape recorded, as a graph: a node for each record and for each constant that records read.
package struct TapeGraph {
    /// One record, or one constant.
    package struct Node {
        /// The primitive as a printed tape shows it: `multiply`, `custom "cube"`; of a constant, its element type.
        package let label: String
        /// The name of the value, if it has one.
        package let name: String?
        /// The shape of the value, if it was kept.
        package let shape: [Int]?
        /// The scopes around it, outermost first.
        package let scope: [String]
        package let isConstant: Bool
        package let isInput: Bool
        /// The number by which a printed tape calls it: `%3`, or `#0`.
        package let number: String
    }

    /// From an operand to the record that reads it, by the positions of their nodes.
    package struct Edge: Hashable {
        package let operand: Int
        package let reader: Int
    }

    /// Records in their order, and behind them the constants.
    package let nodes: [Node]
    /// The edges into a record stand together, in the order of its operands; a value that is read twice has two.
    package let edges: [Edge]
}

extension Tape {
    /// The records and what they read.
    package var graph: TapeGraph {
        let operands = (0..<recordCount).map { index in
            memory.pointee.operandRange(of: index).map { memory.pointee.operands.pointer[$0] }
                .filter { $0 != TapeMemory.notKept }
        }
        let constants = Set(operands.joined().filter { $0 < 0 }.map { Int(~$0) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: constants.enumerated().map { ($1, recordCount + $0) })
        return TapeGraph(
            nodes: (0..<recordCount).map(node) + constants.map(constantNode),
            edges: operands.enumerated().flatMap { reader, operands in
                operands.map { .init(operand: $0 < 0 ? places[Int(~$0)]! : Int($0), reader: reader) }
            })
    }

    private func node(_ index: Int) -> TapeGraph.Node {
        let record = memory.pointee.records.pointer[index]
        return TapeGraph.Node(
            label: memory.pointee.name(of: index), name: memory.pointee.names[index],
            shape: record.saved?.array.shape, scope: memory.pointee.scopes[index] ?? [], isConstant: false,
            isInput: record.primitive == .input, number: "%\(index)")
    }

    private func constantNode(_ number: Int) -> TapeGraph.Node {
        let array = memory.pointee.constants.pointer[number].array
        let name = memory.pointee.namedConstants.first { $0.value.array.owner === array.owner }?.name
        return TapeGraph.Node(
            label: "\(array.elementType)", name: name, shape: array.shape, scope: [], isConstant: true, isInput: false,
            number: "#\(number)")
    }
}
