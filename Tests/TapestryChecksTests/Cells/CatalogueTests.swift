import Tapestry
import TapestryCellEquations
import Testing

/// Every cell of the library, by one line of the catalogue.
@Suite struct CatalogueTests {
    /// The equations of its paper, every gate's gradient up to the second order, and `Float`.
    private struct Check: CellVisitor {
        func visit<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
            _ cell: Cell, _ single: Single, _ equations: @escaping CellEquations.Equations
        ) -> CellReport {
            checkCell(cell, inputSize: 5, orders: 2, elements: .projections(2), single: Single.self, against: equations)
        }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func cell(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        try cell.accept(Check(), inputSize: 5, hiddenSize: 4).requireCorrect()
    }

    /// Every element of every parameter.
    private struct Elements: CellVisitor {
        func visit<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
            _ cell: Cell, _ single: Single, _ equations: @escaping CellEquations.Equations
        ) -> CellReport {
            checkCell(cell, inputSize: 3, against: equations)
        }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func elements(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        try cell.accept(Elements(), inputSize: 3, hiddenSize: 4).requireCorrect()
    }

    /// Shapes, the default state, the drivers.
    private struct Drive: CellVisitor {
        func visit<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
            _ cell: Cell, _ single: Single, _ equations: @escaping CellEquations.Equations
        ) -> [String] {
            var complaints: [String] = []
            func expect(_ isTrue: Bool, _ complaint: String) { if !isTrue { complaints.append(complaint) } }
            let inputs = Tensor<Double>.normal([6, 4, 3], using: RandomSource(seed: 1))
            let layer = Recurrent(cell)
            let result = layer(inputs)
            expect(result.outputs.shape.dropLast() == [6, 4], "outputs of shape \(result.outputs.shape)")
            let start = cell.initialState(batchSize: 4)
            expect(start.parameterNorm == 0, "the default state is not zero")
            expect(layer(inputs, initialState: start).outputs == result.outputs, "the default state is another one")
            let (first, state) = (layer(inputs.slice(axis: 0, 0..<2)), inputs.slice(axis: 0, 2..<6))
            let rest = layer(state, initialState: first.finalState)
            expect(
                concatenate([first.outputs, rest.outputs]) == result.outputs, "a sequence in two parts is another one")
            let masked = layer(inputs, lengths: [6, 2, 4, 1])
            for (row, length) in [6, 2, 4, 1].enumerated() {
                let rows = inputs.slice(axis: 1, row..<row + 1)
                let alone = layer(rows.slice(axis: 0, 0..<length)).outputs
                let found = masked.outputs.slice(axis: 1, row..<row + 1).slice(axis: 0, 0..<length)
                expect(found.isClose(to: alone, relativeTolerance: 1e-13), "row \(row) depends on its padding")
            }
            expect(
                gradient(at: cell) { square(Recurrent($0)(inputs).outputs).sum() }.parameters.allSatisfy {
                    $0.tensor(as: Double.self).scalars.contains { $0 != 0 }
                }, "a parameter has no gradient")
            expect(
                Recurrent(single)(inputs.converted(to: Float.self)).outputs.shape == result.outputs.shape,
                "Float has other shapes")
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
