import TapestryArrays
import TapestryOperations
import TapestryTestSupport
import Testing

@testable import TapestryAutograd
@testable import TapestryChecks

/// Rules of the library itself, broken one after the other in the table of primitives: each must be found.
///
/// The table is that of the whole process, so each test is a process of its own.
@Suite struct WrongLibraryRuleTests {
    @Test func reverseRuleOfEveryPrimitiveIsFound() async {
        await #expect(processExitsWith: .success) {
            BrokenPrimitive.expectFound { $0.withReverseScaled() }
        }
    }

    @Test func forwardRuleOfEveryPrimitiveIsFound() async {
        await #expect(processExitsWith: .success) {
            BrokenPrimitive.expectFound { $0.withForwardScaled() }
        }
    }

    @Test func noRuleIsWrong() {
        for operation in TapestryOperations.Operation.all {
            for example in operation.examples {
                let origin = checkRules(of: example.function, at: example.leaves(example.shapes, seed: 1))
                #expect(origin.wrongRule == nil, "\(example): \(origin)")
            }
        }
    }
}

/// A primitive whose rule is broken for a while.
enum BrokenPrimitive {
    private static func whileReplaced<Result>(by primitive: Primitive, _ body: () -> Result) -> Result {
        let place = UnsafeMutablePointer(mutating: Primitive[primitive.id])
        let right = place.pointee
        place.pointee = primitive
        defer { place.pointee = right }
        return body()
    }

    /// Breaks each primitive that an operation's example records, and asks for it.
    static func expectFound(_ broken: (Primitive) -> Primitive?) {
        var found: Set<String> = []
        for operation in TapestryOperations.Operation.all {
            for example in operation.examples {
                let leaves = example.leaves(example.shapes, seed: 1)
                let recorded = RecordedFunction(of: example.function, at: leaves, mode: .inference)
                let names = Set(recorded.operations.filter { !$0.isInput }.map(\.primitive))
                for id in Primitive.ID.allCases where names.contains(id.name) && !found.contains(id.name) {
                    guard let primitive = broken(Primitive[id].pointee) else { continue }
                    let origin = whileReplaced(by: primitive) { checkRules(of: example.function, at: leaves) }
                    // What the differences say nothing of is shown by another example.
                    if origin.wrongRule == nil, origin.undecidedCount > 0 { continue }
                    #expect(origin.wrongRule?.place.primitive == id.name, "\(id) in \(example): \(origin)")
                    found.insert(id.name)
                }
            }
        }
        #expect(found.count > 50)
    }
}

extension Primitive {
    /// The same primitive, which gives operands one and a half times their cotangents.
    func withReverseScaled() -> Primitive? {
        @Sendable func scaled(_ g: Value) -> Value { g * g.scalar(1.5) }
        @Sendable func scaled(_ rule: Rule) -> Rule {
            Rule(reads: rule.reads) { g, record in scaled(rule.formula(g, record)) }
        }
        switch reverse {
        case .none, .recomputation: return nil
        case .rules:
            return Primitive(
                id, unary: takesOneOperand ? unaryValue : nil, binary: takesTwoOperands ? binaryValue : nil,
                nary: naryValue, first: scaled(firstRule), second: isBroadcasting ? scaled(secondRule) : nil,
                firstReads: firstReads, secondReads: secondReads, listReads: listReads,
                forward: rightForward, batching: batching)
        case .accumulation:
            return Primitive(
                id, unary: takesOneOperand ? unaryValue : nil, binary: takesTwoOperands ? binaryValue : nil,
                nary: naryValue, firstReads: firstReads, secondReads: secondReads, listReads: listReads,
                accumulation: { [accumulation] g, record, operand, sum in
                    var larger = scaled(g)
                    let view = RecordView(tape: record.tape, index: record.index, isPlaced: false)
                    accumulation(&larger, view, operand, &sum)
                }, forward: forward, batching: batching)
        }
    }

    /// The same primitive with a tangent that is one and a half times too large.
    func withForwardScaled() -> Primitive? {
        if reverse == .none || reverse == .recomputation { return nil }
        let right = rightForward
        guard case .formula(let tangent) = right else { return nil }
        return Primitive(
            id, unary: takesOneOperand ? unaryValue : nil, binary: takesTwoOperands ? binaryValue : nil,
            nary: naryValue, first: reverse == .rules ? firstRule : nil,
            second: reverse == .rules && isBroadcasting ? secondRule : nil, firstReads: firstReads,
            secondReads: secondReads, listReads: listReads, accumulatesProducts: accumulatesProducts,
            accumulation: reverse == .accumulation ? accumulation : nil,
            forward: .formula { tangents, record in
                let right = tangent(tangents, record)
                return right * right.scalar(1.5)
            }, batching: batching)
    }

    /// Forward mode as a formula of its own, which a broken reverse rule leaves as it is.
    private var rightForward: Forward {
        guard case .symmetric = forward else { return forward }
        let (first, second) = (firstRule, secondRule)
        return .formula { tangents, record in
            tangents.sum { tangent, operand in
                switch operand {
                case 0: first.formula(tangent, record)
                case 1: second.formula(tangent, record)
                default: tangent
                }
            }
        }
    }
}
