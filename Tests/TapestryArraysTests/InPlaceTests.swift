import CTapestryKernels
import TapestryTestSupport
import Testing

@testable import TapestryArrays

/// A result takes over an operand's memory only when nobody else can see it.
@Suite struct InPlaceTests {
    private func numbers() -> NDArray { NDArray((0..<6).map { Double($0) }, shape: [2, 3]) }
    private let original = [0, 1, 2, 3, 4, 5] as [Double]

    @Test func aUniqueOperandGivesItsMemoryToTheResult() {
        let a = numbers()
        let address = a.pointer
        #expect(NDArray.unary(TAPESTRY_NEGATE, consume a).pointer == address)
        let (b, c) = (numbers(), numbers())
        let (left, right) = (b.pointer, c.pointer)
        let sum = NDArray.binary(TAPESTRY_ADD, "add", consume b, consume c)
        #expect(sum.pointer == left || sum.pointer == right)
        #expect(sum.elements(as: Double.self) == [0, 2, 4, 6, 8, 10])
    }

    @Test func anOperandThatIsUsedLaterStays() {
        let a = numbers()
        let b = NDArray.unary(TAPESTRY_NEGATE, a)
        let c = NDArray.binary(TAPESTRY_ADD, "add", a, b)
        let d = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", a, a)
        #expect(a.elements(as: Double.self) == original)
        #expect(b.elements(as: Double.self) == original.map { -$0 })
        #expect(c.elements(as: Double.self) == original.map { _ in 0 })
        #expect(d.elements(as: Double.self) == original.map { $0 * $0 })
    }

    @Test func aViewIsNotOverwrittenWhileItsWholeIsSeen() {
        let whole = numbers()
        let sum = NDArray.binary(
            TAPESTRY_ADD, "add", whole.sliced(AxisSlice(axis: 0, start: 0, count: 1)), NDArray(scalar: 10, .float64))
        #expect(sum.elements(as: Double.self) == [10, 11, 12])
        #expect(whole.elements(as: Double.self) == original)
    }

    @Test func aWholeIsNotOverwrittenWhileAViewIsSeen() {
        let whole = numbers()
        let row = whole.sliced(AxisSlice(axis: 0, start: 1, count: 1))
        let reversed = whole.transposed
        let negated = NDArray.unary(TAPESTRY_NEGATE, whole)
        #expect(negated.elements(as: Double.self) == original.map { -$0 })
        #expect(row.elements(as: Double.self) == [3, 4, 5])
        #expect(reversed.elements(as: Double.self) == [0, 3, 1, 4, 2, 5])
    }

    @Test func twoViewsOfOneWholeDoNotOverwriteEachOther() {
        func rows() -> (NDArray, NDArray) {
            let whole = numbers()
            return (
                whole.sliced(AxisSlice(axis: 0, start: 0, count: 2)),
                whole.sliced(AxisSlice(axis: 0, start: 1, count: 1))
            )
        }
        let (both, second) = rows()
        let negated = NDArray.unary(TAPESTRY_NEGATE, both)
        #expect(negated.elements(as: Double.self) == original.map { -$0 })
        #expect(second.elements(as: Double.self) == [3, 4, 5])
        let (again, unseen) = rows()
        let sum = NDArray.binary(TAPESTRY_ADD, "add", again, unseen)
        #expect(sum.elements(as: Double.self) == [3, 5, 7, 6, 8, 10])
    }

    @Test func broadcastOperandsAreNotWritten() {
        let row = NDArray([1, 2, 3] as [Double], shape: [3]).viewed(Layout([3]).expanded(to: [2, 3])!)
        let sum = NDArray.binary(TAPESTRY_ADD, "add", row, numbers())
        #expect(sum.elements(as: Double.self) == [1, 3, 5, 4, 6, 8])
        let negated = NDArray.unary(TAPESTRY_NEGATE, row)
        #expect(negated.elements(as: Double.self) == [-1, -2, -3, -1, -2, -3])
    }

    @Test func comparisonsDoNotWriteIntoTheirOperands() {
        let (a, b) = (numbers(), numbers())
        let isEqual = NDArray.comparison(TAPESTRY_EQUAL, "equal", a, b)
        #expect(isEqual.elements(as: Bool.self) == Array(repeating: true, count: 6))
        #expect(a.elements(as: Double.self) == original)
    }

    @Test func aCopyHasMemoryOfItsOwn() {
        let a = numbers()
        let b = a.copied()
        b.add(NDArray(scalar: 1, .float64))
        #expect(a.elements(as: Double.self) == original)
        #expect(b.elements(as: Double.self) == original.map { $0 + 1 })
    }
}
