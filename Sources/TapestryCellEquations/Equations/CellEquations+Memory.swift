import Foundation
import Tapestry

// Cells that attend to, or have, a memory.

extension CellEquations {
    private static func softmax(_ z: [Double]) -> [Double] {
        let powers = z.map { exp($0) }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Numbers as rows of so many.
    private static func rows(_ numbers: [Double], of count: Int) -> [[Double]] {
        stride(from: 0, to: numbers.count, by: count).map { Array(numbers[$0..<$0 + count]) }
    }

    /// Σ weights · rows
    private static func weighted(_ weights: [Double], _ rows: [[Double]]) -> [Double] {
        rows[0].indices.map { column in dot(weights, rows.map { $0[column] }) }
    }

    /// `AttentionLSTMCell` with one memory for all rows: M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches
    /// to attention-based neural machine translation", 2015; additive scores as in D. Bahdanau, K. Cho and Y. Bengio,
    /// "Neural machine translation by jointly learning to align and translate", 2015.
    public static func attentionLSTM(isAdditive: Bool, feedsInput: Bool) -> Equations {
        { step in
            let (h, c) = (step.previous("hidden"), step.previous("cell"))
            func z(_ gate: String) -> [Double] {
                let z = CellEquations.preactivation(step, gate, h)
                if !feedsInput { return z }
                return zip(z, step.product(step.previous("attentional"), step.weights("fed.weights", gate: gate))).map(
                    +)
            }
            let f = step.yield("forget", z("forget").map(sigmoid))
            let i = step.yield("input", z("input").map(sigmoid))
            let candidate = step.yield("candidate", z("candidate").map(tanh))
            let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
            let o = step.yield("output", z("output").map(sigmoid))
            let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }

            let key = step.weights("attention.key.weights")
            let sources = rows(step.vector("memory.values"), of: key.count)
            let scores = sources.map { source in
                let k = step.product(source, key)
                if !isAdditive { return dot(hidden, k) }
                let (q, b) = (
                    step.product(hidden, step.weights("attention.query.weights")), step.vector("attention.key.bias")
                )
                return dot(step.vector("attention.score.weights"), q.indices.map { tanh(q[$0] + k[$0] + b[$0]) })
            }
            let attention = step.yield("attention", softmax(scores))
            let context = step.yield("context", weighted(attention, sources))
            let attentional = step.yield(
                "attentional", step.product(context + hidden, step.weights("combination.weights")).map(tanh))
            var state = ["hidden": hidden, "cell": cell]
            if feedsInput { state["attentional"] = attentional }
            return EquationResult(output: attentional, state: state)
        }
    }

    /// `LSTMNCell` from a state of so many steps: J. Cheng, L. Dong and M. Lapata, "Long short-term memory-networks for
    /// machine reading", 2016.
    public static func lstmn(stepsBefore: Int) -> Equations {
        { step in
            let attended = step.previous("attended")
            let hiddens = rows(step.previous("hiddens"), of: attended.count)
            let cells = rows(step.previous("cells"), of: attended.count)
            let unseen = max(0, hiddens.count - stepsBefore - step.time)
            let (x, v) = (step.product(step.input, step.weights("inputScore.weights")), step.vector("score.weights"))
            let a = step.product(attended, step.weights("attendedScore.weights"))
            let scores = hiddens.dropFirst(unseen).map { hidden in
                let h = step.product(hidden, step.weights("hiddenScore.weights"))
                return dot(v, x.indices.map { tanh(h[$0] + x[$0] + a[$0]) })
            }
            let attention = step.yield("attention", [Double](repeating: 0, count: unseen) + softmax(scores))
            let h = step.yield("attended hidden", weighted(attention, hiddens))
            let c = step.yield("attended cell", weighted(attention, cells))
            let f = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
            let i = step.yield("input", preactivation(step, "input", h).map(sigmoid))
            let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
            let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
            let o = step.yield("output", preactivation(step, "output", h).map(sigmoid))
            let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
            let state = [
                "hiddens": hiddens.dropFirst().flatMap { $0 } + hidden,
                "cells": cells.dropFirst().flatMap { $0 } + cell, "attended": h,
            ]
            return EquationResult(output: hidden, state: state)
        }
    }

