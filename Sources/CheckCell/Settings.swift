import TapestryCellEquations
import TapestryCommand

/// What the command line sets.
struct Settings {
    var cell = CatalogueCell(rawValue: "lstm")!
    var mutation = CellMutation.nothing
    var list = false
    var html: String?
    var json: String?
    var orders = 1
    var fast = false
    var seed: UInt64 = 0
    var batch = 3
    var steps = 4
    var input = 5
    var hidden = 4

    /// The options that make the same report again, the seed always among them.
    var arguments: String {
        let usual = Settings()
        let all: [(isUsual: Bool, text: String)] = [
            (false, "--cell \(cell.rawValue)"),
            (mutation == usual.mutation, "--break \(mutation.rawValue)"),
            (orders == usual.orders, "--orders \(orders)"),
            (!fast, "--fast"),
            (batch == usual.batch, "--batch \(batch)"),
            (steps == usual.steps, "--steps \(steps)"),
            (input == usual.input, "--input \(input)"),
            (hidden == usual.hidden, "--hidden \(hidden)"),
            (false, "--seed \(seed)"),
        ]
        return all.filter { !$0.isUsual }.map(\.text).joined(separator: " ")
    }

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "CheckCell",
            summary:
                "Checks a recurrent cell: its gradients against differences, its equations against its paper's, and Float "
                + "against Double. Exit status 0: correct; 1: not, or a report cannot be written; 2: bad usage.",
            defaults: Settings())
        options.choice("--cell", \.cell, help: "the cell")
        options.choice("--break", \.mutation, help: "what to break in the cell on purpose")
        options.flag("--list", \.list, help: "print the cells and the ways to break them, and exit")
        options.path("--html", \.html, help: "write the report to this file as a page")
        options.path("--json", \.json, help: "write the report to this file as JSON")
        options.integer("--orders", \.orders, in: 1...4, help: "highest order of derivative to check")
        options.flag("--fast", \.fast, help: "random projections of each block instead of every element")
        options.integer("--seed", \.seed, in: 0...UInt64.max, help: "seed of all that is drawn")
        options.integer("--batch", \.batch, in: 1...1024, help: "rows of the batch")
        options.integer("--steps", \.steps, in: 1...10_000, help: "steps of the sequence")
        options.integer("--input", \.input, in: 1...4096, help: "features of the input")
        options.integer("--hidden", \.hidden, in: 2...4096, help: "units of the cell")
        options.refuse(
            "--cell", "--break", "--html", "--json", "--orders", "--fast", "--seed", "--batch", "--steps", "--input",
            "--hidden", with: "--list", because: "no cell is checked")
        return options
    }
}
