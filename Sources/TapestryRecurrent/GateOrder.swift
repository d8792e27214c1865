/// Where the block of each gate lies: the order of the enum's cases.
struct GateOrder: Sendable {
    /// The number of gates.
    let count: Int
    /// The positions by the byte that a case is in memory, if it is one byte: asking the enum for all its cases makes an
    /// array of them each time.
    private let positions: [UInt8]

    private static let none = UInt8.max

    init<Gate: CaseIterable & Equatable>(of type: Gate.Type) {
        let cases = Array(type.allCases)
        count = cases.count
        guard MemoryLayout<Gate>.size == 1, count < GateOrder.none else {
            positions = []
            return
        }
        var positions = [UInt8](repeating: GateOrder.none, count: 256)
        // The cases lie byte by byte in their array.
        cases.withUnsafeBytes { bytes in
            for position in bytes.indices { positions[Int(bytes[position])] = UInt8(position) }
        }
        self.positions = positions
    }

    /// The position of a gate's block.
    func position<Gate: CaseIterable & Equatable>(of gate: Gate) -> Int {
        if !positions.isEmpty { return Int(positions[GateOrder.byte(of: gate)]) }
        return Array(Gate.allCases).firstIndex(of: gate)!
    }

    private static func byte<Gate>(of gate: Gate) -> Int { withUnsafeBytes(of: gate) { Int($0[0]) } }
}
