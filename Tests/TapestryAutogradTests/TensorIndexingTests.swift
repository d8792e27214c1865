import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Elements by index and by mask.
@Suite struct TensorIndexingTests {
    private let x = Tensor<Double>([[0.5, -1.5, 2], [1, 3, -0.25]])
    private let places = Tensor<Int32>([[2, 0, -1, 2], [1, 1, 0, -3]])
    private let y = Tensor<Double>([[1, 2, 3, 4], [5, 6, 7, 8]])

    @Test func gathering() {
        #expect(x.gathered(axis: 1, indices: places).scalars == [2, 0.5, 2, 2, 3, 3, 1, 1])
        #expect(x.slices(axis: 1, at: Tensor<Int32>([[2, 0], [-2, 1]])).shape == [2, 2, 2])
        #expect(x.slices(axis: -1, at: Tensor<Int32>([2, 0])).scalars == [2, 0.5, -0.25, 1])
        checkFunction(at: x) { $0.gathered(axis: 1, indices: places) }
        checkFunction(at: x) { $0.slices(axis: 1, at: Tensor<Int32>([2, 0, 2])) }
    }

    @Test func scattering() {
        #expect(x.scattered(axis: 1, indices: places, adding: y).scalars == [2.5, -1.5, 10, 16, 14, -0.25])
        #expect(x.scattered(axis: 1, indices: places, setting: y).scalars == [2, -1.5, 4, 8, 6, -0.25])
        checkFunction(at: x) { $0.scattered(axis: 1, indices: places, adding: y) }
        checkFunction(at: x) { $0.scattered(axis: 1, indices: places, setting: y) }
        checkFunction(at: y) { x.scattered(axis: 1, indices: places, adding: $0) }
        checkFunction(at: y) { x.scattered(axis: 1, indices: places, setting: $0) }
        let slope = gradient(at: y) { x.scattered(axis: 1, indices: places, setting: $0).sum() }
        #expect(slope.scalars == [0, 1, 0, 1, 0, 1, 0, 1])
    }

    @Test func scatteredValuesAreTakenAsTheyAre() {
        let none = Tensor<Int32>(shape: [2, 0], scalars: [])
        #expect(x.scattered(axis: 1, indices: none, setting: .zeros([2, 0])) == x)
        let special = Tensor([1.0, 2]).scattered(
            axis: 0, indices: Tensor<Int32>([0, 0, 1]), setting: Tensor([.nan, -0.0, .infinity]))
        #expect(special.scalars == [0, .infinity] && special.scalars[0].sign == .minus)
        let flags = Tensor<Bool>([false, false]).scattered(axis: 0, indices: Tensor([1]), setting: Tensor([true]))
        #expect(flags.scalars == [false, true])
        // Against a loop, with indices that differ between examples.
        let indices = Tensor<Int32>([[0, 2, 0], [1, 1, 1]])
        let batched = vmap(over: [x, x + 10], outputAxis: 0) {
            $0[0].scattered(axis: 0, indices: Tensor([1]), setting: $0[1][..<1])
        }
        #expect(batched.scalars == [0.5, 10.5, 2, 1, 11, -0.25])
        #expect(
            vmap(over: indices) { x[0].scattered(axis: 0, indices: $0, setting: Tensor([7, 8, 9])) }.scalars
                == [9, -1.5, 8, 0.5, 9, 2])
    }

    @Test func masks() {
        let mask = Tensor<Bool>([true, false, true])
        #expect(x.replacing(where: mask, with: 9).scalars == [9, -1.5, 9, 9, 3, 9])
        #expect(x.elements(where: mask).scalars == [0.5, 2, 1, -0.25])
        #expect(x.elements(where: Tensor(false)).shape == [0])
        checkFunction(at: x) { $0.replacing(where: mask, with: 9) }
        checkFunction(at: x) { $0.elements(where: mask) }
    }

    @Test func oneHotVectors() {
        #expect(Tensor<Double>.oneHot(Tensor<Int32>([2, 0]), count: 3) == Tensor([[0, 0, 1], [1, 0, 0]]))
        #expect(Tensor<Int32>.oneHot(Tensor<Int32>(1), count: 2).scalars == [0, 1])
        #expect(vmap(over: Tensor<Int32>([1, 0])) { Tensor<Float>.oneHot($0, count: 2) }.scalars == [0, 1, 1, 0])
    }
}
