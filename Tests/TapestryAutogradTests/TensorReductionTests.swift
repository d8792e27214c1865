import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Deviations, products, norms, truth values, running reductions and positions.
@Suite struct TensorReductionTests {
    private let x = Tensor<Double>([[0.5, -1.5, 2], [1, 3, -0.25]])

    private func expect(
        _ function: (Tensor<Double>) -> Tensor<Double>, _ values: [Double], _ slopes: [Double],
        sourceLocation location: SourceLocation = #_sourceLocation
    ) {
        #expect(blockError(function(x).scalars, values) < 1e-11, sourceLocation: location)
        #expect(blockError(weightedGradient(at: x, function), slopes) < 1e-12, sourceLocation: location)
        checkFunction(at: x, sourceLocation: location, function)
    }

    // The numbers are PyTorch's, in double precision.

    @Test func deviationsAndProducts() {
        expect(
            { $0.standardDeviation(axes: [1], correction: 1) }, [1.755942292142, 1.639359631076],
            [
                0.0237289498938125, -0.261018448831937, 0.237289498938125, -0.0762492851663023, 0.533744996164116,
                -0.457495710997814,
            ])
        expect({ $0.product(axes: [1]) }, [-1.5, -0.75], [-1.5, 0.5, -0.375, -0.75, -0.25, 3])
    }

    @Test func norms() {
        expect(
            { $0.norm(axes: [1]) }, [2.549509756796, 3.172144385112],
            [
                0.098058067569092, -0.294174202707276, 0.392232270276368, 0.31524416249564, 0.945732487486921,
                -0.0788110406239101,
            ])
        expect(
            { $0.norm(order: 3, axes: [0]) }, [1.040041911526, 3.120125734578, 2.001301236541],
            [
                0.115560212391772, -0.231120424783545, 1.4980500484053, 0.46224084956709, 0.92448169913418,
                -0.0234070320063328,
            ])
        expect({ $0.norm(order: .infinity, axes: [1]) }, [2, 3], [0, 0, 0.5, 0, 1, 0])
        expect({ $0.norm(order: 1, axes: [1]) }, [4, 4.25], [0.5, -0.5, 0.5, 1, 1, -1])
    }

    @Test func runningReductions() {
        expect(
            { $0.cumulativeLogSumExp(axis: 1) },
            [0.5, 0.626928011043, 2.225802049232, 1, 3.126928011043, 3.160509980318],
            [
                1.64784238623712, 0.15534357445239, 1.19681403931049, 2.64380627252673, 4.75712066454341,
                0.099073062929866,
            ])
        expect({ $0.cumulativeProduct(axis: 1) }, [0.5, -0.75, -1.5, 1, 3, -0.75], [-5.5, 2, -1.125, 7.25, 1.75, 9])
        expect({ $0.cumulativeMax(axis: 1) }, [0.5, 0.5, 2, 1, 3, 3], [1.5, 0, 1.5, 2, 5.5, 0])
        expect({ $0.cumulativeMin(axis: 1) }, [0.5, -1.5, -1.5, 1, 1, -0.25], [0.5, 2.5, 0, 4.5, 0, 3])
        expect({ $0.cumulativeSum(axis: -1) }, [0.5, -1, 1, 1, 4, 3.75], [3, 2.5, 1.5, 7.5, 5.5, 3])
        expect(
            { $0.cumulativeSum(axis: 0, reversed: true) }, [1.5, 1.5, 1.75, 1, 3, -0.25], [0.5, 1, 1.5, 2.5, 3.5, 4.5])
        #expect(x.cumulativeProduct(axis: 1, reversed: true).scalars == [-1.5, -3, 2, -0.75, -0.75, -0.25])
        #expect(Tensor<Int32>([1, 2, 3]).cumulativeSum(axis: 0).scalars == [1, 3, 6])
    }

    @Test func productsWithZeros() {
        for zeros in [Tensor([2.0, 0, 3]), Tensor([0.0, 5, 0]), Tensor([0.0, 0, 0])] {
            checkFunction(at: zeros) { $0.product() }
            checkFunction(at: zeros) { $0.cumulativeProduct(axis: 0) }
        }
        #expect(hessian(at: Tensor([0.0, 5, 0])) { $0.product() }.scalars == [0, 0, 5, 0, 0, 0, 5, 0, 0])
    }

