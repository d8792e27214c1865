import TapestryAutograd

/// Parameters in each other's place, the wrong way round, missing, or there twice.
extension EquationConfusions {
    private typealias Entry = ScalarTree.Entry

    private var entries: [Entry] { trace.parameters.entries }

    private func confusion(
        _ kind: EquationConfusionKind, _ statement: String, _ tensors: [String: Tensor<Double>]
    ) -> EquationConfusion {
        let changed = trace.parameters.replacing(tensors)
        return everywhere(kind, statement) { setting, _ in setting.parameters = changed }
    }

    // MARK: Gates

    var ofGates: [EquationConfusion] {
        let lists = entries.map(\.blockNames).filter { $0.count > 1 }
        return Set(lists).sorted { $0.count > $1.count || $0.count == $1.count && $0[0] < $1[0] }.flatMap { gates in
            let gated = entries.filter { $0.blockNames == gates }
            // The parameters of a gate together, and where there are several, each by itself.
            let single: [Entry] = gated.count < 2 ? [] : gated
            var confusions = exchangedGates(gates, gated, of: nil)
            for entry in single { confusions += exchangedGates(gates, [entry], of: entry.path) }
            for (module, entries) in modules(of: gated) where entries.count < gated.count {
                confusions += exchangedGates(gates, entries, of: module)
            }
            confusions += gatesWithAnothersParameters(gates, gated, of: nil)
            for entry in single { confusions += gatesWithAnothersParameters(gates, [entry], of: entry.path) }
            for (module, entries) in modules(of: gated) where entries.count < gated.count {
                confusions += gatesWithAnothersParameters(gates, entries, of: module)
            }
            return confusions + [interleaved(gates, gated)]
        }
    }

    /// Every order of up to four gates; of more, every exchange of two, and the order that the values of the step give.
    private func exchangedGates(_ gates: [String], _ entries: [Entry], of path: String?) -> [EquationConfusion] {
        let pairs = gates.indices.flatMap { a in
            gates.indices.dropFirst(a + 1).map { b in
                var order = Array(gates.indices)
                order.swapAt(a, b)
                return order
            }
        }
        let others =
            gates.count <= 4 ? Array(gates.indices).permutations : [matchedOrder(of: gates, entries)].compactMap(\.self)
        let all = pairs + others.filter { !pairs.contains($0) && $0 != Array(gates.indices) }
        return all.map { order in
            confusion(
                .gates, statement(order, gates, of: path),
                Dictionary(
                    uniqueKeysWithValues: entries.map { entry in
                        let blocks = entry.blocks
                        return (entry.path, entry.with(blocks: order.map { blocks[$0] }).tensor)
                    }))
        }
    }

    /// The order of the gates with which the reference computes the step as the cell does, found one gate at a time: at
    /// the first value that deviates, the gate and the block that mend it. `nil` where no gate alone does.
    private func matchedOrder(of gates: [String], _ entries: [Entry]) -> [Int]? {
        var order = Array(gates.indices)
        var open = gates.indices.map(\.self)
        while let deviating = firstDeviation(order, entries) {
            let mended = open.lazy.flatMap { gate in gates.indices.lazy.map { (gate, $0) } }.first { gate, block in
                var changed = order
                changed[gate] = block
                return firstDeviation(changed, entries).map { $0 > deviating } ?? true
            }
            guard let (gate, block) = mended else { return nil }
            order[gate] = block
            open.removeAll { $0 == gate }
        }
        return Set(order).count == order.count ? order : nil
    }

    /// The number of the first of the step's values that deviates where the gates have these blocks.
    private func firstDeviation(_ order: [Int], _ entries: [Entry]) -> Int? {
        let tensors = entries.map { entry in
            let blocks = entry.blocks
            return (entry.path, entry.with(blocks: order.map { blocks[$0] }).tensor)
        }
        let changed = trace.parameters.replacing(Dictionary(uniqueKeysWithValues: tensors))
        return (0..<rowCount).compactMap { row -> Int? in
            var setting = history.setting(time, row)
            setting.parameters = changed
            let yielded = replay.record(setting).yielded
            var numbers: [String: Int] = [:]
            return yielded.firstIndex { name, values in
                let number = numbers[name, default: 0]
                numbers[name] = number + 1
                let computed = trace.steps[time].values(of: .named(name, number: number), row: row)
                guard let computed, computed.count == values.count else { return false }
                let scale = values.reduce(0) { max($0, $1.magnitude) }
                return !zip(values, computed).allSatisfy {
                    ($0 - $1).magnitude <= replay.tolerance.allowed(max(scale, 1))
                }
            }
        }.min()
    }

