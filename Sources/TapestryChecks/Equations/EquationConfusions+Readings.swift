import Foundation
import TapestryAutograd

/// States and inputs that reach the cell changed: through a function, from another row, or from another step.
extension EquationConfusions {
    var ofReadings: [EquationConfusion] {
        readings.flatMap { functions(of: $0) + rows(of: $0) + elements(of: $0) + fitted($0) } + heldInputs
            + inputsOfOneStep + returnedStates
    }

    /// One tensor that every step starts from, or all tensors of the state.
    private struct Reading {
        let name: String
        let paths: [String]
        let isInput: Bool

        func tree(_ setting: EquationSetting) -> ScalarTree { isInput ? setting.input : setting.states }

        /// The setting in which the cell gets something else.
        func change(_ setting: inout EquationSetting, _ function: (String, [Double]) -> [Double]) {
            let tree = tree(setting)
            let changed = tree.replacing(
                Dictionary(uniqueKeysWithValues: paths.map { ($0, function($0, tree.scalars($0))) }))
            if isInput { setting.input = changed } else { setting.states = changed }
        }
    }

    private var readings: [Reading] {
        let states = statePaths.map { Reading(name: previous($0), paths: [$0], isInput: false) }
        let all = states.count < 2 ? [] : [Reading(name: "the previous state", paths: statePaths, isInput: false)]
        let inputs = trace.inputs[0][0].entries.map(\.path).map { path in
            Reading(name: path.isEmpty ? "the input" : "the input's \(path)", paths: [path], isInput: true)
        }
        return inputs + all + states
    }

    /// A mistake that begins where it can: at step 0, or at step 1 if nothing is wrong before.
    private func reading(
        _ kind: EquationConfusionKind, _ statement: String, _ reading: Reading,
        _ function: @escaping (String, [Double], EquationSetting, EquationHistory) -> [Double]
    ) -> EquationConfusion {
        let begin = min(time, 1)
        return everywhere(kind, begin == 0 ? statement : "\(statement) from step 1 on") { setting, history in
            let plain = setting
            if setting.time >= begin { reading.change(&setting) { function($0, $1, plain, history) } }
        }
    }

    private func functions(of own: Reading) -> [EquationConfusion] {
        let all: [(EquationConfusionKind, String, ([Double]) -> [Double])] = [
            (.activation, "is squared", { $0.map { $0 * $0 } }),
            (.activation, "is taken without its sign", { $0.map(\.magnitude) }),
            (.activation, "passes relu", { $0.map { max($0, 0) } }),
            (.activation, "passes tanh", { $0.map { tanh($0) } }),
            (.activation, "passes σ", { $0.map { sigmoid($0) } }),
            (.complement, "is taken for 1 − it", { $0.map { 1 - $0 } }),
            (.normalization, "is centred", { $0.centred }),
            (.normalization, "is normalised", { LayerNormForm()($0) }),
            (.rounding, "is rounded to single precision", { $0.map { Double(Float($0)) } }),
        ]
        return all.map { kind, predicate, function in
            reading(kind, "\(own.name) \(predicate)", own) { _, values, _, _ in function(values) }
        }
    }

    private func rows(of own: Reading) -> [EquationConfusion] {
        if rowCount < 2 { return [] }
        func rows(_ path: String, _ setting: EquationSetting, _ history: EquationHistory) -> [[Double]] {
            (0..<rowCount).map { own.tree(history.setting(setting.time, $0)).scalars(path) }
        }
        let copies = [0, rowCount - 1].map { row in
            reading(.rows, "all rows read \(own.name) of row \(row)", own) { path, _, setting, history in
                rows(path, setting, history)[row]
            }
        }
        let mean = reading(.rows, "\(own.name) is averaged over the rows", own) { path, values, setting, history in
            let sum = rows(path, setting, history).reduce(values.map { _ in 0 }) { $0.combined($1, +) }
            return sum.map { $0 / Double(rowCount) }
        }
        return copies + [mean]
    }

    /// One element that is not read.
    private func elements(of own: Reading) -> [EquationConfusion] {
        guard let path = own.paths.first, own.paths.count == 1 else { return [] }
        let count = own.tree(history.setting(time, 0)).scalars(path).count
        if count < 2 || count > Self.mostElements { return [] }
        let what = own.isInput ? "feature" : "unit"
        return (0..<count).map { element in
            reading(.units, "\(what) \(element) of \(own.name) is taken for 0", own) { _, values, _, _ in
                var values = values
                values[element] = 0
                return values
            }
        }
    }

