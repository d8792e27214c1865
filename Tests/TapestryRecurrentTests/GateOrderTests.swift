import TapestryAutograd
import TapestryRecurrent
import Testing

/// Where the blocks of gates lie: in the order of the enum's cases, whatever these are in memory.
@Suite struct GateOrderTests {
    enum Only: String, CaseIterable { case only }

    enum Reordered: String, CaseIterable {
        case first, second, third
        static let allCases: [Reordered] = [.third, .first, .second]
    }

    enum Partial: String, CaseIterable {
        case first, second, third
        static let allCases: [Partial] = [.first, .second]
    }

    @Test func aGateWithoutABlockTraps() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Gated<Partial, Float>(packed: Tensor([[1, 2, 3, 4]]))[.third]
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("gates: third is not among Partial.allCases, and so has no block"))
    }

    @Test func oneGateIsTheWhole() {
        let packed = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        #expect(Gated<Only, Float>(packed: packed)[.only] == packed)
        #expect("\(Gated<Only, Float>(packed: packed))" == "only \(packed.shape)")
    }

    @Test func theOrderIsThatOfAllCases() {
        let gated = Gated<Reordered, Float>(packed: Tensor([[1, 2, 3, 4, 5, 6]]))
        #expect(gated[.third] == Tensor([[1, 2]]))
        #expect(gated[.first] == Tensor([[3, 4]]))
        #expect(gated[.second] == Tensor([[5, 6]]))
        #expect(gated.unitCount == 2)
    }

    @Test func aPendingProductHasTheOrderToo() {
        var projection = GateProjection<Reordered, Float>(2, 1, bias: false)
        projection.weights = Gated(packed: Tensor([[1, 2, 3], [10, 20, 30]]))
        let z = projection(Tensor([[1, 1]])) + projection(Tensor([[0, 1]]))
        #expect(z[.third] == Tensor([[21]]))
        #expect(z[.second] == Tensor([[63]]))
    }
}
