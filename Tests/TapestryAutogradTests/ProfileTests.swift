import Foundation
import Synchronization
import Testing

@testable import TapestryAutograd

/// Where time and memory go, by primitive and by scope.
@Suite struct ProfileTests {
    private static let x = Tensor<Double>([[0.5, -1, 2], [1, 3, -2]])
    private static let w = Tensor<Double>([[1, 2], [3, -1], [0.5, 1]])

    /// A function whose records a lean tape does not fuse, so that they are those of a full one.
    private static func loss(_ x: Tensor<Double>) -> Tensor<Double> {
        let hidden = withScope("layer 1") { tanh(matmul(x, w)) }
        let squares = withScope("layer 2") { withScope("inner") { square(hidden) } }
        return exp(squares.sum() / 4)
    }

    private func counts(
        _ entries: [Profile.Entry], _ cost: KeyPath<Profile.Entry, Profile.Cost>
    ) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0[keyPath: cost].count) }).filter { $0.value > 0 }
    }

    /// Records by name, but for the inputs if they are not wanted.
    private func recordCounts(_ tape: Tape, byScope: Bool = false, inputs: Bool) -> [String: Int] {
        let records = tape.memory.pointee.records.pointer
        let numbers = (0..<tape.recordCount).filter { inputs || records[$0].primitive != .input }
        return Dictionary(grouping: numbers) { index in
            byScope
                ? (tape.memory.pointee.scopes[index] ?? []).joined(separator: " / ")
                : tape.memory.pointee.records.pointer[index].primitive.name
        }.mapValues(\.count)
    }

    // MARK: Counts

    @Test func entriesAreTheRecordsOfAFullTape() {
        let tape = Tape(recording: .full)
        _ = Self.loss(tape.watch(Self.x))
        let profile = profiled { gradient(at: Self.x) { Self.loss($0) } }.profile
        #expect(counts(profile.byPrimitive, \.forward) == recordCounts(tape, inputs: false))
        #expect(counts(profile.byPrimitive, \.backward) == recordCounts(tape, inputs: true))
        #expect(counts(profile.byScope, \.forward) == recordCounts(tape, byScope: true, inputs: false))
        #expect(counts(profile.byScope, \.backward) == recordCounts(tape, byScope: true, inputs: true))
        #expect(counts(profile.byScope, \.backward) == ["": 4, "layer 1": 2, "layer 2 / inner": 1])
    }

    @Test func resultsHaveTheSameBits() {
        func run() -> (value: Tensor<Double>, gradient: Tensor<Double>) {
            valueAndGradient(at: Self.x) { x in
                let gate = sigmoid(x[0..., 0..<2])
                return (Self.loss(x) + (gate * x[0..., 1..<3] + gate).sum()) * x.sum()
            }
        }
        let plain = run()
        let (measured, profile) = profiled(run)
        #expect(measured.value.scalar.bitPattern == plain.value.scalar.bitPattern)
        #expect(measured.gradient.scalars.map(\.bitPattern) == plain.gradient.scalars.map(\.bitPattern))
        // The slice's record is that of the gate, and the product's is that of the sum: nothing else was recorded.
        #expect(profile.byPrimitive.first { $0.name == "multiplyAdd" }?.forward.count == 1)
        #expect(profile.byPrimitive.first { $0.name == "multiplyAdd" }?.backward.count == 1)
        #expect(profile.byPrimitive.first { $0.name == "slice" }?.forward.count == 2)
        #expect(profile.byPrimitive.first { $0.name == "slice" }?.backward.count == 1)
        #expect(addsUp(profile))
    }

    @Test func aRuleThatIsDifferentiatedAgainIsInTheScopeOfItsRecord() {
        let derivatives = profiled {
            gradient(at: Tensor(2.0)) { x in
                gradient(at: x) { y in withScope("cube") { y * y * y } }
            }
        }
        #expect(derivatives.result.scalar == 12)
        let (all, scopes) = (derivatives.profile.byPrimitive, derivatives.profile.byScope)
        #expect(all.first { $0.name == "multiply" }?.forward.count == 2)
        #expect(scopes.first { $0.name == "cube" }?.forward.count == 2)
        // Back over the two products, and further out over these and over what their rules made.
        #expect((scopes.first { $0.name == "cube" }?.backward.count ?? 0) > 4)
        // No rule is outside of the scope but those of the two inputs.
        #expect(counts(scopes, \.backward)[""] == 2)
        #expect(counts(all, \.backward)["input"] == 2)
    }

    @Test func whatNobodyTracksCounts() {
        let profile = profiled { withScope("beside") { Self.x + Self.x } }.profile
        #expect(profile.byPrimitive.map(\.name) == ["add"])
        #expect(profile.byScope.map(\.name) == ["beside"])
        #expect(profile.byPrimitive[0].forward.count == 1)
        #expect(profile.byPrimitive[0].backward == Profile.Cost())
        let tangents = profiled { jvp(at: Self.x, along: Self.x) { sin($0) } }.profile
        #expect(counts(tangents.byPrimitive, \.forward) == ["sin": 1, "cos": 1, "multiply": 1])
        let batch = profiled { vmap(over: Self.x) { exp($0) } }.profile
        #expect(counts(batch.byPrimitive, \.forward) == ["exp": 1])
    }

    /// Each record once, however many cotangents are taken back.
    @Test func whatIsKeptOfAFunctionWithSeveralPullbacks() {
        let profile = profiled {
            let pullback = vjp(at: Self.x) { exp($0) }.pullback
            return (pullback(Self.x), pullback(Self.x))
        }.profile
        let entry = profile.byPrimitive.first { $0.name == "exp" }
        #expect(entry?.backward.count == 2)
        #expect(entry?.keptByteCount == 48)
    }

    @Test func onTapesThatWereThereBefore() {
        let tape = Tape()
        let x = tape.watch(Self.x)
        let profile = profiled { tape.gradient(of: withScope("late") { exp(x) }.sum(), at: x) }.profile
        #expect(counts(profile.byScope, \.backward) == ["": 2, "late": 1])
    }

    @Test func aCheckpointIsEvaluatedTwice() {
        let profile = profiled {
            gradient(at: Self.x) { x in
                withScope("segment") { checkpointed(x) { exp(sin($0)) } }.sum()
            }
        }.profile
        #expect(counts(profile.byPrimitive, \.forward) == ["sin": 2, "exp": 2, "sum": 1])
        #expect(
            counts(profile.byPrimitive, \.backward)
                == ["sin": 1, "exp": 1, "sum": 1, "checkpoint": 1, "checkpointed": 1, "input": 1])
        #expect(profile.byScope.first { $0.name == "segment" }?.forward.count == 4)
        // What is evaluated again is not the checkpoint's time as well.
        let checkpoint = profile.events.first { $0.primitive == .checkpoint }!
        #expect(checkpoint.inside.nanoseconds > 0)
        #expect(addsUp(profile))
    }

    @Test func whatAFunctionOfAUserDoesIsNotCountedTwice() {
        let profile = profiled {
            gradient(at: Self.x) { x in
                withCustomGradient(named: "double", at: x) {
                    exp(log(exp($0)))
                } pullback: { g, _, x in
                    exp(g) * x
                }.sum()
            }
        }.profile
        // The operations of the function have entries, those of the rule are parts of it.
        #expect(counts(profile.byPrimitive, \.forward) == ["exp": 2, "log": 1, "custom \"double\"": 1, "sum": 1])
        #expect(counts(profile.byPrimitive, \.backward) == ["custom \"double\"": 1, "sum": 1, "input": 1])
        #expect(addsUp(profile))
    }

    /// Whether every event has ended, and the times of all together are those of the ones that lie in no other.
    private func addsUp(_ profile: Profile) -> Bool {
        guard profile.events.allSatisfy({ $0.end.nanoseconds >= $0.begin.nanoseconds }) else { return false }
        let outermost = profile.events.filter { $0.parent == nil }.map { $0.end.nanoseconds - $0.begin.nanoseconds }
        return profile.events.map(\.nanoseconds).reduce(0, +) == outermost.reduce(0, +)
    }

    // MARK: Time and bytes

    @Test func timesAndBytesAddUp() {
        let large = Tensor<Float>(repeating: 1, shape: [64, 64])
        let (_, profile) = profiled {
            gradient(at: large) { x in withScope("square") { exp(x) }[1...].sum() }
        }
        let total = profile.byPrimitive.reduce(0) { $0 + $1.seconds }
        #expect(total > 0 && total <= profile.seconds)
        #expect(abs(profile.byScope.reduce(0) { $0 + $1.seconds } - total) < 1e-12)
        #expect(profile.byPrimitive.map(\.seconds) == profile.byPrimitive.map(\.seconds).sorted(by: >))
        let exponential = profile.byPrimitive.first { $0.name == "exp" }
        let slice = profile.byPrimitive.first { $0.name == "slice" }
        #expect(exponential?.forward.allocatedByteCount == 64 * 64 * 4)
        #expect(exponential?.keptByteCount == 64 * 64 * 4)
        #expect(slice?.forward.allocatedByteCount == 0, "a view")
        #expect(slice?.keptByteCount == 0)
        #expect(profile.byScope.first { $0.name == "square" }?.keptByteCount == 64 * 64 * 4)
        // The cotangent of the whole, in which that of the slice lies and that of x is made.
        let bytes = profile.byPrimitive.reduce(0) { $0 + $1.backward.allocatedByteCount }
        #expect((64 * 64 * 4..<2 * 64 * 64 * 4).contains(bytes))
    }

    @Test func smallBuffersAreCountedAndReusedOnesAreNot() {
        let profile = profiled { exp(tanh(Self.x)) }.profile
        let bytes = Dictionary(
            uniqueKeysWithValues: profile.byPrimitive.map { ($0.name, $0.forward.allocatedByteCount) })
        #expect(bytes == ["tanh": 48, "exp": 0])
    }

    // MARK: Beginning and end

    @Test func profilesNest() {
        let (inner, outer) = profiled {
            _ = exp(Self.x)
            let inner = profiled { withScope("inside") { sin(Self.x) } }.profile
            _ = cos(Self.x)
            return inner
        }
        #expect(counts(inner.byPrimitive, \.forward) == ["sin": 1])
        #expect(counts(outer.byPrimitive, \.forward) == ["exp": 1, "sin": 1, "cos": 1])
        #expect(inner.seconds <= outer.seconds)
    }

    @Test func aProfileInsideOfARule() {
        let counted = Mutex<[Int]>([])
        let outer = profiled {
            gradient(at: Self.x) { x in
                exp(x).observingCotangent { g in
                    let profile = profiled { sin(g) }.profile
                    counted.withLock { $0 = profile.byPrimitive.map(\.forward.count) }
                }.sum()
            }
        }.profile
        #expect(counted.withLock { $0 } == [1])
        #expect(outer.byPrimitive.first { $0.name == "sin" }?.forward.count == 1)
    }

    @Test func nothingIsMeasuredAfterwards() {
        let (tape, profile) = profiled {
            _ = exp(Self.x)
            #expect(ProfileRecorder.current != nil)
            let tape = Tape()
            #expect(!tape.reference.takesShortcuts)
            return tape
        }
        #expect(tape.reference.takesShortcuts)
        let x = tape.watch(Self.x)
        _ = tape.gradient(of: sin(x).sum(), at: x)
        #expect(ProfileRecorder.current == nil)
        #expect(counts(profile.byPrimitive, \.forward) == ["exp": 1])
        #expect(profiled {}.profile.byPrimitive.isEmpty)
    }

    @Test func aTaskThatWasStartedInsideIsNotMeasured() async {
        // Somebody looks at names, so that a recorder is asked for.
        let tape = Tape(recording: .full)
        let task = profiled { Task { ProfileRecorder.current == nil } }.result
        #expect(await task.value)
        #expect(tape.recordCount == 0)
    }

    @Test func errorsPassThrough() {
        struct Stop: Error, Equatable { let number: Int }
        #expect(throws: Stop(number: 3)) {
            try profiled { () throws(Stop) -> Tensor<Double> in
                try gradient(at: Self.x) { (x) throws(Stop) -> Tensor<Double> in
                    _ = exp(x)
                    throw Stop(number: 3)
                }
            }
        }
        #expect(ProfileRecorder.current == nil)
    }

    @Test func otherTasksAreNotMeasured() async {
        let profiles = await withTaskGroup(of: [String: Int].self) { group in
            for index in 0..<16 {
                group.addTask {
                    let profile = profiled {
                        for _ in 0..<20 {
                            _ = gradient(at: Self.x) { index.isMultiple(of: 2) ? exp($0).sum() : $0.sum() }
                        }
                    }.profile
                    return counts(profile.byPrimitive, \.forward)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(profiles.filter { $0 == ["exp": 20, "sum": 20] }.count == 8)
        #expect(profiles.filter { $0 == ["sum": 20] }.count == 8)
    }

    // MARK: Texts

    @Test func theTables() {
        let profile = profiled { gradient(at: Self.x) { Self.loss($0) } }.profile
        let lines = profile.description.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].contains("% of it in primitives and their rules"))
        let primitives = lines[2...].prefix { !$0.isEmpty }
        #expect(primitives.first?.hasPrefix("primitive") == true)
        #expect(primitives.count == 1 + profile.byPrimitive.count)
        #expect(Set(primitives.map(\.count)).count == 1, "aligned")
        let scopes = lines[(4 + profile.byPrimitive.count)...]
        #expect(scopes.map { $0.split(separator: " ")[0] }.sorted() == ["(no", "layer", "layer", "scope"])

        let many = profiled { for index in 0..<23 { withScope("step \(index)") { _ = exp(Self.x) } } }.profile
        #expect(many.description.split(separator: "\n").last?.hasPrefix("3 more") == true)
    }

    private struct Trace: Decodable {
        struct Slice: Decodable {
            struct Arguments: Decodable {
                let shape: String?
                let bytes, operandElements: Int?
                let scope: String?
            }
            let name, cat, ph: String
            let ts, dur: Double
            let pid, tid: Int
            let args: Arguments

            /// In nanoseconds, which the times are whole numbers of.
            var range: ClosedRange<Int> {
                let begin = Int((ts * 1000).rounded())
                return begin...begin + Int((dur * 1000).rounded())
            }
        }
        let traceEvents: [Slice]
    }

    private func trace(_ profile: Profile) throws -> [Trace.Slice] {
        try JSONDecoder().decode(Trace.self, from: Data(profile.chromeTrace().utf8)).traceEvents
    }

    @Test func slicesOfATraceNest() throws {
        let profile = profiled {
            gradient(at: Self.x) { x in
                let inner = withScope("outer") { gradient(at: x) { Self.loss($0) } }
                return withScope("outer") { checkpointed(inner * x) { y in withScope("again") { exp(sin(y)) } } }.sum()
            }
        }.profile
        let slices = try trace(profile)
        #expect(slices.filter { $0.cat != "scope" }.count == profile.events.count)
        var open: [Trace.Slice] = []
        for slice in slices {
            #expect(slice.ph == "X" && slice.ts >= 0 && slice.dur >= 0)
            while let last = open.last, last.range.upperBound <= slice.range.lowerBound { open.removeLast() }
            // Each slice comes after those that it lies in.
            if let last = open.last { #expect(last.range.lowerBound <= slice.range.lowerBound) }
            if let last = open.last { #expect(slice.range.upperBound <= last.range.upperBound) }
            open.append(slice)
            if slice.cat == "scope" { continue }
            #expect(["forward", "backward"].contains(slice.cat))
            let scopes = open.filter { $0.cat == "scope" }.map(\.name).joined(separator: " / ")
            #expect(scopes == slice.args.scope, "its scopes enclose \(slice.name)")
        }
        #expect(slices.contains { $0.name == "again" && $0.cat == "scope" })
        let product = slices.first { $0.name == "matmul" && $0.cat == "forward" }
        #expect(product?.args.shape == "[2, 2]")
        #expect(product?.args.bytes == 32)
        #expect(product?.args.operandElements == 12)
    }

    @Test func anyScopeNameIsJSON() throws {
        let names = ["a \"quoted\" name", "back\\slash", "line\nbreak\t\u{1}\u{7f}", "ħ 隠れ層 🧵\u{2028}", ""]
        let profile = profiled { for name in names { withScope(name) { _ = exp(Self.x) } } }.profile
        let slices = try trace(profile)
        #expect(slices.filter { $0.cat == "scope" }.map(\.name) == names)
        #expect(slices.filter { $0.cat == "forward" }.map(\.args.scope) == names)
        #expect(try trace(profiled {}.profile).isEmpty)
    }

    /// Also where the inner one is in a rule, an event of the outer one.
    @Test func theTraceOfAnInnerProfileIsItsOwn() throws {
        let inner = Mutex<[Profile]>([])
        _ = profiled {
            gradient(at: Self.x) { x in
                exp(x).observingCotangent { g in
                    let profile = profiled { sin(g) }.profile
                    inner.withLock { $0.append(profile) }
                }.sum()
            }
        }
        let slices = try inner.withLock { try $0.map { try trace($0).map(\.name) } }
        #expect(slices == [["sin"]])
    }
}
