import Testing

@testable import TapestryAutograd

@Suite struct TensorPrintingTests {
    @Test func ranksFromZeroToThree() {
        #expect("\(Tensor<Float>(3))" == "Tensor<Float>[] 3")
        #expect("\(Tensor<Double>([1, 2.5, -3]))" == "Tensor<Double>[3]\n[  1, 2.5,  -3]")
        #expect(
            "\(Tensor<Float>([[1, 2, 3], [4, 5, 6]]))" == """
                Tensor<Float>[2, 3]
                [[1, 2, 3],
                 [4, 5, 6]]
                """)
        #expect(
            "\(Tensor<Float>([[[1, 2], [3, 4]], [[5, 6], [7, 80]]]))" == """
                Tensor<Float>[2, 2, 2]
                [[[ 1,  2],
                  [ 3,  4]],

                 [[ 5,  6],
                  [ 7, 80]]]
                """)
    }

    @Test func wholeNumbersTruthValuesAndNothing() {
        #expect("\(Tensor<Int32>([[1, -20], [300, 4]]))" == "Tensor<Int32>[2, 2]\n[[  1, -20],\n [300,   4]]")
        #expect("\(Tensor([true, false]))" == "Tensor<Bool>[2]\n[ true, false]")
        #expect("\(Tensor<Float>(shape: [0], scalars: []))" == "Tensor<Float>[0]\n[]")
        #expect("\(Tensor<Float>(shape: [2, 0, 3], scalars: []))" == "Tensor<Float>[2, 0, 3]\n[]")
    }

    @Test func theMiddleOfLongAxesIsLeftOut() {
        #expect(
            "\(Tensor<Float>((0..<9).map { Float($0) }))" == "Tensor<Float>[9]\n[0, 1, 2, …, 6, 7, 8]")
        #expect(
            "\(Tensor<Float>((0..<8).map { Float($0) }))" == "Tensor<Float>[8]\n[0, 1, 2, 3, 4, 5, 6, 7]")
        #expect(
            "\(Tensor<Float>(shape: [10, 2], scalars: (0..<20).map { Float($0) }))" == """
                Tensor<Float>[10, 2]
                [[ 0,  1],
                 [ 2,  3],
                 [ 4,  5],
                 …,
                 [14, 15],
                 [16, 17],
                 [18, 19]]
                """)
        let large = "\(Tensor<Float>.zeros([1000, 1000]))"
        #expect(large.split(separator: "\n").count == 8)
        #expect(large.contains("[[0, 0, 0, …, 0, 0, 0],"))
    }

    @Test func numbersHaveAtMostFiveDigits() {
        let numbers = Tensor<Double>([1.0 / 3, 1e-7, 123_456.789, 1e9, .nan, -.infinity, .infinity, -0.0])
        #expect(
            "\(numbers)" == """
                Tensor<Double>[8]
                [   0.33333,      1e-07, 1.2346e+05,      1e+09,        nan,       -inf,        inf,          0]
                """)
    }

    @Test func viewsPrintWhatTheyShow() {
        let x = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        #expect("\(x.transposed())" == "Tensor<Float>[3, 2]\n[[1, 4],\n [2, 5],\n [3, 6]]")
        #expect("\(x[1, stride(from: 0, to: 3, by: 2)])" == "Tensor<Float>[2]\n[4, 6]")
        #expect("\(Tensor<Float>([7]).expanded(to: [2, 2]))" == "Tensor<Float>[2, 2]\n[[7, 7],\n [7, 7]]")
    }

    @Test func trackedValuesPrintToo() {
        _ = gradient(at: Tensor([1.0, 2])) { x in
            #expect("\(x * 2)" == "Tensor<Double>[2]\n[2, 4]")
            return x.sum()
        }
    }
}