    /// `NeuralTuringMachineCell`: A. Graves, G. Wayne and I. Danihelka, "Neural Turing machines", 2014, with shifts by
    /// one.
    public static func neuralTuringMachine(readHeads: Int, writeHeads: Int) -> Equations {
        { step in
            func linear(_ path: String, _ x: [Double]) -> [Double] {
                zip(step.product(x, step.weights("\(path).weights")), step.vector("\(path).bias")).map(+)
            }
            func softplus(_ z: Double) -> Double { log(1 + exp(z)) }
            let (hBefore, cBefore) = (step.previous("controller.hidden"), step.previous("controller.cell"))
            let x = step.input + step.previous("reads")
            func z(_ gate: String) -> [Double] {
                let fromInput = step.product(x, step.weights("controller.input.weights", gate: gate))
                let fromState = step.product(hBefore, step.weights("controller.recurrent.weights", gate: gate))
                let bias = step.vector("controller.input.bias", gate: gate)
                return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
            }
            let f = step.yield("forget", z("forget").map(sigmoid))
            let i = step.yield("input", z("input").map(sigmoid))
            let candidate = step.yield("candidate", z("candidate").map(tanh))
            let cell = step.yield("cell", f.indices.map { f[$0] * cBefore[$0] + i[$0] * candidate[$0] })
            let o = step.yield("output", z("output").map(sigmoid))
            let hidden = step.yield("hidden", f.indices.map { o[$0] * tanh(cell[$0]) })

            let heads = readHeads + writeHeads
            let weightingsBefore = step.previous("weightings")
            let locations = weightingsBefore.count / heads
            let before = rows(weightingsBefore, of: locations)
            let memory = rows(step.previous("memory"), of: step.previous("memory").count / locations)
            let size = memory[0].count
            let keys = rows(step.yield("key", linear("key", hidden)), of: size)
            let strength = step.yield("key strength", linear("strength", hidden).map(softplus))
            let content = step.yield(
                "content weighting",
                (0..<heads).flatMap { head in
                    softmax(
                        memory.map { location in
                            let norms = (dot(keys[head], keys[head]) * dot(location, location)).squareRoot()
                            return strength[head] * dot(keys[head], location) / norms
                        })
                })
            let gate = step.yield("interpolation gate", linear("gate", hidden).map(sigmoid))
            let gated = rows(
                step.yield(
                    "gated weighting",
                    content.indices.map { index in
                        let head = index / locations
                        return gate[head] * content[index] + (1 - gate[head]) * before[head][index % locations]
                    }), of: locations)
            let shift = rows(
                step.yield("shift", rows(linear("shift", hidden), of: 3).flatMap { softmax($0) }), of: 3)
            let shifted = rows(
                step.yield(
                    "shifted weighting",
                    (0..<heads).flatMap { head in
                        (0..<locations).map { i in
                            // s is given for −1, 0 and 1.
                            let moved = [0, 1, 2].map { gated[head][(i - ($0 - 1) + locations) % locations] }
                            return dot(moved, shift[head])
                        }
                    }), of: locations)
            let sharpening = step.yield("sharpening", linear("sharpening", hidden).map { 1 + softplus($0) })
            let weightings = rows(
                step.yield(
                    "weighting",
                    (0..<heads).flatMap { head in
                        let powers = shifted[head].map { pow($0, sharpening[head]) }
                        return powers.map { $0 / powers.reduce(0, +) }
                    }), of: locations)

            let erase = rows(step.yield("erase", linear("erase", hidden).map(sigmoid)), of: size)
            let add = rows(step.yield("add", linear("add", hidden)), of: size)
            let writing = Array(weightings.dropFirst(readHeads))
            let next = rows(
                step.yield(
                    "memory",
                    (0..<locations).flatMap { location in
                        (0..<size).map { column in
                            var number = memory[location][column]
                            for head in 0..<writeHeads { number *= 1 - writing[head][location] * erase[head][column] }
                            for head in 0..<writeHeads { number += writing[head][location] * add[head][column] }
                            return number
                        }
                    }), of: size)
            let reads = step.yield("read", weightings.prefix(readHeads).flatMap { weighted($0, next) })
            return EquationResult(
                output: linear("output", hidden + reads),
                state: [
                    "memory": next.flatMap { $0 }, "weightings": weightings.flatMap { $0 }, "reads": reads,
                    "controller.hidden": hidden, "controller.cell": cell,
                ])
        }
    }
}