    @Test func rootsHaveSlopeZeroAtZero() {
        let zeros = Tensor<Double>.zeros([3])
        for order in [1, 1.5, 2, 3, .infinity] {
            #expect(zeros.norm(order: order).scalar == 0)
            #expect(gradient(at: zeros) { $0.norm(order: order) } == zeros)
        }
        #expect(hessian(at: zeros) { $0.norm() } == .zeros([3, 3]))
        #expect(gradient(at: zeros + 2) { $0.standardDeviation() } == zeros)
        #expect(gradient(at: Tensor([0.0, 4])) { $0.norm(order: 1.5) } == Tensor([0, 1]))
    }

    @Test func normsNeitherOverflowNorUnderflow() {
        #expect(Tensor([3e300, 4e300]).norm().isClose(to: Tensor(5e300)))
        #expect(Tensor([3e-300, 4e-300]).norm().scalar.isNormal)
        #expect(Tensor([3.0, -.infinity]).norm().scalar == .infinity)
        #expect(Tensor([3.0, .nan]).norm(order: 3).scalar.isNaN)
    }

    @Test func overNothingAndOfOneElement() {
        let empty = Tensor<Double>.zeros([2, 0])
        #expect(empty.product(axes: [1]) == .ones([2]))
        #expect(empty.product(axes: [0]) == .zeros([0]))
        #expect(empty.norm(axes: [1]) == .zeros([2]))
        #expect(empty.cumulativeProduct(axis: 1).shape == [2, 0])
        #expect(Tensor(-3.0).norm().scalar == 3)
        #expect(Tensor(-3.0).product().scalar == -3)
        #expect(x.product(axes: [0], keepingAxes: true).shape == [1, 3])
        #expect(x.norm(axes: [0], keepingAxes: true).shape == [1, 3])
        let none = Tensor<Bool>(shape: [0], scalars: [])
        #expect(!none.any().scalar && none.all().scalar)
    }

    @Test func truth() {
        let mask = Tensor<Bool>([[true, false], [true, true]])
        #expect(mask.any(axes: [0]).scalars == [true, true])
        #expect(mask.all(axes: [0]).scalars == [true, false])
        #expect(mask.all(axes: [1], keepingAxes: true).shape == [2, 1])
        #expect(mask.any().scalar && !mask.all().scalar)
        #expect(vmap(over: mask) { $0.all() }.scalars == [false, true])
    }

    @Test func positions() {
        let ties = Tensor<Double>([[1, 3, 3], [.nan, 2, -1]])
        #expect(ties.argMax(axis: 1).scalars == [1, 0])
        #expect(ties.argMin(axis: 1, keepingAxis: true) == Tensor<Int32>([[0], [0]]))
        #expect(ties.argSorted(descending: true).scalars == [1, 2, 0, 0, 1, 2])
        #expect(ties.sorted().indices.scalars == [0, 1, 2, 2, 1, 0])
        #expect(vmap(over: ties) { $0.argMax(axis: 0) }.scalars == [1, 0])
        #expect(x.largest(2).indices.scalars == [2, 0, 1, 0])
        #expect(x.smallest(1, axis: 0).values.scalars == [0.5, -1.5, -0.25])
        expect({ $0.sorted().values }, [-1.5, 0.5, 2, -0.25, 1, 3], [1, 0.5, 1.5, 2.5, 3, 2])
        expect({ $0.largest(2, axis: 1).values }, [2, 0.5, 3, 1], [1, 0, 0.5, 2, 1.5, 0])
        #expect(Tensor<Int32>([3, 1, 2]).sorted().values.scalars == [1, 2, 3])
        let edges = Tensor([1.0, 2, 2, 5])
        #expect(edges.searchSorted(Tensor([0.0, 2, 9])).scalars == [0, 1, 4])
        #expect(edges.searchSorted(Tensor([0.0, 2, 9]), right: true).scalars == [0, 3, 4])
    }
}
