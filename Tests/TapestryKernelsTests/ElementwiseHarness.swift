import CTapestryKernels
import Foundation
import Testing

/// How the elements of one operand lie in memory.
enum Placement: Int, CaseIterable {
    case contiguous, everySecond, reversed, transposed, sameColumn, sameRow

    static let outputs: [Placement] = [.contiguous, .everySecond, .reversed, .transposed]

    /// Strides in elements, with a gap between rows.
    func strides(_ rows: Int, _ columns: Int) -> (row: Int, column: Int) {
        switch self {
        case .contiguous: (columns + 3, 1)
        case .everySecond: (2 * columns + 1, 2)
        case .reversed: (-(columns + 2), -1)
        case .transposed: (1, rows + 1)
        case .sameColumn: (1, 0)
        case .sameRow: (0, 1)
        }
    }
}

/// One operand (or the result): raw memory and the place of element (0, 0) in it.
final class Operand {
    static let capacity = 2048
    let memory: UnsafeMutableRawPointer
    let size: Int
    private(set) var row = 0
    private(set) var column = 0
    private(set) var origin = 0

    init(size: Int) {
        self.size = size
        memory = .allocate(byteCount: Operand.capacity * size, alignment: 64)
    }

    deinit { memory.deallocate() }

    func place(_ placement: Placement, _ rows: Int, _ columns: Int) {
        (row, column) = placement.strides(rows, columns)
        origin = placement == .reversed ? Operand.capacity - 100 : 100
    }

    var start: UnsafeMutableRawPointer { memory + origin * size }

    func position(_ r: Int, _ c: Int) -> Int { origin + r * row + c * column }
}

func loadBits(_ memory: UnsafeRawPointer, _ position: Int, _ size: Int) -> UInt64 {
    switch size {
    case 1: UInt64(memory.load(fromByteOffset: position, as: UInt8.self))
    case 4: UInt64(memory.load(fromByteOffset: position * 4, as: UInt32.self))
    default: memory.load(fromByteOffset: position * 8, as: UInt64.self)
    }
}

func storeBits(_ bits: UInt64, _ memory: UnsafeMutableRawPointer, _ position: Int, _ size: Int) {
    switch size {
    case 1: memory.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: position, as: UInt8.self)
    case 4: memory.storeBytes(of: UInt32(truncatingIfNeeded: bits), toByteOffset: position * 4, as: UInt32.self)
    default: memory.storeBytes(of: bits, toByteOffset: position * 8, as: UInt64.self)
    }
}

/// Whether both are NaN of the floating-point type of this size.
func bothNaN(_ a: UInt64, _ b: UInt64, _ size: Int) -> Bool {
    size == 4
        ? Float(bitPattern: UInt32(a)).isNaN && Float(bitPattern: UInt32(b)).isNaN
        : size == 8 && Double(bitPattern: a).isNaN && Double(bitPattern: b).isNaN
}

/// A kernel of one to three operands. The operands are filled from pools of values, so what is expected of every
/// combination stands in a table: `expected[i]`, or `[i · count + j]`, or `[(i · count + j) · count + k]`.
struct ElementwiseCase {
    let name: String
    let operandSizes: [Int]
    let resultSize: Int
    let pools: [[UInt64]]
    var expected: [UInt64]
    /// What every element of the result's memory holds before.
    var before: UInt64 = 0xA5A5_A5A5_A5A5_A5A5
    let call: (Int, Int, Operand, [Operand]) -> Void

    /// Small shapes in every combination of placements, all lengths up to 70 in some.
    func check() {
        let operands = operandSizes.map { Operand(size: $0) }
        let result = Operand(size: resultSize)
        let wanted = Operand(size: resultSize)
        let untouched = Operand(size: resultSize)
        for position in 0..<Operand.capacity { storeBits(before, untouched.memory, position, resultSize) }
        for (operand, pool) in zip(operands, pools) {
            for position in 0..<Operand.capacity {
                storeBits(pool[position * 7 % pool.count], operand.memory, position, operand.size)
            }
        }
        let combinations = operands.reduce(Placement.outputs.count) { count, _ in count * Placement.allCases.count }
        for columns in 0...70 {
            let everything = [0, 1, 5, 16, 19, 33].contains(columns) && operands.count < 3
            let rows = columns % 4 == 3 ? columns % 3 : 1 + columns % 3
            for n in 0..<(everything ? combinations : min(combinations, 24)) {
                var choice = everything ? n : (n * 37 + columns * 11) % combinations
                let placement = Placement.outputs[choice % Placement.outputs.count]
                choice /= Placement.outputs.count
                result.place(placement, rows, columns)
                wanted.place(placement, rows, columns)
                for operand in operands {
                    operand.place(Placement.allCases[choice % Placement.allCases.count], rows, columns)
                    choice /= Placement.allCases.count
                }
                for memory in [result.memory, wanted.memory] {
                    memcpy(memory, untouched.memory, Operand.capacity * resultSize)
                }
                if !agrees(rows, columns, operands, result, wanted) { return }
            }
        }
    }

    /// Runs the kernel once and compares the whole memory of the result, gaps included.
    private func agrees(
        _ rows: Int, _ columns: Int, _ operands: [Operand], _ result: Operand, _ wanted: Operand
    ) -> Bool {
        for r in 0..<rows {
            for c in 0..<columns {
                var index = 0
                for o in 0..<operands.count {
                    let count = pools[o].count
                    index = index * count + operands[o].position(r, c) * 7 % count
                }
                storeBits(expected[index], wanted.memory, wanted.position(r, c), resultSize)
            }
        }
        call(rows, columns, result, operands)
        if memcmp(result.memory, wanted.memory, Operand.capacity * resultSize) == 0 { return true }
        for position in 0..<Operand.capacity {
            let got = loadBits(result.memory, position, resultSize)
            let want = loadBits(wanted.memory, position, resultSize)
            if got != want && !bothNaN(got, want, resultSize) {
                let strides = operands.map { "(\($0.row), \($0.column))" }.joined(separator: " ")
                Issue.record(
                    """
                    \(name), \(rows) × \(columns), strides \(strides) → (\(result.row), \(result.column)), \
                    position \(position - result.origin): \(String(got, radix: 16)) ≠ \(String(want, radix: 16))
                    """)
                return false
            }
        }
        return true
    }
}

func callUnary(_ kernel: @escaping tapestry_unary) -> (Int, Int, Operand, [Operand]) -> Void {
    { rows, columns, out, o in
        kernel(rows, columns, out.start, out.row, out.column, o[0].start, o[0].row, o[0].column)
    }
}

func callBinary(_ kernel: @escaping tapestry_binary) -> (Int, Int, Operand, [Operand]) -> Void {
    { rows, columns, out, o in
        kernel(
            rows, columns, out.start, out.row, out.column, o[0].start, o[0].row, o[0].column,
            o[1].start, o[1].row, o[1].column)
    }
}

func callTernary(_ kernel: @escaping tapestry_ternary) -> (Int, Int, Operand, [Operand]) -> Void {
    { rows, columns, out, o in
        kernel(
            rows, columns, out.start, out.row, out.column, o[0].start, o[0].row, o[0].column,
            o[1].start, o[1].row, o[1].column, o[2].start, o[2].row, o[2].column)
    }
}
