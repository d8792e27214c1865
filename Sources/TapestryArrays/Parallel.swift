import CTapestryKernels

/// The machine's part in the arithmetic: threads, over which large operations are split without that ever showing in
/// a result, and the instruction set of the kernels.
public enum Parallel {
    /// The number of threads that large operations use; 1 or more. At the start: the environment variable
    /// `TAPESTRY_THREADS`, else the number of processors that the process may use.
    public static var threadCount: Int {
        get { Int(tapestry_thread_count()) }
        set { tapestry_set_thread_count(Int32(clamping: Swift.max(newValue, 1))) }
    }

    /// The instruction set that the kernels use: the best one that the machine has, or the one that the environment
    /// variable `TAPESTRY_INSTRUCTION_SET` names (`generic`, `avx2`, `avx512`).
    public static var instructionSet: String {
        switch Int(tapestry_instruction_set()) {
        case TAPESTRY_AVX512: "AVX-512"
        case TAPESTRY_AVX2: "AVX2"
        default: "generic"
        }
    }

    /// Cuts `0 ..< count` into ranges of at least `grain` (multiples of `unit`, but for the last), one for each
    /// thread at most, and calls `body` with each, at once.
    @inline(__always)
    static func forEachRange(
        of count: Int, grain: Int, unit: Int = 1, _ body: (Range<Int>) -> Void
    ) {
        if count < 2 * grain { return body(0..<count) }
        split(count: count, grain: grain, unit: unit, body)
    }

    private static func split(count: Int, grain: Int, unit: Int, _ body: (Range<Int>) -> Void) {
        let parts = Swift.min(threadCount, count / grain)
        if parts < 2 { return body(0..<count) }
        let units = (count + unit - 1) / unit
        withoutActuallyEscaping(body) { body in
            var work = Work(body: body, count: count, unit: unit, units: units, parts: parts)
            withUnsafeMutablePointer(to: &work) { context in
                tapestry_parallel(
                    parts,
                    { context, part in
                        let work = context!.assumingMemoryBound(to: Work.self).pointee
                        let begin = Swift.min(work.units * part / work.parts * work.unit, work.count)
                        let end = Swift.min(work.units * (part + 1) / work.parts * work.unit, work.count)
                        if begin < end { work.body(begin..<end) }
                    }, context)
            }
        }
    }

    private struct Work {
        let body: (Range<Int>) -> Void
        let count: Int
        let unit: Int
        let units: Int
        let parts: Int
    }
}
