import TapestryArrays

/// The derivatives of every tensor of a result: its Jacobian by the input, whose structure a row has.
public struct JacobianRows<each Input: Module>: Sendable {
    /// Which tensors of the result there are, in the order of its properties; in a tuple the paths begin with the
    /// element's number, `1.hidden`.
    public let paths: [String]
    private let rows: [ModuleTuple<repeat each Input>]

    init<Output: Module>(_ blocks: JacobianBlocks<ModuleTuple<repeat each Input>, Output>) {
        paths = blocks.outputPaths
        rows = paths.indices.map { blocks.row($0) }
    }

    /// The derivatives of the tensor y that has this path and the shape `[i…]`: a value of the input's type (of several
    /// arguments a tuple) in which a parameter p of the shape `[k…]` has become ∂y[i…] / ∂p[k…], `[i…] + [k…]`. Traps
    /// if the result has no such tensor.
    public subscript(path: String) -> (repeat each Input) {
        guard let number = paths.firstIndex(of: path) else {
            trap("jacobianRows", "\"\(path)\" is none of the tensors of the result: \(paths.joined(separator: ", "))")
        }
        return rows[number].elements
    }
}

extension JacobianRows: CustomStringConvertible {
    /// A table with a line for each block, ∂ of a tensor of the result by a parameter of the input: the paths of both,
    /// the block's shape, and its elements, or of a large block the largest magnitude among them.
    ///
    /// ```
    /// of      by            shape   elements
    /// square  slope         [2, 2]  [[2, 0], [0, 4]]
    /// square  inner.offset  [2, 2]  [[0, 0], [0, 0]]
    /// ```
    ///
    /// The path of a tensor that is all of the result, or of the input, is empty and stands as a dot.
    public var description: String {
        var table = TextTable(columns: [.left("of"), .left("by"), .left("shape"), .left("elements")])
        for (path, row) in zip(paths, rows) {
            for block in ModuleTree(of: row).leaves where block.isParameter {
                let paths = [path, block.path].map { $0.isEmpty ? "·" : $0 }
                let elements = TensorText.line(block.value.readable(in: "description"))
                table.append(paths + ["\(block.value.shape)", elements])
            }
        }
        return table.description
    }
}

/// Every tensor of a function's result by every parameter of its argument, `[result.shape + parameter.shape]`.
struct JacobianBlocks<Input: Module, Output: Module> {
    private var input: ModuleTree
    private var output: ModuleTree
    /// By the parameter of the result, and then by the one of the input.
    private var blocks: [[Value]] = []

    init<Failure: Error>(
        at input: Input, _ direction: DerivativeDirection?, mode: Mode,
        of function: (Input) throws(Failure) -> Output
    ) throws(Failure) {
        self.input = ModuleTree(of: input)
        if direction != .forward {
            let recorded = try RecordedFunction(at: input, mode: mode, of: function)
            output = ModuleTree(of: recorded.value)
            if direction == .reverse || output.parameterElementCount <= self.input.parameterElementCount {
                blocks = recorded.results.parameters.map(recorded.rows)
                return
            }
        } else {
            output = self.input
        }
        var columns: [[Value]] = []
        for number in self.input.parameters.indices {
            let (result, column) = try self.input.columns(ofParameter: number, mode: mode, function)
            output = result
            columns.append(column)
        }
        if columns.isEmpty { trap("jacobian", "the input has no parameter") }
        blocks = columns[0].indices.map { row in columns.map { $0[row] } }
    }

    /// The paths of the result's parameters.
    var outputPaths: [String] { output.parameters.map(\.path) }

    /// The derivatives of one tensor of the result by all parameters.
    func row(_ number: Int) -> Input { input.replacingParameters(blocks[number]).module() }
}

extension RecordedFunction {
    /// ∂y[i…] / ∂p[k…] for each parameter p, by one way back for each element of y, all of them as one batch.
    fileprivate func rows(of y: ModuleTree.Leaf) -> [Value] {
        let (basis, count) = y.value.basis
        return Value.mapped(over: [basis], count) { seed in
            ModuleTree(of: pullback([(y.value, seed[0])])).parameters.map(\.value)
        }.map { $0.reshaped(to: y.value.shape + $0.shape.dropFirst()) }
    }
}

extension ModuleTree {
    fileprivate var parameters: [Leaf] { leaves.filter(\.isParameter) }
    fileprivate var parameterElementCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

    /// The result of a function of the module, and ∂y[i…] / ∂p[k…] for each of its tensors y, by one forward pass for
    /// each element of a parameter p, all of them as one batch.
    fileprivate func columns<Input: Module, Output: Module, Failure: Error>(
        ofParameter number: Int, mode: Mode, _ function: (Input) throws(Failure) -> Output
    ) throws(Failure) -> (output: ModuleTree, columns: [Value]) {
        let place = leaves.indices.filter { leaves[$0].isParameter }[number]
        let (basis, count) = leaves[place].value.basis
        var output: ModuleTree?
        let columns = try Value.mapped(over: [basis], count) { (direction) throws(Failure) in
            var tangents = [Value?](repeating: nil, count: leaves.count)
            tangents[place] = direction[0]
            let (value, tangent) = try pushedForward(along: tangents, mode: mode, function)
            output = ModuleTree(of: value)
            return ModuleTree(of: tangent).parameters.map(\.value)
        }
        return (
            output!,
            columns.map { column in
                let last = column.movingAxis(0, to: column.rank - 1)
                return last.reshaped(to: last.shape.dropLast() + leaves[place].value.shape)
            }
        )
    }

    fileprivate func replacingParameters(_ values: [Value]) -> ModuleTree {
        var result = self
        for (index, value) in zip(leaves.indices.filter { leaves[$0].isParameter }, values) {
            result.leaves[index].value = value
        }
        return result
    }
}

extension Value {
    /// Every value of this shape that has a single 1, along a new first axis, and how many there are.
    fileprivate var basis: (values: Value, count: Int) {
        (Value.identity(count, elementType).reshaped(to: [count] + shape), count)
    }
}
