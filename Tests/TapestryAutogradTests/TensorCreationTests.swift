import Foundation
import Testing

@testable import TapestryAutograd

@Suite struct TensorCreationTests {
    @Test func fromNestedArraysAndBack() {
        let matrix = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        #expect(matrix.shape == [2, 3])
        #expect(matrix.rank == 2)
        #expect(matrix.count == 6)
        #expect(matrix.nestedArray(as: [[Float]].self) == [[1, 2, 3], [4, 5, 6]])
        #expect(matrix.transposed().nestedArray(as: [[Float]].self) == [[1, 4], [2, 5], [3, 6]])
        let deep: [[[[[Int32]]]]] = [[[[[1], [2]]]], [[[[3], [4]]]]]
        let tensor = Tensor<Int32>(nested: deep)
        #expect(tensor.shape == [2, 1, 1, 2, 1])
        #expect(tensor.nestedArray(as: [[[[[Int32]]]]].self) == deep)
        #expect(Tensor<Float>([[[1], [2]]]).shape == [1, 2, 1])
        #expect(Tensor<Float>([[[[1], [2]]]]).shape == [1, 1, 2, 1])
        #expect(Tensor<Double>([]).shape == [0])
        #expect(Tensor(true).nestedArray(as: Bool.self))
        #expect(Tensor<Double>(nested: [[], []] as [[Double]]).shape == [2, 0])
        #expect(Tensor<Double>(shape: [2, 0], scalars: []).nestedArray(as: [[Double]].self) == [[], []])
    }

    @Test func filled() {
        #expect(Tensor<Float>.zeros([2, 2]).scalars == [0, 0, 0, 0])
        #expect(Tensor<Int32>.ones([3]).scalars == [1, 1, 1])
        #expect(Tensor(repeating: 2.5, shape: [2, 1]).scalars == [2.5, 2.5])
        #expect(Tensor(repeating: true, shape: []).scalar)
        #expect(Tensor<Float>.zeros([0]).scalars == [])
        #expect(Tensor<Float>([[1, 2]]).zerosLike == Tensor.zeros([1, 2]))
        #expect(Tensor<Float>.identity(0).shape == [0, 0])
        #expect(Tensor<Float>.identity(3) == Tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    }

    @Test func closeness() {
        let x = Tensor([1.0, -2, 1e-9, .infinity])
        #expect(x.isClose(to: x))
        #expect(x.isClose(to: Tensor([1.000001, -2.000001, 0, .infinity])))
        #expect(!x.isClose(to: Tensor([1.0001, -2, 1e-9, .infinity])))
        #expect(x.isClose(to: Tensor([1.0001, -2, 1e-9, .infinity]), relativeTolerance: 1e-3))
        #expect(!x.isClose(to: Tensor([1, -2, 1e-9, -.infinity])))
        #expect(!x.isClose(to: Tensor([1, -2, 1e-9, 5])))
        #expect(!Tensor([1.0, -2, 1e-9, 5]).isClose(to: x))
        #expect(!Tensor([Double.nan]).isClose(to: Tensor([.nan])))
        #expect(!Tensor([1.0]).isClose(to: Tensor([[1.0]])))
        #expect(Tensor([0.0]).isClose(to: Tensor([0.1]), relativeTolerance: 0, absoluteTolerance: 0.11))
    }

    @Test func equality() {
        #expect(Tensor([1.0, 2]) == Tensor([1.0, 2]))
        #expect(Tensor([1.0, 2]) != Tensor([1.0, 3]))
        #expect(Tensor([1.0, 2]) != Tensor([[1.0, 2]]))
        #expect(Tensor([Double.nan]) != Tensor([.nan]))
        #expect(Tensor([0.0]) == Tensor([-0.0]))
    }

    @Test func conversions() {
        #expect(Tensor([1.9, -1.9, .nan]).converted(to: Int32.self).scalars == [1, -1, 0])
        #expect(Tensor<Int32>([0, 2, -1]).converted(to: Bool.self).scalars == [false, true, true])
        #expect(Tensor([true, false]).converted(to: Float.self).scalars == [1, 0])
        #expect(Tensor<Float>([0.1]).converted(to: Double.self).scalars == [Double(Float(0.1))])
        #expect(Tensor([[1.0, 2], [3, 4]]).transposed().converted(to: Float.self).scalars == [1, 3, 2, 4])
    }

    // MARK: Codable

    @Test func throughJSON() throws {
        func roundTrip<Scalar>(_ tensor: Tensor<Scalar>) throws -> Tensor<Scalar> {
            try JSONDecoder().decode(Tensor<Scalar>.self, from: JSONEncoder().encode(tensor))
        }
        let matrix = Tensor<Float>([[0.1, -2], [3e-30, 4e30]])
        #expect(try roundTrip(matrix) == matrix)
        #expect(try roundTrip(matrix.transposed()) == matrix.transposed())
        #expect(try roundTrip(Tensor(1.0 / 3)) == Tensor(1.0 / 3))
        #expect(try roundTrip(Tensor([true, false])) == Tensor([true, false]))
        #expect(try roundTrip(Tensor<Int32>([.min, .max])) == Tensor([.min, .max]))
        #expect(try roundTrip(Tensor<Float>.zeros([2, 0])) == Tensor.zeros([2, 0]))
        let text = String(decoding: try JSONEncoder().encode(["x": Tensor<Int32>([1, 2])]), as: UTF8.self)
        #expect(text.contains("\"shape\":[2]") && text.contains("\"scalars\":[1,2]"))
    }

    @Test(arguments: [
        #"{"shape": [2], "scalars": [1]}"#,
        #"{"shape": [2, 2], "scalars": [1, 2, 3]}"#,
        #"{"shape": [-1], "scalars": []}"#,
        #"{"shape": [-1, -1], "scalars": [1]}"#,
        #"{"shape": [0, -1], "scalars": []}"#,
        #"{"shape": [4611686018427387904, 4], "scalars": []}"#,
        #"{"shape": [4294967296, 4294967296, 0], "scalars": []}"#,
        #"{"shape": [], "scalars": []}"#,
        #"{"shape": [1], "scalars": ["x"]}"#,
        #"{"shape": [1]}"#,
        #"{"scalars": [1]}"#,
        #"{"shape": [1.5], "scalars": [1]}"#,
        #"[1, 2]"#,
        #""#,
    ])
    func corruptJSONThrows(_ text: String) {
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(Tensor<Float>.self, from: Data(text.utf8))
        }
    }

    @Test func hugeExtentsBesideAnEmptyOneDoNotTrap() async {
        await #expect(processExitsWith: .success) {
            let text = #"{"shape": [0, 4294967296, 4294967296], "scalars": []}"#
            _ = try? JSONDecoder().decode(Tensor<Float>.self, from: Data(text.utf8))
        }
    }
}
