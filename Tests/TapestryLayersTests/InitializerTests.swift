import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct InitializerTests {
    private let shape = [200, 300]

    private func scalars(_ initializer: Initializer, seed: UInt64 = 1) -> [Double] {
        (initializer.tensor(shape, using: RandomSource(seed: seed)) as Tensor<Double>).scalars
    }

    private func moment(_ scalars: [Double], _ power: Double) -> Double {
        scalars.reduce(0) { $0 + Foundation.pow($1, power) } / Double(scalars.count)
    }

    @Test(
        "uniform ones fill their range evenly",
        arguments: [
            (Initializer.uniform(limit: 0.3), 0.3), (.xavierUniform, (6.0 / 500).squareRoot()),
            (.kaimingUniform, (6.0 / 200).squareRoot()),
        ])
    func uniform(_ initializer: Initializer, _ limit: Double) {
        let scalars = scalars(initializer)
        #expect(scalars.allSatisfy { -limit <= $0 && $0 < limit })
        #expect(scalars.max()! > 0.999 * limit && scalars.min()! < -0.999 * limit)
        // Mean 0, variance limit²/3 and fourth moment limit⁴/5, each within about five standard deviations.
        #expect(abs(moment(scalars, 1)) < 0.012 * limit)
        #expect(abs(moment(scalars, 2) / (limit * limit / 3) - 1) < 0.02)
        #expect(abs(moment(scalars, 4) / (Foundation.pow(limit, 4) / 5) - 1) < 0.03)
    }

    @Test(
        "normal ones have their variance and the normal distribution's fourth moment",
        arguments: [
            (Initializer.normal(standardDeviation: 0.3), 0.3), (.xavierNormal, (2.0 / 500).squareRoot()),
            (.kaimingNormal, (2.0 / 200).squareRoot()),
        ])
    func normal(_ initializer: Initializer, _ deviation: Double) {
        let scalars = scalars(initializer)
        #expect(abs(moment(scalars, 1)) < 0.021 * deviation)
        #expect(abs(moment(scalars, 2) / (deviation * deviation) - 1) < 0.03)
        #expect(abs(moment(scalars, 4) / (3 * Foundation.pow(deviation, 4)) - 1) < 0.07)
    }

    @Test("±1/√count, where a count below 1 is 1")
    func inverseRoot() {
        #expect(Initializer.inverseRoot(of: 25) == .uniform(limit: 0.2))
        #expect(Initializer.inverseRoot(of: 1) == .uniform(limit: 1))
        #expect(Initializer.inverseRoot(of: 0) == .uniform(limit: 1))
    }

    @Test("constants")
    func constants() {
        #expect(scalars(.zeros).allSatisfy { $0 == 0 })
        #expect(scalars(.constant(-1.5)).allSatisfy { $0 == -1.5 })
    }

    @Test("fans that are given take the place of the shape's")
    func fans() {
        let source = RandomSource(seed: 1)
        let wide: Tensor<Double> = Initializer.kaimingUniform.tensor([10, 1000], fanIn: 600, using: source)
        #expect(wide.scalars.map(abs).max()! <= 0.1 && wide.scalars.map(abs).max()! > 0.099)
        let both: Tensor<Double> = Initializer.xavierUniform.tensor(
            [10, 1000], fanIn: 200, fanOut: 400, using: source)
        #expect(both.scalars.map(abs).max()! <= 0.1 && both.scalars.map(abs).max()! > 0.099)
        let vector: Tensor<Double> = Initializer.xavierUniform.tensor([6000], using: source)
        #expect(vector.scalars.map(abs).max()! <= (6.0 / 12000).squareRoot())
    }

    @Test(
        "orthogonal matrices have orthonormal rows or columns",
        arguments: [[5, 9], [9, 5], [7, 7], [1, 4], [0, 3]])
    func orthogonal(_ shape: [Int]) {
        let matrix: Tensor<Double> = Initializer.orthogonal.tensor(shape, using: RandomSource(seed: 2))
        #expect(matrix.shape == shape)
        let product =
            shape[0] > shape[1] ? matmul(matrix.transposed(), matrix) : matmul(matrix, matrix.transposed())
        #expect(product.isClose(to: .identity(min(shape[0], shape[1])), absoluteTolerance: 1e-14))
        let single: Tensor<Float> = Initializer.orthogonal.tensor(shape, using: RandomSource(seed: 2))
        #expect(single == matrix.converted(to: Float.self))
    }

    @Test(
        "a seed decides every bit",
        arguments: [
            Initializer.uniform(limit: 1), .normal(standardDeviation: 1), .xavierUniform, .xavierNormal,
            .kaimingUniform, .kaimingNormal, .orthogonal,
        ])
    func seeds(_ initializer: Initializer) {
        #expect(scalars(initializer) == scalars(initializer))
        #expect(scalars(initializer) != scalars(initializer, seed: 2))
        let current = withRandomSeed(1) { initializer.tensor(shape) as Tensor<Double> }
        #expect(current.scalars == scalars(initializer))
    }

    @Test("an initialiser is a setting that can be written to a file")
    func coding() throws {
        let all: [Initializer] = [
            .zeros, .constant(2), .uniform(limit: 0.5), .normal(standardDeviation: 2), .xavierUniform, .xavierNormal,
            .kaimingUniform, .kaimingNormal, .orthogonal,
        ]
        #expect(try JSONDecoder().decode([Initializer].self, from: JSONEncoder().encode(all)) == all)
    }
}
