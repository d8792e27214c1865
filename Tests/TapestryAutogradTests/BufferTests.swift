import Foundation
import TapestryAutograd
import Testing

/// Tensors of a module that are no parameters.
@Suite struct BufferTests {
    private struct Centring<Scalar: DifferentiableScalar>: Module {
        @Buffer var mean = Tensor<Scalar>([1, 2])
        var gain = Tensor<Scalar>([3, 4])

        func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { (x - mean) * gain }
    }

    @Test func theyAreNoParameters() {
        let centring = Centring<Double>()
        #expect(centring.parameters.map(\.path) == ["gain"])
        #expect(centring.parameterNorm == 5)
        #expect(centring.scaled(by: 2).mean.scalars == [1, 2] && centring.scaled(by: 2).gain.scalars == [6, 8])
    }

    @Test func derivativesLeaveThemAlone() {
        let x = Tensor<Double>([5, 7])
        let gradient = gradient(at: Centring<Double>()) { $0(x).sum() }
        #expect(gradient.gain.scalars == [4, 5] && gradient.mean.scalars == [1, 2])
        let (_, tangent) = jvp(at: Centring<Double>(), along: Centring<Double>()) { $0(x) }
        #expect(tangent.scalars == [12, 20])
    }

    @Test func whatTheyAreSetToIsAConstant() {
        let slope = gradient(at: Tensor<Double>([1, 1])) { x in
            var centring = Centring<Double>()
            centring.mean = 2 * x
            let made = Buffer(wrappedValue: x)
            return (centring(x) + made.wrappedValue).sum()
        }
        #expect(slope.scalars == [3, 4])
    }

    @Test func theyAreSavedAndConverted() throws {
        var centring = Centring<Double>()
        centring.mean = Tensor([0.5, 0.25, 8])
        let data = try JSONEncoder().encode(centring)
        #expect(try JSONDecoder().decode(Centring<Double>.self, from: data).mean == centring.mean)
        #expect(centring.converted(to: Centring<Float>.self).mean.scalars == [0.5, 0.25, 8])
    }
}
