import Tapestry
import TapestryArrays
import TapestryAutograd
import TapestryCellEquations
import TapestryRecurrent
import Testing

/// Every cell of the library, by one line of the catalogue.
@Suite struct CatalogueTests {
    /// The equations of its paper, every gate's gradient up to the second order, and `Float`.
    private struct Check: CellVisitor {
        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> CellReport {
            checkCell(
                entry.cell, inputs: entry.inputs, states: entry.states, orders: 2, elements: .projections(2),
                single: Single.self, against: entry.equations)
        }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func cell(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        try withRandomSeed(1) { try cell.accept(Check(), inputSize: 5, hiddenSize: 4).requireCorrect() }
    }

    /// Every element of every parameter.
    private struct Elements: CellVisitor {
        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> CellReport {
            checkCell(entry.cell, inputs: entry.inputs, states: entry.states, against: entry.equations)
        }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func elements(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        try withRandomSeed(2) { try cell.accept(Elements(), inputSize: 3, hiddenSize: 4).requireCorrect() }
    }

    /// A cell without biases computes what it does with zeros in their places. What it cannot be without.
    private struct Bare: CellVisitor {
        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> [String] {
            let (bare, kept) = entry.cell.leavingOutBiases()
            let left = Set(ModuleTree(of: bare).leaves.map(\.path))
            let zeroed = entry.cell.mapLeaves { left.contains($0.path) ? $0.value : $0.value * 0 }
            let inputs = Cell.Input.stacked((0..<3).map { entry.inputs($0, 2) })
            let (found, expected) = (Recurrent(bare)(inputs), Recurrent(zeroed)(inputs))
            #expect(found.outputs.isClose(to: expected.outputs) && found.finalState.isClose(to: expected.finalState))
            return kept
        }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func withoutBiases(_ name: String) throws {
        let needed = [
            "sru": ["forgetBias", "resetBias"], "sgrn": ["bias"], "fast-grnn": ["gateBias", "candidateBias"],
            "minimal-rnn": ["updateBias"],
        ]
        let cell = try #require(CatalogueCell(rawValue: name))
        #expect(withRandomSeed(4) { cell.accept(Bare(), inputSize: 5, hiddenSize: 4) } == needed[name] ?? [])
    }

    /// Shapes, the default state, the drivers.
    private struct Drive: CellVisitor {
        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> [String] {
            var complaints: [String] = []
            func expect(_ isTrue: Bool, _ complaint: String) { if !isTrue { complaints.append(complaint) } }
            let (cell, single) = (entry.cell, entry.single)
            let steps = (0..<6).map { entry.inputs($0, 4) }
            let inputs = Cell.Input.stacked(steps)
            let layer = Recurrent(cell)
            let result = layer(inputs)
            for shape in shapes(of: result.outputs) {
                expect(shape.prefix(2) == [6, 4], "outputs of shape \(shape)")
            }
            let start = cell.initialState(batchSize: 4)
            // States that are not any numbers need not have a zero among them.
            expect(start.parameterNorm == 0 || entry.states != nil, "the default state is not zero")
            expect(layer(inputs, initialState: start) == result, "the default state is another one")
            let first = layer(.stacked(Array(steps[..<2])))
            let rest = layer(.stacked(Array(steps[2...])), initialState: first.finalState)
            let outputs = first.outputs.unstacked() + rest.outputs.unstacked()
            expect(Cell.Output.stacked(outputs) == result.outputs, "a sequence in two parts is another one")
            let masked = layer(inputs, lengths: [6, 2, 4, 1]).outputs.unstacked()
            for (row, length) in [6, 2, 4, 1].enumerated() {
                let alone = layer(.stacked(steps[..<length].map { $0.row(row) })).outputs
                let found = Cell.Output.stacked(masked[..<length].map { $0.row(row) })
                expect(found.isClose(to: alone), "row \(row) depends on its padding")
            }
            expect(
                gradient(at: cell) { cell in
                    Recurrent(cell)(inputs).outputs.parameters.reduce(Tensor<Double>(0)) {
                        $0 + square($1.tensor()).sum()
                    }
                }.parameters.allSatisfy { $0.tensor(as: Double.self).scalars.contains { $0 != 0 } },
                "a parameter has no gradient")
            let inSingle = Recurrent(single)(inputs.converted(to: Single.Input.self)).outputs
            expect(shapes(of: inSingle) == shapes(of: result.outputs), "Float has other shapes")
            return complaints
        }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func drivers(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        let complaints = withRandomSeed(7) { cell.accept(Drive(), inputSize: 3, hiddenSize: 2) }
        #expect(complaints.isEmpty, "\(complaints.joined(separator: "; "))")
    }

    @Test func everyNameIsThereOnce() {
        let names = CatalogueCell.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        #expect(CatalogueCell(rawValue: "no such cell") == nil)
    }
}

private func shapes(of module: some Module) -> [[Int]] { module.parameters.map(\.shape) }

extension Module {
    /// One row of every tensor, as a batch.
    fileprivate func row(_ row: Int) -> Self {
        mapTensors { $0.sliced(AxisSlice(axis: 0, start: row, count: 1)) }
    }

    fileprivate static func == (a: Self, b: Self) -> Bool {
        zip(a.parameters, b.parameters).allSatisfy { $0.tensor(as: Double.self) == $1.tensor(as: Double.self) }
    }

    fileprivate func isClose(to other: Self) -> Bool {
        zip(parameters, other.parameters).allSatisfy {
            $0.tensor(as: Double.self).isClose(to: $1.tensor(as: Double.self), relativeTolerance: 1e-13)
        }
    }
}
