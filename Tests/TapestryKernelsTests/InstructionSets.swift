import CTapestryKernels
import Foundation
import Testing

/// The kernels that are compiled for each instruction set: every test goes over all of them that the machine has.
@Suite struct KernelTests {}

/// The instruction sets of this machine.
let instructionSets = (0..<Int32(TAPESTRY_INSTRUCTION_SET_COUNT)).filter { tapestry_supports($0) }

/// Which instruction set is in use. It is decided once in a process, so each test has one of its own.
@Suite struct InstructionSetTests {
    @Test func everyMachineHasTheGenericOne() {
        #expect(instructionSets.contains(Int32(TAPESTRY_GENERIC)))
        for set in [-1, Int32(TAPESTRY_INSTRUCTION_SET_COUNT)] { #expect(!tapestry_supports(set)) }
    }

    @Test(arguments: [nil, "", "avx1024", "AVX2"])
    func theBestOneIsInUseWhenNoKnownOneIsNamed(_ wish: String?) async {
        await #expect(processExitsWith: .success) { [wish] in
            name(wish)
            #expect(tapestry_instruction_set() == instructionSets.last)
        }
    }

    @Test(arguments: [("generic", TAPESTRY_GENERIC), ("avx2", TAPESTRY_AVX2), ("avx512", TAPESTRY_AVX512)])
    func theNamedOneIsInUseIfTheMachineHasIt(_ wish: String, _ set: Int) async {
        await #expect(processExitsWith: .success) { [wish, set] in
            name(wish)
            let isThere = tapestry_supports(Int32(set))
            #expect(tapestry_instruction_set() == (isThere ? Int32(set) : instructionSets.last))
        }
    }

    @Test func kernelsAreThoseOfTheOneInUse() async {
        await #expect(processExitsWith: .success) {
            name("generic")
            func address(_ kernel: tapestry_product?) -> UnsafeRawPointer? {
                unsafeBitCast(kernel, to: UnsafeRawPointer?.self)
            }
            let inUse = address(tapestry_product_kernel(0))
            for set in instructionSets {
                #expect((address(tapestry_product_kernel_of(set, 0)) == inUse) == (set == TAPESTRY_GENERIC))
            }
        }
    }

    @Test func theDecisionStands() async {
        await #expect(processExitsWith: .success) {
            name("generic")
            #expect(tapestry_instruction_set() == TAPESTRY_GENERIC)
            name(nil)
            #expect(tapestry_instruction_set() == TAPESTRY_GENERIC)
        }
    }
}

/// Sets the environment variable that names the instruction set, or removes it.
private func name(_ wish: String?) {
    let variable = "TAPESTRY_INSTRUCTION_SET"
    if let wish { setenv(variable, wish, 1) } else { unsetenv(variable) }
}
