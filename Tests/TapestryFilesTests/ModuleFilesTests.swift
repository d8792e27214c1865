import Foundation
import Tapestry
import TapestryTestSupport
import Testing

private struct Statistics: Module {
    var weights: Linear<Float>
    @Buffer var mean: Tensor<Float>
    var order: Tensor<Int32>
    var blocks: [Linear<Float>]

    init(outputs: Int = 3) {
        weights = Linear(inputSize: 2, outputSize: outputs)
        mean = .normal([4])
        order = Tensor([3, 1, 2])
        blocks = [Linear(inputSize: 1, outputSize: 1), Linear(inputSize: 1, outputSize: 2)]
    }
}

@Suite struct ModuleFilesTests {
    @Test func aModelIsSavedAndLoaded() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let model = Statistics()
            try model.save(to: path, metadata: ["epoch": "3"])
            var other = Statistics()
            other.order = Tensor([0, 0, 0])
            #expect(try other.load(from: path) == ["epoch": "3"])
            #expect(other.storedArrays() == model.storedArrays())
            #expect(
                Safetensors(model.storedArrays()).arrays.keys.sorted() == [
                    "blocks.0.bias", "blocks.0.weights", "blocks.1.bias", "blocks.1.weights", "mean", "order",
                    "weights.bias", "weights.weights",
                ])
        }
    }

    @Test func aPlanIsSavedBesideAModel() throws {
        struct Plan: Codable, Equatable { var sizes: [Int], name: String }
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let model = Statistics(outputs: 5)
            try model.save(to: path, plan: Plan(sizes: [2, 5], name: "µ"))
            #expect(try Safetensors.plan(inFile: path) == Plan(sizes: [2, 5], name: "µ"))
            var other = Statistics(outputs: 5)
            try other.load(from: path)
            #expect(other.storedArrays() == model.storedArrays())
            struct Other: Codable { var sizes: [Int], depth: Int }
            struct Names: Codable { var sizes: [String] }
            func reason(_ plan: (some Decodable).Type) -> String? {
                let error = #expect(throws: FileFormatError.self) { try Safetensors.plan(of: plan, inFile: path) }
                return error?.reason
            }
            #expect(reason(Other.self) == "the plan of its model is no Other: it has no \"depth\"")
            #expect(reason(Names.self) == "the plan of its model is no Names: \"sizes.0\" is no String")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try model.save(to: path, plan: Plan(sizes: [2, 5], name: "µ"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
            #expect(try Safetensors(contentsOf: path).metadata == ["plan": #"{"name":"µ","sizes":[2,5]}"#])
            try model.save(to: path)
            #expect(throws: FileFormatError(path: path, reason: "there is no plan of a model in it")) {
                try Safetensors.plan(of: Plan.self, inFile: path)
            }
        }
    }

    @Test func aModelOfOneTensor() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/tensor.safetensors"
            try Tensor<Double>([1, 2]).save(to: path, as: .float32)
            #expect(try Safetensors(contentsOf: path)["tensor"].elementType == .float32)
            var tensor = Tensor<Double>([0, 0])
            try tensor.load(from: path)
            #expect(tensor == Tensor([1, 2]))
        }
    }

    @Test func aFileThatDoesNotFitChangesNothing() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            var arrays = Statistics(outputs: 4).storedArrays()
            arrays["mean"] = nil
            arrays["order"] = StoredArray(Tensor<Float>([1, 2, 3]))
            arrays["surplus"] = StoredArray(Tensor<Float>([1]))
            try Safetensors(arrays).write(to: path)
            var model = Statistics()
            let before = model.storedArrays()
            let error = #expect(throws: ModelLoadError.self) { try model.load(from: path) }
            #expect(
                error?.description == """
                    "\(path)" does not fit the model: missing: mean; unexpected: surplus; unlike: weights.weights: [2, 3] in \
                    the model, [2, 4] in the file, weights.bias: [3] in the model, [4] in the file, order: its elements are \
                    float32, which are not whole numbers
                    """)
            #expect(model.storedArrays() == before)

            let report = model.load(arrays)
            #expect(report == error?.report)
            #expect(model.storedArrays()["blocks.1.weights"] == arrays["blocks.1.weights"])
            #expect(model.storedArrays()["mean"] == before["mean"])
        }
    }
}
