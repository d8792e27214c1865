import Foundation
import Tapestry

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// ONNX Runtime, where its library is found: the file that `TAPESTRY_ONNXRUNTIME` names, or one that the system knows. Its
/// functions are a table, in which each keeps its place for ever (`OrtApi` in onnxruntime_c_api.h).
final class ONNXRuntime: @unchecked Sendable {
    /// What the library says went wrong.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private typealias Handle = OpaquePointer
    private typealias Text = UnsafePointer<CChar>
    private typealias Names = UnsafePointer<Text?>
    private typealias Status = Handle?

    static let shared = ONNXRuntime()

    /// The places of functions in the table.
    private enum Place: Int {
        case errorMessage = 2
        case createEnvironment = 3
        case createSessionFromArray = 8
        case run = 9
        case createSessionOptions = 10
        case createTensorWithData = 49
        case tensorData = 51
        case tensorElementType = 60
        case tensorExtentCount = 61
        case tensorExtents = 62
        case tensorInfo = 65
        case createMemoryInfo = 69
        case releaseStatus = 93
        case releaseSession = 95
        case releaseValue = 96
        case releaseTensorInfo = 99
    }

    private let table: UnsafePointer<UnsafeRawPointer?>
    private var environment, options, memory: Handle?

    private init?() {
        let named = ProcessInfo.processInfo.environment["TAPESTRY_ONNXRUNTIME"]
        let names = (named.map { [$0] } ?? []) + ["libonnxruntime.so", "libonnxruntime.so.1", "libonnxruntime.dylib"]
        guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first,
            let symbol = dlsym(library, "OrtGetApiBase")
        else { return nil }
        typealias Base = @convention(c) () -> UnsafePointer<@convention(c) (UInt32) -> UnsafeRawPointer?>
        guard let api = unsafeBitCast(symbol, to: Base.self)().pointee(13) else { return nil }
        table = api.assumingMemoryBound(to: UnsafeRawPointer?.self)
        typealias CreateEnvironment = @convention(c) (Int32, Text, UnsafeMutablePointer<Handle?>) -> Status
        typealias CreateOptions = @convention(c) (UnsafeMutablePointer<Handle?>) -> Status
        typealias CreateMemory = @convention(c) (Int32, Int32, UnsafeMutablePointer<Handle?>) -> Status
        do {
            // Only errors are logged; memory is the processor's own.
            try check(function(.createEnvironment, as: CreateEnvironment.self)(3, "tapestry", &environment))
            try check(function(.createSessionOptions, as: CreateOptions.self)(&options))
            try check(function(.createMemoryInfo, as: CreateMemory.self)(0, 0, &memory))
        } catch {
            return nil
        }
    }

    private func function<Function>(_ place: Place, as type: Function.Type) -> Function {
        unsafeBitCast(table[place.rawValue]!, to: type)
    }

    private func release(_ place: Place, _ handle: Handle?) {
        function(place, as: (@convention(c) (Handle?) -> Void).self)(handle)
    }

    private func check(_ status: Status) throws {
        guard let status else { return }
        defer { release(.releaseStatus, status) }
        let message = function(.errorMessage, as: (@convention(c) (Handle) -> Text).self)(status)
        throw Failure(description: String(cString: message))
    }

    /// What a model gives for inputs.
    func run(_ model: Data, _ inputs: [String: StoredArray], outputs: [String]) throws -> [String: StoredArray] {
        typealias CreateSession =
            @convention(c) (Handle?, UnsafeRawPointer, Int, Handle?, UnsafeMutablePointer<Handle?>) -> Status
        var session: Handle?
        try model.withUnsafeBytes { bytes in
            try check(
                function(.createSessionFromArray, as: CreateSession.self)(
                    environment, bytes.baseAddress!, bytes.count, options, &session))
        }
        defer { release(.releaseSession, session) }
        // Tensors refer to these bytes, which stay where they are until the end.
        let buffers = inputs.values.map { array in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(array.bytes.count, 1), alignment: 16)
            array.bytes.copyBytes(to: buffer)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        let values = try zip(inputs.values, buffers).map { try tensor($0, $1) }
        defer { for value in values { release(.releaseValue, value) } }

        typealias Run =
            @convention(c) (
                Handle?, Handle?, Names, UnsafePointer<Handle?>, Int, Names, Int, UnsafeMutablePointer<Handle?>
            ) -> Status
        var results = [Handle?](repeating: nil, count: outputs.count)
        let inputNames = inputs.keys.map { strdup($0)! }
        let outputNames = outputs.map { strdup($0)! }
        defer { for name in inputNames + outputNames { free(name) } }
        try check(
            function(.run, as: Run.self)(
                session, nil, inputNames.map { UnsafePointer($0) }, values, values.count,
                outputNames.map { UnsafePointer($0) }, outputs.count, &results))
        defer { for result in results { release(.releaseValue, result) } }
        return Dictionary(uniqueKeysWithValues: try zip(outputs, results).map { ($0, try array(of: $1)) })
    }

    private static let types: [StoredElementType: Int32] = [.float32: 1, .int32: 6, .bool: 9, .float64: 11]

    private func tensor(_ array: StoredArray, _ buffer: UnsafeMutableRawBufferPointer) throws -> Handle? {
        typealias Create =
            @convention(c) (
                Handle?, UnsafeMutableRawPointer, Int, UnsafePointer<Int64>, Int, Int32, UnsafeMutablePointer<Handle?>
            ) -> Status
        var value: Handle?
        try check(
            function(.createTensorWithData, as: Create.self)(
                memory, buffer.baseAddress!, array.bytes.count, array.shape.map { Int64($0) }, array.shape.count,
                ONNXRuntime.types[array.elementType]!, &value))
        return value
    }

    private func array(of value: Handle?) throws -> StoredArray {
        var info: Handle?
        typealias Info = @convention(c) (Handle?, UnsafeMutablePointer<Handle?>) -> Status
        try check(function(.tensorInfo, as: Info.self)(value, &info))
        defer { release(.releaseTensorInfo, info) }
        var rank = 0
        typealias Count = @convention(c) (Handle?, UnsafeMutablePointer<Int>) -> Status
        try check(function(.tensorExtentCount, as: Count.self)(info, &rank))
        var extents = [Int64](repeating: 0, count: rank)
        typealias Extents = @convention(c) (Handle?, UnsafeMutablePointer<Int64>, Int) -> Status
        try check(function(.tensorExtents, as: Extents.self)(info, &extents, rank))
        var type: Int32 = 0
        typealias ElementType = @convention(c) (Handle?, UnsafeMutablePointer<Int32>) -> Status
        try check(function(.tensorElementType, as: ElementType.self)(info, &type))
        guard let known = ONNXRuntime.types.first(where: { $0.value == type })?.key else {
            throw Failure(description: "an output of type \(type)")
        }
        var data: UnsafeMutableRawPointer?
        typealias TensorData = @convention(c) (Handle?, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Status
        try check(function(.tensorData, as: TensorData.self)(value, &data))
        let shape = extents.map { Int($0) }
        let bytes = Data(bytes: data!, count: shape.reduce(known.size, *))
        return StoredArray(known, shape: shape, bytes: bytes)
    }
}
