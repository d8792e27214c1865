import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// All that a sequence depends on.
struct ScanOperands<Cell: RecurrentCell>: Module where Cell.Scalar == Double {
    var cell: Cell
    var inputs: Tensor<Double>
    var initialState: Cell.State
}

/// How a sequence is run.
struct SequenceForm: Sendable, CustomTestStringConvertible {
    var length = 7
    var isReversed = false
    var batchFirst = false
    /// Given the number of steps, for a batch of three.
    var mask: (@Sendable (_ length: Int) -> SequenceMask)?
    var testDescription: String

    static let all: [SequenceForm] =
        [1, 2, 7, 64, 1000].map { SequenceForm(length: $0, testDescription: "\($0) steps") } + [
            SequenceForm(isReversed: true, testDescription: "reversed"),
            SequenceForm(length: 1000, isReversed: true, testDescription: "1000 steps reversed"),
            SequenceForm(batchFirst: true, testDescription: "batch first"),
            SequenceForm(mask: { .lengths([$0, 1, $0 - 2]) }, testDescription: "lengths"),
            SequenceForm(isReversed: true, mask: { .lengths([$0, 1, $0 - 2]) }, testDescription: "lengths, reversed"),
            SequenceForm(
                batchFirst: true, mask: { .lengths([$0, 1, $0 - 2]) }, testDescription: "lengths, batch first"),
            SequenceForm(mask: { .steps(gaps($0)) }, testDescription: "gaps"),
            SequenceForm(
                isReversed: true, batchFirst: true, mask: { .steps(gaps($0).transposed()) },
                testDescription: "gaps, reversed, batch first"),
        ]

    /// At the beginning, in the middle and at the end; nothing at all in the last row.
    private static func gaps(_ length: Int) -> Tensor<Bool> {
        stack((0..<length).map { t in Tensor([t > 1, t != 3 && t != length - 1, false]) })
    }

    func layer<Cell>(_ cell: Cell, scans: Bool) -> Recurrent<Cell> {
        Recurrent(cell, batchFirst: batchFirst, isReversed: isReversed, allowsScan: scans)
    }
}

/// What the scan of a cell is held against: one step after the other.
struct SequencePair<Cell: ScannableRecurrentCell & RecurrentCell> where Cell.Scalar == Double {
    let form: SequenceForm
    let operands: ScanOperands<Cell>

    init(_ cell: Cell, inputSize: Int, _ form: SequenceForm) {
        self.form = form
        let shape = form.batchFirst ? [3, form.length, inputSize] : [form.length, 3, inputSize]
        operands = ScanOperands(
            cell: cell, inputs: .normal(shape),
            initialState: cell.initialState(batchSize: 3).mapValues { Tensor<Double>.normal($0.shape).value })
    }

    typealias Result = RecurrentResult<Tensor<Double>, Cell.State>

    private func result(_ operands: ScanOperands<Cell>, scans: Bool) -> Result {
        form.layer(operands.cell, scans: scans)(
            operands.inputs, initialState: operands.initialState, mask: form.mask?(form.length))
    }

    /// The deviation of each block of values and gradients.
    func deviations() -> [(name: String, error: Double)] {
        let (expected, expectedPullback) = vjp(at: operands) { result($0, scans: false) }
        let (found, pullback) = vjp(at: operands) { result($0, scans: true) }
        let cotangent = expected.mapValues { Tensor<Double>.normal($0.shape).value }
        func errors<Block: Module>(_ found: Block, _ expected: Block) -> [(String, Double)] {
            zip(found.parameters, expected.parameters).map {
                let (found, expected) = ($0.tensor(as: Double.self).scalars, $1.tensor(as: Double.self).scalars)
                return ($0.path, blockError(found, expected, floor: 1e-3))
            }
        }
        return errors(found, expected) + errors(pullback(cotangent), expectedPullback(cotangent))
    }
}

/// The library's cells that can be scanned.
enum ScannedCell: String, CaseIterable, Sendable {
    case minGRU, minLSTM, lru, s5, s5Bilinear, mLSTM, movingAverage

    func deviations(_ form: SequenceForm) -> [(name: String, error: Double)] {
        withRandomSeed(1) {
            switch self {
            case .minGRU: SequencePair(MinGRUCell(inputSize: 3, hiddenSize: 5), inputSize: 3, form).deviations()
            case .minLSTM: SequencePair(MinLSTMCell(inputSize: 3, hiddenSize: 5), inputSize: 3, form).deviations()
            case .lru:
                SequencePair(LRUCell(inputSize: 3, stateSize: 5, outputSize: 2), inputSize: 3, form).deviations()
            case .s5: SequencePair(S5Cell(inputSize: 3, stateSize: 5, outputSize: 2), inputSize: 3, form).deviations()
            case .s5Bilinear:
                SequencePair(
                    S5Cell(inputSize: 3, stateSize: 5, outputSize: 2, discretization: .bilinear), inputSize: 3, form
                ).deviations()
            case .mLSTM:
                SequencePair(MLSTMCell(inputSize: 3, hiddenSize: 6, headCount: 2), inputSize: 3, form).deviations()
            case .movingAverage:
                SequencePair(MovingAverageCell(decay: Tensor([0.5, 3, -1])), inputSize: 3, form).deviations()
            }
        }
    }
}

