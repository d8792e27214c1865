import Foundation
import Tapestry
import TapestryNotebook
import Testing

/// Tapes as pictures.
@Suite struct TapeDrawingTests {
    private struct Box {
        let x, y, width, height: Double
    }

    private func boxes(_ svg: String) -> [Box] {
        svg.matches(of: #/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/#).map {
            Box(x: Double($0.1)!, y: Double($0.2)!, width: Double($0.3)!, height: Double($0.4)!)
        }
    }

    /// Where each line begins and ends.
    private func lines(_ svg: String) -> [(from: (x: Double, y: Double), to: (x: Double, y: Double))] {
        svg.matches(of: #/<path d="M ([\d.]+) ([\d.]+)[^"]* ([\d.]+) ([\d.]+)"/#).map {
            ((Double($0.1)!, Double($0.2)!), (Double($0.3)!, Double($0.4)!))
        }
    }

    private func lstmStep() -> Tape {
        let tape = Tape(recording: .full)
        let cell = tape.watch(withRandomSeed(1) { LSTMCell<Double>(inputSize: 2, hiddenSize: 3) })
        var state = cell.initialState(batchSize: 1)
        for t in 0..<3 {
            withScope("t = \(t)") { state = cell.step(Tensor([[1, Double(t)]]), state).state }
        }
        square(state.hidden).sum().named("loss <1>")
        return tape
    }

    @Test func `Every record has a box, and every operand a line from box to box`() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([1, 2]))
        _ = (x * tanh(x) + 1).sum()
        let svg = tape.svg()
        // input, tanh, multiply, add, sum, and the constant 1.
        let boxes = boxes(svg)
        #expect(boxes.count == 6)
        // tanh reads one value, multiply two, add two, sum one.
        let lines = lines(svg)
        #expect(lines.count == 6)
        for line in lines {
            #expect(
                boxes.contains {
                    abs($0.x + $0.width / 2 - line.from.x) < 0.2 && abs($0.y + $0.height - line.from.y) < 0.2
                })
            #expect(boxes.contains { abs($0.x + $0.width / 2 - line.to.x) < 0.2 && abs($0.y - line.to.y) < 0.2 })
            #expect(line.from.y < line.to.y)
        }
    }

    @Test func `No boxes overlap, and all lie in the picture`() throws {
        let svg = lstmStep().svg()
        let boxes = boxes(svg)
        #expect(boxes.count > 30)
        for (index, a) in boxes.enumerated() {
            for b in boxes[(index + 1)...] where a.y == b.y {
                #expect(a.x + a.width < b.x || b.x + b.width < a.x)
            }
        }
        let size = try #require(svg.firstMatch(of: #/viewBox="0 0 ([\d.]+) ([\d.]+)"/#))
        let (width, height) = (Double(size.1)!, Double(size.2)!)
        #expect(boxes.allSatisfy { $0.x >= 0 && $0.y >= 0 && $0.x + $0.width <= width && $0.y + $0.height <= height })
    }

    @Test func `A crossing that can be avoided is avoided`() {
        // Two chains whose inputs are watched in the other order than they are read in.
        let tape = Tape(recording: .full)
        let (a, b) = (tape.watch(Tensor<Double>([1])), tape.watch(Tensor<Double>([2])))
        let (left, right) = (tanh(b), tanh(a))
        _ = (exp(left) - exp(right)).sum()
        let lines = lines(tape.svg())
        for (index, first) in lines.enumerated() {
            for second in lines[(index + 1)...] where first.from.y == second.from.y {
                #expect((first.from.x - second.from.x) * (first.to.x - second.to.x) >= 0)
            }
        }
    }

    @Test func `Names, shapes and scopes are there, escaped`() {
        let svg = lstmStep().svg()
        #expect(svg.contains("“loss &lt;1&gt;”"))
        #expect(svg.contains("%") && svg.contains("· t = 2</title>"))
        #expect(svg.contains("[1, 3]"))
        #expect(svg.contains("stroke-dasharray"))  // constants
    }

    @Test func `The picture is well-formed`() throws {
        let parser = XMLReader(lstmStep().svg())
        #expect(parser.isWellFormed)
    }

    @Test func `A long tape is shown as lines, an empty one as nothing`() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([1]))
        _ = (0..<300).reduce(x) { y, _ in tanh(y) }
        #expect(tape.notebookContent.representations.keys.sorted() == ["text/plain"])
        #expect(Tape(recording: .full).svg().hasPrefix("<svg"))
    }

    @Test func `A lean tape is drawn too`() {
        let tape = Tape()
        _ = tanh(tape.watch(Tensor<Double>([1])))
        #expect(boxes(tape.svg()).count == 2)
    }
}

/// Whether tags are closed in the order in which they were opened.
private struct XMLReader {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        for tag in text.matches(of: #/<(/?)([a-z]+)[^<>]*?(/?)>/#) {
            if tag.3 == "/" { continue }
            if tag.1.isEmpty {
                open.append(tag.2)
            } else if open.popLast() != tag.2 {
                isWellFormed = false
                return
            }
        }
        isWellFormed = open.isEmpty
    }
}