    private static var mostElements: Int { 64 }

    // MARK: With a number

    /// A factor, or a bound, with which the deviating quantity comes out as in the cell.
    private func fitted(_ own: Reading) -> [EquationConfusion] {
        let largest = (0..<rowCount).flatMap { row in
            own.paths.flatMap { own.tree(history.setting(time, row)).scalars($0) }
        }.reduce(0) { max($0, $1.magnitude) }
        if largest == 0 { return [] }
        func mistakes(
            _ kind: EquationConfusionKind, over grid: [Double], _ statement: (Double) -> String,
            _ function: @escaping (Double, Double) -> Double
        ) -> [EquationConfusion] {
            func confusion(_ number: Double) -> EquationConfusion {
                reading(kind, statement(number), own) { _, values, _, _ in values.map { function($0, number) } }
            }
            return numbers(over: grid, confusion).map(confusion)
        }
        let factors = stride(from: -3.0, through: 3, by: 0.125).map { $0 + 1.0 / 64 }
        let bounds = (0...32).map { largest * Double($0) / 32 }
        return mistakes(.scale, over: factors) {
            "\(own.name) is \(NumberText.ratio($0)) times what it should be"
        } _: {
            $0 * $1
        }
            + mistakes(.limit, over: bounds) {
                "\(own.name) is limited to ±\(NumberText.long($0))"
            } _: {
                min(max($0, -$1), $1)
            }
    }

    /// The numbers between those of a grid with which a mistake gives the element that deviates most.
    private func numbers(over grid: [Double], _ confusion: (Double) -> EquationConfusion) -> [Double] {
        guard let (row, unit, computed) = worst else { return [] }
        let setting = history.setting(time, row)
        func excess(_ number: Double) -> Double {
            let values = replay.values(of: quantity, setting, making: confusion(number), history)
            return values.map { $0[unit] - computed } ?? .nan
        }
        let found = grid.map(excess)
        return zip(grid.indices, grid.indices.dropFirst()).compactMap { first, second in
            guard found[first].isFinite, found[second].isFinite, found[first].sign != found[second].sign else {
                return nil
            }
            var (low, high) = (grid[first], grid[second])
            for _ in 0..<60 {
                let middle = (low + high) / 2
                if excess(middle).sign == found[first].sign { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
    }

    /// The element of the step that deviates most, and what the cell computed.
    private var worst: (row: Int, unit: Int, computed: Double)? {
        (0..<rowCount).flatMap { row -> [(row: Int, unit: Int, computed: Double, error: Double)] in
            let expected = history.records[time][row].values(of: quantity) ?? []
            let computed = trace.steps[time].values(of: quantity, row: row) ?? []
            return zip(expected, computed).enumerated().map { (row, $0, $1.1, ($1.1 - $1.0).magnitude) }
        }.max { $0.error < $1.error }.map { ($0.row, $0.unit, $0.computed) }
    }

    // MARK: Steps

    private var heldInputs: [EquationConfusion] {
        let inputs = trace.inputs
        let held = (2...4).filter { $0 < inputs.count }.map { count in
            everywhere(.time, "\(count) steps in a row read the input of the first of them") { setting, _ in
                setting.input = inputs[setting.time / count * count][setting.row]
            }
        }
        let turned = everywhere(.time, "every step reads the input of the next step, the last one the first") {
            setting, _ in
            setting.input = inputs[(setting.time + 1) % inputs.count][setting.row]
        }
        return held + [turned]
    }

    /// The step of the deviation alone reads the input of another one.
    private var inputsOfOneStep: [EquationConfusion] {
        let (inputs, time) = (trace.inputs, time)
        return inputs.indices.filter { $0 != time }.map { other in
            everywhere(.time, "step \(time) reads the input of step \(other)") { setting, _ in
                if setting.time == time { setting.input = inputs[other][setting.row] }
            }
        }
    }

    /// Two tensors of the state that are returned in each other's place.
    private var returnedStates: [EquationConfusion] {
        guard case .state(let path) = quantity else { return [] }
        return statePaths.filter { $0 != path }.map { other in
            everywhere(.carriedState, "\(path) and \(other) are exchanged in the returned state") { setting, _ in
                setting.returning = { result in
                    var result = result
                    (result.state[path], result.state[other]) = (result.state[other], result.state[path])
                    return result
                }
            }
        }
    }
}

extension [Double] {
    /// The same less the mean.
    var centred: [Double] {
        let mean = reduce(0, +) / Double(count)
        return map { $0 - mean }
    }
}
