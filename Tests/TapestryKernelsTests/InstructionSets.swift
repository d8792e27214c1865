import CTapestryKernels
import Testing

/// Everything that switches between the instruction sets: one test at a time.
@Suite(.serialized)
struct KernelTests {}

/// The instruction sets of this machine.
let instructionSets = (0..<Int32(TAPESTRY_INSTRUCTION_SET_COUNT)).filter { tapestry_supports($0) }

/// Runs `body` once with each instruction set and goes back to the one that was in use.
func withEachInstructionSet(_ body: (Int32) throws -> Void) rethrows {
    let before = tapestry_instruction_set()
    defer { _ = tapestry_use_instruction_set(before) }
    for set in instructionSets {
        _ = tapestry_use_instruction_set(set)
        try body(set)
    }
}

extension KernelTests {
    @Test func switchingTellsWhatIsPossible() {
        let before = tapestry_instruction_set()
        defer { _ = tapestry_use_instruction_set(before) }
        #expect(instructionSets.contains(Int32(TAPESTRY_GENERIC)))
        #expect(instructionSets.contains(before))
        for set in -1...Int32(TAPESTRY_INSTRUCTION_SET_COUNT) {
            #expect(tapestry_use_instruction_set(set) == instructionSets.contains(set))
            if instructionSets.contains(set) { #expect(tapestry_instruction_set() == set) }
        }
    }
}
