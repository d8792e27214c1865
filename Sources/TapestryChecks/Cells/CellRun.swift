import TapestryAutograd
import TapestryRecurrent

/// A cell over a sequence: all that its outputs depend on, each input under the name of its step.
struct CellRun<Cell: StructuredRecurrentCell>: Module {
    var cell: Cell
    /// xₜ of every step, each tensor `[batch, …]`.
    var inputs: [Cell.Input]
    var initialState: Cell.State

    init(cell: Cell, inputs: [Cell.Input], initialState: Cell.State) {
        self.cell = cell
        self.inputs = inputs
        self.initialState = initialState
    }

    /// The outputs of all steps and the state after the last.
    var result: RecurrentResult<Cell.Output, Cell.State> {
        Recurrent(cell)(.stacked(inputs), initialState: initialState)
    }

    // Written out for the names of the inputs, which are what reports say.

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CellRunKey.self)
        try container.encode(cell, forKey: .cell)
        for (step, input) in inputs.enumerated() { try container.encode(input, forKey: .input(step)) }
        try container.encode(initialState, forKey: .initialState)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CellRunKey.self)
        cell = try container.decode(Cell.self, forKey: .cell)
        initialState = try container.decode(Cell.State.self, forKey: .initialState)
        inputs = []
        while container.contains(.input(inputs.count)) {
            inputs.append(try container.decode(Cell.Input.self, forKey: .input(inputs.count)))
        }
    }
}

/// The names of what a cell over a sequence depends on.
private struct CellRunKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static let cell = CellRunKey(stringValue: "cell")
    static let initialState = CellRunKey(stringValue: "initialState")
    static func input(_ step: Int) -> CellRunKey { CellRunKey(stringValue: "input [t = \(step)]") }
}
