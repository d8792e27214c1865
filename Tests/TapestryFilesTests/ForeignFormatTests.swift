import Foundation
import TapestryFiles
import TapestryTestSupport
import Testing

/// Files of formats that are not read are called by their names.
@Suite struct ForeignFormatTests {
    private func reason(_ bytes: [UInt8]) throws -> String? {
        var reason: String?
        try withTemporaryDirectory { directory in
            let path = directory + "/weights.safetensors"
            try Data(bytes).write(to: URL(filePath: path))
            reason = #expect(throws: FileFormatError.self) { _ = try Safetensors(contentsOf: path) }?.reason
        }
        return reason
    }

    @Test func ofKeras() throws {
        let bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0]
        #expect(try reason(bytes) == "it is an HDF5 file, as Keras writes them; write the weights as safetensors")
    }

    @Test func ofPyTorch() throws {
        let bytes = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array("archive/data.pkl".utf8)
        let expected =
            "it is a file of torch.save, which holds Python's objects; write the state dictionary as safetensors"
        #expect(try reason(bytes) == expected)
    }

    @Test func ofText() throws {
        let reason = try #require(try reason(Array("First Citizen: Before we proceed".utf8)))
        #expect(reason.hasSuffix("beyond the limit of 100000000: this is no safetensors file"))
    }
}
