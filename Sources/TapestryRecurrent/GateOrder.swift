import TapestryArrays

/// Where the block of each gate lies: the order of the enum's cases.
struct GateOrder: Sendable {
    /// The number of gates.
    let count: Int
    /// Whether a case is one byte in memory, its position, as it is where the enum doesn't list its cases itself.
    /// (Asking the enum for all its cases makes an array of them each time.)
    private let isByte: Bool

    init<Gate: CaseIterable & Equatable>(of type: Gate.Type) {
        let cases = Array(type.allCases)
        count = cases.count
        // The cases lie byte by byte in their array.
        isByte =
            MemoryLayout<Gate>.size == 1
            && cases.withUnsafeBytes { bytes in bytes.indices.allSatisfy { Int(bytes[$0]) == $0 } }
    }

    /// The position of a gate's block. Traps if the enum does not list the gate among all its cases.
    func position<Gate: CaseIterable & Equatable>(of gate: Gate) -> Int {
        let position = isByte ? GateOrder.byte(of: gate) : Array(Gate.allCases).firstIndex(of: gate) ?? count
        if position >= count { trap("gates", "\(gate) is not among \(Gate.self).allCases, and so has no block") }
        return position
    }

    private static func byte<Gate>(of gate: Gate) -> Int { withUnsafeBytes(of: gate) { Int($0[0]) } }
}