    /// - Parameter order: for each gate, the gate whose block it has.
    private func statement(_ order: [Int], _ gates: [String], of path: String?) -> String {
        let moved = order.indices.filter { order[$0] != $0 }
        let what = path ?? "parameters"
        // The gates in the order in which the cell finds their blocks.
        let found = gates.indices.map { position in gates[order.firstIndex(of: position)!] }
        let frameworks = PackedLayout.allCases.filter { $0.order(of: gates) == found }.map(\.rawValue)
        let suffix =
            frameworks.isEmpty
            ? "" : ": equals \(frameworks.joined(separator: "'s and "))'s order (\(found.joined(separator: ", ")))"
        if moved.count == 2 { return "\(gates[moved[0]]) and \(gates[moved[1]]) have each other's \(what)\(suffix)" }
        let each = moved.map { "\(gates[$0]) those of \(gates[order[$0]])" }.joined(separator: ", ")
        return "the gates have other gates' \(what), \(each)\(suffix)"
    }

    /// Two gates that read the same block.
    private func gatesWithAnothersParameters(
        _ gates: [String], _ entries: [Entry], of path: String?
    ) -> [EquationConfusion] {
        gates.indices.flatMap { gate in
            gates.indices.filter { $0 != gate }.map { other in
                confusion(
                    .gates, "\(gates[gate]) has the \(path ?? "parameters") of \(gates[other])",
                    Dictionary(
                        uniqueKeysWithValues: entries.map { entry in
                            var blocks = entry.blocks
                            blocks[gate] = blocks[other]
                            return (entry.path, entry.with(blocks: blocks).tensor)
                        }))
            }
        }
    }

    /// Units side by side, with all gates of each, instead of gates side by side.
    private func interleaved(_ gates: [String], _ entries: [Entry]) -> EquationConfusion {
        confusion(
            .gates, "the packed parameters are read unit by unit, not gate by gate",
            Dictionary(
                uniqueKeysWithValues: entries.map { entry in
                    let leading = Array(entry.tensor.shape.dropLast())
                    let byUnit = entry.tensor.reshaped(
                        to: leading + [entry.tensor.shape.last! / gates.count, gates.count])
                    return (entry.path, byUnit.transposed().reshaped(to: entry.tensor.shape))
                }))
    }

    // MARK: Single parameters

    var ofParameters: [EquationConfusion] {
        let whole = entries.flatMap { entry in
            ofParameter(ScalarTree.Part(path: entry.path, gate: nil)) {
                entry.with(blocks: entry.blocks.map($0)).tensor
            }
        }
        let gated = entries.filter { $0.blockNames.count > 1 }.flatMap { entry in
            entry.blockNames.enumerated().flatMap { number, gate in
                ofParameter(ScalarTree.Part(path: entry.path, gate: gate)) { change in
                    var blocks = entry.blocks
                    blocks[number] = change(blocks[number])
                    return entry.with(blocks: blocks).tensor
                }
            }
        }
        return gated + whole + missingModules + withoutGates + exchangedParameters + exchangedModules + inItsEquation
    }

    /// All parameters of a module, such as the weights and the bias of a projection, missing together: of one gate, or
    /// of all.
    private var missingModules: [EquationConfusion] {
        func missing(_ parts: [ScalarTree.Part]) -> EquationConfusion {
            let changed = parts.reduce(trace.parameters) { $0.replacing($1, 0 * trace.parameters[$1]) }
            let names = parts.map { "\($0)" }.joined(separator: " and ")
            return everywhere(.missingTerm, "\(names) are missing") { setting, _ in setting.parameters = changed }
        }
        // Without matrices it is a normalisation, of which more can be said.
        let projections = modules(of: entries).filter { $0.entries.contains { $0.tensor.rank > 1 } }
        return projections.flatMap { _, entries in
            let gates = entries.map(\.blockNames).first { $0.count > 1 } ?? []
            let isGated = entries.allSatisfy { $0.blockNames == gates }
            let ofGates =
                isGated ? gates.map { gate in entries.map { ScalarTree.Part(path: $0.path, gate: gate) } } : []
            return (ofGates + [entries.map { ScalarTree.Part(path: $0.path, gate: nil) }]).map(missing)
        }
    }

    /// All parameters that belong to no gate, such as peepholes, missing together.
    private var withoutGates: [EquationConfusion] {
        let entries = entries.filter(\.blockNames.isEmpty)
        if entries.count < 2 { return [] }
        return [
            confusion(
                .missingTerm, "\(entries.map(\.path).joined(separator: ", ")) are missing",
                Dictionary(uniqueKeysWithValues: entries.map { ($0.path, 0 * $0.tensor) }))
        ]
    }

