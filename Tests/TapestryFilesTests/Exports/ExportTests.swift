import Foundation
import Tapestry
import TapestryExportCases
import TapestryTestSupport
import Testing

/// Exports run by other programs: ONNX Runtime here, where its library is found, and both formats in `Tests/exports.sh`, for
/// which the files are written.
@Suite struct ExportTests {
    @Test(.enabled(if: ONNXRuntime.shared != nil), arguments: ExportCase.all)
    func runtimeAgrees(_ item: ExportCase) throws {
        let model: ONNXModel
        do {
            model = try item.onnx()
        } catch let error as ExportError {
            #expect(error.reason.hasSuffix("has no counterpart there"))
            return
        }
        let found = try ONNXRuntime.shared!.run(model.data, item.inputs, outputs: Array(item.outputs.keys))
        for (name, expected) in item.outputs {
            let result = try #require(found[name])
            #expect(result.shape == expected.shape && result.elementType == expected.elementType, "\(name)")
            guard expected.elementType.isFloatingPoint else {
                #expect(result.bytes == expected.bytes, "\(name)")
                continue
            }
            let pairs = zip(try result.tensor(as: Double.self).scalars, try expected.tensor(as: Double.self).scalars)
            let scale = max(1, pairs.map { abs($1) }.filter(\.isFinite).max() ?? 1)
            for (number, wanted) in pairs where number != wanted && !(number.isNaN && wanted.isNaN) {
                #expect(abs(number - wanted) <= 1e-5 * scale, "\(name): \(number), not \(wanted)")
            }
        }
    }

    /// Each case is exported to both formats, or names the operation that stands in the way.
    @Test func everyCaseIsExportedOrRefusedByName() throws {
        let folder = ProcessInfo.processInfo.environment["TAPESTRY_EXPORTS"]
        var refused: [String: Set<String>] = [:]
        for (number, item) in ExportCase.all.enumerated() {
            if let folder { try item.write(to: folder, number: number) }
            for (format, export) in [
                ("ONNX", { _ = try item.onnx() }), ("StableHLO", { _ = try item.stableHLO() }),
            ] as [(String, () throws -> Void)] {
                do {
                    try export()
                } catch let error as ExportError {
                    #expect(error.format == format && error.reason.hasSuffix("has no counterpart there"), "\(error)")
                    refused[format, default: []].insert(error.reason.components(separatedBy: "\"")[1])
                    #expect(item.name.hasPrefix("operation "), "\(item)")
                }
            }
        }
        let common: Set = [
            "erfinv", "polygamma", "linearRecurrence", "cumulativeLogSumExp", "cumulativeMax", "cumulativeMin",
            "diagonal", "embeddedDiagonal", "cholesky", "solve", "determinant", "signOfDeterminant", "triangularSolve",
            "searchSorted",
        ]
        #expect(refused == ["ONNX": common.union(["lgamma"]), "StableHLO": common])
    }

    /// A step is in the file once, however long the example is.
    @Test func aRecurrenceDoesNotGrowWithTheTime() throws {
        let model = Recurrent(LSTMCell<Float>(inputSize: 3, hiddenSize: 4))
        let sizes = try [2, 40].map { time in
            try ONNXModel(of: model, at: Tensor<Float>.zeros([time, 1, 3])) { $0($1).outputs }.data.count
        }
        #expect(sizes[0] == sizes[1])
    }

    /// What is open when the file is used has the names that were given, and the parameters have their paths.
    @Test func namesAreInTheFile() throws {
        let model = Recurrent(LSTMCell<Float>(inputSize: 3, hiddenSize: 4))
        let example = Tensor<Float>.zeros([1, 1, 3])
        let data = try ONNXModel(of: model, at: example, openAxes: ["input": [0: "hours", 1: "examples"]]) { $0($1) }
            .data
        for name in ["input", "hours", "examples", "outputs", "finalState.hidden", "cell.input.weights", "Scan"] {
            #expect(data.firstRange(of: Data(name.utf8)) != nil, "\(name)")
        }
    }

    private func reason(_ body: () throws -> Void) -> String {
        #expect(throws: ExportError.self) { try body() }?.description ?? ""
    }

    @Test func mistakesAreRefused() {
        let example = Tensor<Float>([[1, 2], [3, 4]])
        func export(
            _ open: [String: [Int: String]], _ function: @escaping (EmptyModule, Tensor<Float>) -> Tensor<Float>
        ) -> String {
            reason { _ = try ONNXModel(of: EmptyModule(), at: example, openAxes: open, function) }
        }
        let batch = ["input": [0: "batch"]]
        #expect(
            export(["x": [0: "batch"]]) { $1 } == #"cannot export to ONNX: there is no input "x" to have open axes"#)
        #expect(
            export(["input": [2: "batch"]]) { $1 }
                == #"cannot export to ONNX: the input "input" of shape [2, 2] has no axis 2"#)
        #expect(
            export([:]) { $1.inverse() } == #"cannot export to ONNX: the operation "solve" has no counterpart there"#)
        // A loop over what is open, and constants that have it in them.
        let loop = export(batch) { _, x in (0..<x.shape[0]).reduce(x) { y, _ in tanh(y) } }
        #expect(loop.contains(#"on the extents of "batch" is not known: it has "#))
        let positions = export(batch) { _, x in
            x + Tensor<Float>(shape: [x.shape[0], 1], scalars: (0..<x.shape[0]).map { Float($0) })
        }
        #expect(
            positions.contains("is not known: a constant has the shape [5, 1] in one recording and [7, 1] in another"))
        let choice = export(batch) { _, x in x.shape[0] > 5 ? exp(x) : tanh(x) }
        #expect(choice.contains("other operations in one recording than in another"))
    }

    @Test func whatDependsOnTheInputCannotBeRead() async {
        await #expect(processExitsWith: .failure) {
            _ = try ONNXModel(of: EmptyModule(), at: Tensor<Float>([1, 2])) { _, x in x.scalars[0] > 0 ? x : -x }
        }
    }

    /// The text of a small function, word for word, which JAX 0.10 compiles.
    @Test func stableHLOIsWrittenAsExpected() throws {
        let model = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        let program = try StableHLOModule(of: model, at: Tensor<Float>([[1, 2]])) { w, x in
            tanh(matmul(x, w)) * 2
        }
        #expect(program.argumentNames == ["input", "model"] && program.resultNames == ["output"])
        #expect(
            program.text == """
                // %arg0: "input"
                // %arg1: "model"
                // result 0: "output"
                module @tapestry {
                  func.func public @main(%arg0: tensor<1x2xf32>, %arg1: tensor<2x3xf32>) -> (tensor<1x3xf32>) {
                    %0 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [1] x [0] : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
                    %1 = stablehlo.tanh %0 : tensor<1x3xf32>
                    %2 = stablehlo.constant dense<"0x00000040"> : tensor<f32>
                    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<1x3xf32>
                    %4 = stablehlo.multiply %1, %3 : tensor<1x3xf32>
                    return %4 : tensor<1x3xf32>
                  }
                }

                """)
    }

    @Test func aFileIsWritten() throws {
        let model = try ONNXModel(of: EmptyModule(), at: Tensor<Float>([1])) { $1 + 1 }
        try withTemporaryDirectory { directory in
            try model.write(to: directory + "/a.onnx")
            #expect(try Data(contentsOf: URL(filePath: directory + "/a.onnx")) == model.data)
        }
    }
}
