import Synchronization
import Testing

@testable import TapestryAutograd

/// Tapes as numbers and as graphs, and hooks on cotangents.
@Suite struct TapeGraphTests {
    private static func recorded() -> Tape {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([1, 2, 3]))
        let gate = withScope("t = 0") { withScope("cell") { sigmoid(x).named("a \"gate\" \\n") } }
        _ = withScope("t = 0") { gate * Tensor([4.0, 5, 6]) + x }
        return tape
    }

    @Test func statistics() {
        let statistics = Self.recorded().statistics
        #expect(statistics.recordCount == 4)
        #expect(statistics.keptByteCount == 5 * 24, "four results and a constant")
        #expect(statistics.byPrimitive.map(\.name).sorted() == ["add", "constant", "input", "multiply", "sigmoid"])
        #expect(statistics.byPrimitive.allSatisfy { $0.recordCount == ($0.name == "constant" ? 0 : 1) })
        #expect(statistics.byPrimitive.allSatisfy { $0.keptByteCount == 24 })
        #expect(statistics.byScope.map(\.name) == ["", "t = 0 / cell", "t = 0"])
        #expect(statistics.byScope.map(\.recordCount) == [1, 1, 2])
        #expect(statistics.byScope.map(\.keptByteCount) == [24, 24, 72], "the last one with its constant")
        let lines = statistics.description.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 12)
        #expect(lines[6].split(separator: " ") == ["all", "4", "120"])
    }

    @Test func aGraph() {
        #expect(
            Self.recorded().dot() == """
                digraph tape {
                    rankdir=LR;
                    node [shape=box, fontname="sans-serif"];
                    c0 [label="float64 [3]", style=dashed];
                    r0 [label="input\\n[3]"];
                    subgraph cluster_1 {
                        label="t = 0";
                        r2 [label="multiply\\n[3]"];
                        r3 [label="add\\n[3]"];
                        subgraph cluster_2 {
                            label="cell";
                            r1 [label="sigmoid\\n“a \\"gate\\" \\\\n”\\n[3]"];
                        }
                    }
                    r0 -> r1;
                    r1 -> r2;
                    c0 -> r2 [style=dashed];
                    r2 -> r3;
                    r0 -> r3;
                }

                """)
    }

    @Test func anEmptyTape() {
        let tape = Tape(recording: .full)
        #expect(tape.statistics.recordCount == 0)
        #expect(tape.dot().hasPrefix("digraph tape {"))
    }

    @Test func aUsersPrimitiveHasItsName() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([2]))
        let cubed: @Sendable (Tensor<Double>) -> Tensor<Double> = { x in
            withCustomGradient(named: "cube", at: x, of: { $0 * $0 * $0 }) { g, _, x in 3 * g * x * x }
        }
        _ = cubed(x)
        #expect(tape.description.contains("%1 = custom \"cube\"(%0)  float64 [1]  keeps %1, %0"))
        #expect(tape.dot().contains("r1 [label=\"custom \\\"cube\\\"\\n[1]\"];"))
        #expect(tape.statistics.byPrimitive.contains { $0.name == "custom \"cube\"" })
        let profile = profiled { gradient(at: Tensor<Double>([2])) { cubed($0).sum() } }.profile
        let entry = profile.byPrimitive.first { $0.name == "custom \"cube\"" }
        #expect(entry?.forward.count == 1 && entry?.backward.count == 1)
        #expect(profile.chromeTrace().contains("{\"name\":\"custom \\\"cube\\\"\",\"cat\":\"backward\""))
        #expect(firstNonFinite(at: Tensor<Double>([1e200])) { cubed($0).sum() }?.primitive == "custom \"cube\"")
    }

    @Test func aCotangentIsSeenAndChanged() {
        let seen = Mutex<[Tensor<Double>]>([])
        let slope = gradient(at: Tensor<Double>([1, 2])) { x in
            let y = square(x).observingCotangent { g in seen.withLock { $0.append(g) } }
            return (3 * y + y).sum() + x.mappingCotangent { -10 * $0 }.sum()
        }
        #expect(seen.withLock { $0 } == [Tensor([4, 4])])
        #expect(slope == Tensor([8 - 10, 16 - 10]))
    }

    /// Forward mode has no cotangents to look at, and the transpose of what is done to them.
    @Test func hooksInForwardMode() {
        let seen = Mutex<[Tensor<Double>]>([])
        let x = Tensor<Double>([1, 2])
        let observed = jvp(at: x, along: Tensor([1, 10])) { x in
            square(x).observingCotangent { g in seen.withLock { $0.append(g) } }
        }
        #expect(observed.tangent == Tensor([2, 40]))
        #expect(seen.withLock { $0 } == [])
        let turn: @Sendable (Tensor<Double>) -> Tensor<Double> = { x in
            exp(x.mappingCotangent { $0.flipped(axes: [0]) * Tensor([3, -1]) })
        }
        let turned = jvp(at: x, along: Tensor([1, 10]), of: turn).tangent.sum()
        let expected = (gradient(at: x) { turn($0).sum() } * Tensor([1, 10])).sum()
        #expect((turned - expected).scalar.magnitude < 1e-12)
        let batch = vmap(over: Tensor<Double>([1, 2, 3])) { t in
            jvp(at: x, along: t * x) { square($0.mappingCotangent { -2 * $0 }) }.tangent
        }
        #expect(batch == Tensor([[-4, -16], [-8, -32], [-12, -48]]))
    }
}