    /// The mistakes with one parameter, or with one gate's part of it.
    ///
    /// - Parameter applying: the whole parameter after a change to each of its blocks, or to that of the gate.
    private func ofParameter(
        _ part: ScalarTree.Part, _ applying: ((Tensor<Double>) -> Tensor<Double>) -> Tensor<Double>
    ) -> [EquationConfusion] {
        let block = trace.parameters[part]
        func change(
            _ kind: EquationConfusionKind, _ statement: String,
            _ function: @escaping (Tensor<Double>) -> Tensor<Double>
        ) -> EquationConfusion {
            confusion(kind, "\(part) \(statement)", [part.path: applying(function)])
        }
        var confusions = [
            change(.missingTerm, "is missing") { 0 * $0 },
            change(.extraTerm, "is there twice") { 2 * $0 },
            change(.sign, "has the opposite sign") { -$0 },
        ]
        if block.rank == 2 {
            if isSquare(part.path) { confusions.append(change(.transposed, "is transposed") { $0.transposed() }) }
            for shift in 1..<max(block.shape[0], 1) {
                confusions.append(
                    change(.parameters, "has its rows \(shift) further") { $0.rolled(by: -shift, axis: 0) })
            }
            confusions.append(change(.parameters, "has its rows in reverse order") { $0.flipped(axes: [0]) })
        }
        if block.rank < 2 { confusions.append(change(.missingFactor, "is taken for 1") { 0 * $0 + 1 }) }
        if block.rank > 0 {
            confusions.append(change(.parameters, "has its units in reverse order") { $0.flipped(axes: [-1]) })
        }
        return confusions
    }

    /// Whether each gate's block is square.
    private func isSquare(_ path: String) -> Bool {
        guard let block = entries.first(where: { $0.path == path })?.blocks[0] else { return false }
        return block.rank == 2 && block.shape[0] == block.shape[1]
    }

    /// Parameters, and gates' parts of them, of one shape.
    private var exchangedParameters: [EquationConfusion] {
        let parameters = trace.parameters
        let parts = parameters.parts
        return parts.indices.flatMap { first in
            parts.indices.dropFirst(first + 1).flatMap { second -> [EquationConfusion] in
                let (a, b) = (parts[first], parts[second])
                let (x, y) = (parameters[a], parameters[b])
                if a.path == b.path || x.shape != y.shape { return [] }
                let changes = [
                    ("\(a) and \(b) are exchanged", parameters.replacing(a, y).replacing(b, x)),
                    ("\(a) stands in the place of \(b)", parameters.replacing(b, x)),
                    ("\(b) stands in the place of \(a)", parameters.replacing(a, y)),
                ]
                return changes.map { statement, changed in
                    everywhere(.parameters, statement) { setting, _ in setting.parameters = changed }
                }
            }
        }
    }

    /// Those that stand in one module, with its path, where they are several: weights and bias.
    private func modules(of entries: [Entry]) -> [(path: String, entries: [Entry])] {
        let paths = entries.map { entry in entry.path.lastIndex(of: ".").map { String(entry.path[..<$0]) } ?? "" }
        let groups = Dictionary(grouping: zip(paths, entries)) { $0.0 }.filter { !$0.key.isEmpty && $0.value.count > 1 }
        return groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value.map(\.1)) }
    }

    /// Modules of one form, such as two normalisations, with all their parameters.
    private var exchangedModules: [EquationConfusion] {
        let modules = Dictionary(uniqueKeysWithValues: modules(of: entries))
        let names = modules.keys.sorted()
        return names.indices.flatMap { first in
            names.indices.dropFirst(first + 1).compactMap { second -> EquationConfusion? in
                let (a, b) = (modules[names[first]]!, modules[names[second]]!)
                let isAlike =
                    a.count == b.count
                    && zip(a, b).allSatisfy {
                        $0.path.dropFirst(names[first].count) == $1.path.dropFirst(names[second].count)
                            && $0.tensor.shape == $1.tensor.shape
                    }
                if !isAlike { return nil }
                let tensors = zip(a, b).flatMap { [($0.path, $1.tensor), ($1.path, $0.tensor)] }
                return confusion(
                    .parameters, "\(names[first]) and \(names[second]) are exchanged",
                    Dictionary(uniqueKeysWithValues: tensors))
            }
        }
    }

    /// A parameter that several equations share, missing in one of them.
    private var inItsEquation: [EquationConfusion] {
        entries.map { entry in
            let changed = trace.parameters.replacing([entry.path: 0 * entry.tensor])
            return inEquation(.missingTerm, "\(entry.path) is missing in \(quantity)") { setting, _ in
                setting.parameters = changed
            }
        }
    }
}
