import TapestryAutograd

/// States and inputs of another step, row, or name.
extension EquationConfusions {
    var ofStates: [EquationConfusion] {
        ofAllStates + statePaths.flatMap(ofState) + exchangedStates + statesOfOtherRows + statesOfOneStep
    }

    /// Of all tensors of the state together.
    private var ofAllStates: [EquationConfusion] {
        [
            everywhere(.carriedState, "the initial states are taken for 0") { setting, _ in
                if setting.time == 0 { setting.states = setting.states.zeros }
            },
            everywhere(.carriedState, "every step starts from 0") { setting, _ in
                setting.states = setting.states.zeros
            },
            everywhere(.carriedState, "every step starts from the initial state") { setting, history in
                setting.states = history.states[0][setting.row]
            },
            everywhere(.oldState, "every step starts from the state of one step earlier") { setting, history in
                setting.states = history.states[max(setting.time - 1, 0)][setting.row]
            },
        ]
    }

    private func ofState(_ path: String) -> [EquationConfusion] {
        let name = previous(path)
        let ofOneOfSeveral =
            statePaths.count < 2
            ? []
            : [
                everywhere(.carriedState, "every step starts from the initial \(path)") {
                    setting, history in
                    setting.states = setting.states.replacing([path: history.states[0][setting.row].scalars(path)])
                },
                everywhere(.carriedState, "every step starts from 0 in place of \(name)") { setting, _ in
                    setting.states = setting.states.mapping(path) { $0.map { _ in 0 } }
                },
                everywhere(.oldState, "\(name) is that of one step earlier") { setting, history in
                    let time = max(setting.time - 1, 0)
                    setting.states = setting.states.replacing([path: history.states[time][setting.row].scalars(path)])
                },
            ]
        var confusions =
            ofOneOfSeveral + [
                everywhere(.sign, "\(name) has the opposite sign") { setting, _ in
                    setting.states = setting.states.mapping(path) { $0.map(-) }
                },
                inEquation(.missingTerm, "\(name) is missing in \(quantity)") { setting, _ in
                    setting.states = setting.states.mapping(path) { $0.map { _ in 0 } }
                },
            ]
        // No equation reads what it says itself.
        if record.result.state[path] != record.values(of: quantity) {
            let new = "the new \(path.isEmpty ? "state" : path)"
            confusions.append(
                inEquation(.newState, "\(quantity) reads \(new) where \(name) belongs") { setting, history in
                    let new = setting.record(history).result.state[path]
                    setting.states = setting.states.replacing(new.map { [path: $0] } ?? [:])
                })
        }
        let count = trace.initialState.row(0).scalars(path).count
        for name in names where history.records[time][0].value(name)?.count == count {
            confusions.append(
                everywhere(
                    .carriedState, "\(name) is carried from step to step as the state\(path.isEmpty ? "" : " \(path)")"
                ) {
                    setting, history in
                    guard setting.time > 0 else { return }
                    let carried = history.records[setting.time - 1][setting.row].value(name)
                    setting.states = setting.states.replacing(carried.map { [path: $0] } ?? [:])
                })
            if case .named(name, _) = quantity { continue }
            confusions.append(
                inEquation(.newState, "\(quantity) reads \(name) where \(previous(path)) belongs") { setting, history in
                    let new = setting.record(history).value(name)
                    setting.states = setting.states.replacing(new.map { [path: $0] } ?? [:])
                })
        }
        return confusions
    }

    private var exchangedStates: [EquationConfusion] {
        statePaths.indices.flatMap { first in
            statePaths.indices.dropFirst(first + 1).flatMap { second -> [EquationConfusion] in
                let (a, b) = (statePaths[first], statePaths[second])
                let states = trace.initialState
                if states.scalars(a).count != states.scalars(b).count { return [] }
                func exchange(_ setting: inout EquationSetting) {
                    setting.states = setting.states.replacing([a: setting.state(b), b: setting.state(a)])
                }
                func reading(_ other: String, for own: String) -> (inout EquationSetting, EquationHistory) -> Void {
                    { setting, _ in setting.states = setting.states.replacing([own: setting.state(other)]) }
                }
                return [
                    everywhere(.carriedState, "the states \(a) and \(b) are exchanged") { setting, _ in
                        exchange(&setting)
                    },
                    // The initial states are as they should be.
                    everywhere(.carriedState, "the states \(a) and \(b) are exchanged from one step to the next") {
                        setting, _ in
                        if setting.time > 0 { exchange(&setting) }
                    },
                    inEquation(
                        .otherValue, "\(quantity) reads \(previous(b)) where \(previous(a)) belongs", reading(b, for: a)
                    ),
                    inEquation(
                        .otherValue, "\(quantity) reads \(previous(a)) where \(previous(b)) belongs", reading(a, for: b)
                    ),
                    inEquation(.otherValue, "\(quantity) reads \(b) for \(a) and \(a) for \(b)") { setting, _ in
                        exchange(&setting)
                    },
                    everywhere(
                        .otherValue, "every equation reads \(previous(b)) where \(previous(a)) belongs",
                        reading(b, for: a)),
                    everywhere(
                        .otherValue, "every equation reads \(previous(a)) where \(previous(b)) belongs",
                        reading(a, for: b)),
                ]
            }
        }
    }

