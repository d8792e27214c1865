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
        #expect(statistics.savedByteCount == 5 * 24, "four results and a constant")
        #expect(
            statistics.byPrimitive.map(\.name).sorted() == ["add", "input", "multiply", "sigmoid"])
        #expect(statistics.byPrimitive.allSatisfy { $0.recordCount == 1 && $0.savedByteCount == 24 })
        #expect(statistics.byScope.map(\.name) == ["", "t = 0 / cell", "t = 0"])
        #expect(statistics.byScope.map(\.recordCount) == [1, 1, 2])
        #expect(statistics.byScope.map(\.savedByteCount) == [24, 24, 48])
        let lines = statistics.description.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 11)
        #expect(lines[5].split(separator: " ") == ["all", "4", "120"])
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

    @Test func aCotangentIsSeenAndChanged() {
        let seen = Mutex<[Tensor<Double>]>([])
        let slope = gradient(at: Tensor<Double>([1, 2])) { x in
            let y = square(x).observingCotangent { g in seen.withLock { $0.append(g) } }
            return (3 * y + y).sum() + x.mappingCotangent { -10 * $0 }.sum()
        }
        #expect(seen.withLock { $0 } == [Tensor([4, 4])])
        #expect(slope == Tensor([8 - 10, 16 - 10]))
    }
}