@Suite struct ScanTests {
    @Test("all steps at once are one step after the other", arguments: ScannedCell.allCases, SequenceForm.all)
    func forms(_ cell: ScannedCell, _ form: SequenceForm) {
        let deviations = cell.deviations(form)
        #expect(deviations.count > 4)
        for (name, error) in deviations { #expect(error < 1e-11, "\(name): \(error)") }
    }

    @Test("many units are scanned in segments of the sequence", arguments: [false, true])
    func segments(_ isReversed: Bool) {
        for mask in [nil, { @Sendable (length: Int) in SequenceMask.lengths([length, 1, length - 60]) }] {
            let form = SequenceForm(length: 200, isReversed: isReversed, mask: mask, testDescription: "")
            let deviations = withRandomSeed(1) {
                SequencePair(LRUCell(inputSize: 2, stateSize: 150, outputSize: 3), inputSize: 2, form).deviations()
            }
            for (name, error) in deviations { #expect(error < 1e-11, "\(name): \(error)") }
        }
        let cell = LRUCell<Double>(inputSize: 2, stateSize: 150, outputSize: 3)
        let inputs = Tensor<Double>.ones([200, 3, 2])
        let (segmented, whole) = (
            recordCount(Recurrent(cell), inputs), recordCount(Recurrent(cell), inputs.slice(axis: 0, 0..<60))
        )
        #expect(segmented > whole && segmented < 3 * whole)
    }

    private let cell = withRandomSeed(1) { MinGRUCell<Double>(inputSize: 3, hiddenSize: 4) }
    private let inputs = Tensor<Double>.normal([60, 3, 3], using: RandomSource(seed: 2))

    /// The number of records of a run.
    private func recordCount<Layer: RecurrentLayer>(_ layer: Layer, _ inputs: Layer.Input) -> Int {
        let tape = Tape()
        _ = tape.watch(layer).run(inputs, initialState: nil, mask: nil)
        return tape.recordCount
    }

    @Test("a scan records no step by itself, and whoever needs single steps gets them")
    func records() {
        #expect(recordCount(Recurrent(cell), inputs) < 60)
        #expect(recordCount(Recurrent(cell, allowsScan: false), inputs) > 300)
        #expect(recordCount(Recurrent(cell, truncation: 20), inputs) > 300)
        #expect(recordCount(Recurrent(Zoneout(cell, rate: 0.5)), inputs) > 300)
        #expect(recordCount(Recurrent(RecurrentDropout(cell, rate: 0.5)), inputs) > 300)
        #expect(recordCount(Recurrent(VariationalDropout(cell, state: 0.5, of: "")), inputs) > 300)
        #expect(recordCount(Recurrent(LearnedInitialState(cell)), inputs) < 60)
        #expect(recordCount(Recurrent(DropConnect(cell, rate: 0.5, of: "*")), inputs) < 60)
        let wide = withRandomSeed(3) { MinGRUCell<Double>(inputSize: 3, hiddenSize: 3) }
        #expect(recordCount(Recurrent(Residual(wide)), inputs) < 60)
        #expect(recordCount(Recurrent(Highway(wide, featureCount: 3)), inputs) < 60)
        #expect(recordCount(Bidirectional(cell, cell), inputs) < 120)
        #expect(recordCount(RecurrentLayers(cells: [wide, wide]), inputs) < 120)
    }

    /// The outputs of a wrapped cell both ways, each with the same random numbers.
    private func expectBothWays<Cell: RecurrentCell>(
        _ cell: Cell, _ location: SourceLocation = #_sourceLocation
    ) where Cell.Scalar == Double {
        let runs = [true, false].map { scans in
            withMode(.training) {
                withRandomSeed(9) { Recurrent(cell, allowsScan: scans)(inputs, lengths: [60, 13, 41]).outputs }
            }
        }
        #expect(blockError(runs[0].scalars, runs[1].scalars) < 1e-13, sourceLocation: location)
    }

    @Test("wrappers are the same around both forms")
    func wrappers() {
        let wide = withRandomSeed(3) { MinGRUCell<Double>(inputSize: 3, hiddenSize: 3) }
        var learned = LearnedInitialState(cell)
        learned.initial = .normal([1, 4], using: RandomSource(seed: 4))
        expectBothWays(learned)
        expectBothWays(Residual(wide))
        expectBothWays(withRandomSeed(5) { Highway(wide, featureCount: 3) })
        expectBothWays(DropConnect(cell, rate: 0.5, of: "*"))
        expectBothWays(Residual(DropConnect(LearnedInitialState(wide), rate: 0.5, of: "*")))
    }

    @Test("the last output is that of the last step that is there", arguments: SequenceForm.all)
    func last(_ form: SequenceForm) {
        let pair = withRandomSeed(1) { SequencePair(cell, inputSize: 3, form) }
        func last(scans: Bool) -> (output: Tensor<Double>, finalState: Tensor<Double>) {
            form.layer(cell, scans: scans).last(
                pair.operands.inputs, initialState: pair.operands.initialState, mask: form.mask?(form.length))
        }
        let (found, expected) = (last(scans: true), last(scans: false))
        #expect(blockError(found.output.scalars, expected.output.scalars) < 1e-12)
        #expect(blockError(found.finalState.scalars, expected.finalState.scalars) < 1e-12)
    }

    @Test("nothing of padding gets through, not even a NaN")
    func padding() {
        let lengths = [60, 13, 41]
        let isThere = stack((0..<60).map { t in Tensor(lengths.map { t < $0 }).unsqueezed(axis: -1) })
        let broken = select(isThere, inputs, Tensor(Double.nan))
        for isReversed in [false, true] {
            let layer = Recurrent(cell, isReversed: isReversed)
            func run(_ inputs: Tensor<Double>) -> (value: Tensor<Double>, gradient: Tensor<Double>) {
                let (value, gradient) = valueAndGradient(at: inputs) {
                    let result = layer($0, lengths: lengths)
                    return square(result.outputs).sum() + result.finalState.sum()
                }
                return (value, gradient)
            }
            let (plain, found) = (run(inputs), run(broken))
            #expect(found.value == plain.value)
            #expect(found.gradient == plain.gradient)
            #expect(select(isThere, Tensor(0), found.gradient).scalars.allSatisfy { $0 == 0 })
        }
    }

    @Test("a stateful layer over windows is the layer over the whole, to the bit")
    func stateful() {
        let whole = Recurrent(cell)(inputs)
        var stream = Stateful(Recurrent(cell))
        let outputs = [0..<2, 2..<3, 3..<60].map { stream(inputs.slice(axis: 0, $0)).outputs }
        #expect(concatenate(outputs) == whole.outputs)
    }

    @Test("trace and gradientFlow see every step, and the result is that of the scan but for rounding")
    func inspection() {
        let layer = Recurrent(cell)
        let (result, trace) = layer.trace(inputs)
        #expect(trace.names == ["update", "candidate", "hidden"])
        #expect(trace["hidden"].shape == [60, 3, 4])
        #expect(blockError(result.outputs.scalars, layer(inputs).outputs.scalars) < 1e-14)
        #expect(blockError(trace["hidden"].scalars, result.outputs.scalars) == 0)
        let flow = layer.gradientFlow(inputs) { square($0.outputs[-1]).sum() }
        #expect(flow["state"].count == 60 && flow["state"].allSatisfy { $0 > 0 })
    }

    @Test("derivatives of all kinds go through a scan")
    func derivatives() {
        let short = inputs.slice(axis: 0, 0..<4)
        func loss(_ x: Tensor<Double>, scans: Bool) -> Tensor<Double> {
            square(Recurrent(cell, allowsScan: scans)(x).outputs).sum()
        }
        let direction = Tensor<Double>.normal(short.shape, using: RandomSource(seed: 5))
        func curvature(_ scans: Bool) -> Tensor<Double> {
            jvp(at: short, along: direction) { gradient(at: $0) { loss($0, scans: scans) } }.tangent
        }
        #expect(blockError(curvature(true).scalars, curvature(false).scalars) < 1e-12)
        let examples = stack([short, direction])
        func each(_ scans: Bool) -> Tensor<Double> {
            vmap(over: examples) { gradient(at: $0) { loss($0, scans: scans) } }
        }
        #expect(blockError(each(true).scalars, each(false).scalars) < 1e-12)
    }

    @Test("single precision agrees with double")
    func singlePrecision() {
        let model = withRandomSeed(6) {
            Recurrent(LRUCell<Double>(inputSize: 3, stateSize: 4, outputSize: 4, radii: 0.9...0.999))
        }
        let single = model.converted(to: Recurrent<LRUCell<Float>>.self)
        let x = Tensor<Double>.normal([1000, 2, 3], using: RandomSource(seed: 7))
        let found = single(x.converted(to: Float.self)).outputs.converted(to: Double.self)
        #expect(blockError(found.scalars, model(x).outputs.scalars) < 1e-5)
    }

    @Test("it is the example in the documentation of ScannableRecurrentCell")
    func documentation() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        func lines(_ path: String) throws -> [Substring] {
            try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false)
        }
        let documentation = try lines("../../../Sources/TapestryRecurrent/Scan/ScannableRecurrentCell.swift")
            .filter { $0.hasPrefix("///") }.map { $0.dropFirst(3).drop { $0 == " " } }
        let example = documentation.split { $0.hasPrefix("```") }.dropFirst().first
        let code = try lines("MovingAverageCell.swift").map { $0.drop { $0 == " " } }
        #expect(Array(try #require(example)) == Array(code.drop { !$0.hasPrefix("struct") }.dropLast()))
    }
}