    /// The step of the deviation alone starts from somewhere else.
    private var statesOfOneStep: [EquationConfusion] {
        let time = time
        if time == 0 { return [] }
        func fromHere(
            _ kind: EquationConfusionKind, _ what: String,
            _ states: @escaping (EquationSetting, EquationHistory) -> ScalarTree
        ) -> EquationConfusion {
            everywhere(kind, "step \(time) starts from \(what)") { setting, history in
                if setting.time == time { setting.states = states(setting, history) }
            }
        }
        let zeros = [fromHere(.carriedState, "0") { setting, _ in setting.states.zeros }]
        let earlier = (0..<time).map { earlier in
            fromHere(
                earlier == 0 ? .carriedState : .oldState,
                earlier == 0 ? "the initial state again" : "the state that step \(earlier) started from"
            ) { setting, history in history.states[earlier][setting.row] }
        }
        let parts =
            statePaths.count < 2
            ? []
            : statePaths.flatMap { path in
                [
                    fromHere(.carriedState, "0 in place of \(previous(path))") { setting, _ in
                        setting.states.mapping(path) { $0.map { _ in 0 } }
                    },
                    fromHere(.carriedState, "the initial \(path) again") { setting, history in
                        setting.states.replacing([path: history.states[0][setting.row].scalars(path)])
                    },
                ]
            }
        return zeros + earlier + parts
    }

    private var statesOfOtherRows: [EquationConfusion] {
        Reordering.all(rowCount).flatMap { order in
            statePaths.flatMap { path in
                [
                    everywhere(.rows, "the rows of \(previous(path)) are taken \(order.description)") {
                        setting, history in
                        let other = order(history.states[setting.time])[setting.row]
                        setting.states = setting.states.replacing([path: other.scalars(path)])
                    },
                    everywhere(.rows, "the rows of \(previous(path)) are taken \(order.description) from step 1 on") {
                        setting, history in
                        guard setting.time > 0 else { return }
                        let other = order(history.states[setting.time])[setting.row]
                        setting.states = setting.states.replacing([path: other.scalars(path)])
                    },
                    inEquation(.rows, "\(quantity) takes the rows of \(previous(path)) \(order.description)") {
                        setting, history in
                        let other = order(history.states[setting.time])[setting.row]
                        setting.states = setting.states.replacing([path: other.scalars(path)])
                    },
                ]
            }
        }
    }

    // MARK: Inputs

    var ofInputs: [EquationConfusion] {
        let inputs = trace.inputs
        let zeros = inputs[0].map(\.zeros)
        let sequences: [(EquationConfusionKind, String, [[ScalarTree]])] = [
            (.time, "the steps of the input are read in reverse order", inputs.reversed()),
            (.time, "every step reads the input of the step before", [inputs[0]] + inputs.dropLast()),
            (.time, "every step reads the input of the step before, the first one 0", [zeros] + inputs.dropLast()),
            (.time, "every step reads the input of the next step", inputs.dropFirst() + [inputs.last!]),
            (.time, "every step reads the input of the next step, the last one 0", inputs.dropFirst() + [zeros]),
            (.time, "every step reads the first input", inputs.map { _ in inputs[0] }),
            (.missingTerm, "the input is not read", inputs.map { _ in zeros }),
        ]
        let rows = Reordering.all(rowCount).map { order in
            (
                EquationConfusionKind.rows, "the rows of the input are taken \(order.description)",
                inputs.map { order($0) }
            )
        }
        let whole = (sequences + rows).map { kind, statement, changed in
            everywhere(kind, statement) { setting, _ in setting.input = changed[setting.time][setting.row] }
        }
        return whole + inputs[0][0].entries.map(\.path).flatMap(ofInput)
    }

    /// Of one tensor of the input.
    private func ofInput(_ path: String) -> [EquationConfusion] {
        let count = trace.inputs[0][0].scalars(path).count
        let (name, features) = path.isEmpty ? ("the input", "features") : ("the input's \(path)", "elements")
        let missing = everywhere(.missingTerm, "\(name) is not read") { setting, _ in
            setting.input = setting.input.mapping(path) { $0.map { _ in 0 } }
        }
        let others = [
            inEquation(.missingTerm, "\(name) is missing in \(quantity)") { setting, _ in
                setting.input = setting.input.mapping(path) { $0.map { _ in 0 } }
            },
            everywhere(.sign, "\(name) has the opposite sign") { setting, _ in
                setting.input = setting.input.mapping(path) { $0.map(-) }
            },
            everywhere(.normalization, "\(name) is normalised") { setting, _ in
                setting.input = setting.input.mapping(path) { LayerNormForm()($0) }
            },
        ]
        let reordered = Reordering.all(count).map { order in
            everywhere(.units, "the \(features) of \(name) are taken \(order.description)") { setting, _ in
                setting.input = setting.input.mapping(path) { order($0) }
            }
        }
        return (path.isEmpty ? [] : [missing]) + others + reordered
    }
}

extension ScalarTree {
    /// The same with zeros.
    fileprivate var zeros: ScalarTree {
        ScalarTree(entries: entries.map { $0.with(0 * $0.tensor) }, owner: owner)
    }

    /// The same with another tensor at one path.
    fileprivate func mapping(_ path: String, _ change: ([Double]) -> [Double]) -> ScalarTree {
        replacing([path: change(scalars(path))])
    }
}
