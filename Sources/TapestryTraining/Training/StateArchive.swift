import Foundation
import TapestryAutograd
import TapestryFiles

/// Values of any `Codable` types in one safetensors file: the tensors in them as arrays, by their paths, and the rest
/// as JSON beside. What is read has the bits of what was written. For loops of one's own that are to go on another
/// time:
///
/// ```swift
/// var archive = StateArchive()
/// try archive.add(model, as: "model")
/// try archive.add(optimizer, as: "optimizer")
/// try archive.write(to: "run.safetensors")
/// …
/// let archive = try StateArchive(contentsOf: "run.safetensors")
/// model = try archive.value(named: "model", like: model)
/// optimizer = try archive.value(named: "optimizer")
/// ```
public struct StateArchive: Sendable {
    var file = Safetensors()
    /// Where it was read from, for messages.
    private let path: String?

    /// An empty archive.
    public init() { path = nil }

    /// Reads a file. Throws a `FileFormatError` if it can't be read or breaks the format's rules.
    public init(contentsOf path: String) throws(FileFormatError) {
        file = try Safetensors(contentsOf: path)
        self.path = path
    }

    /// A tree with the value in it, whatever the value is.
    private struct Root<State: Codable & Sendable>: Module { var value: State }

    /// Adds a value, or puts it in the place of that of the same name. Throws what the value throws when it is encoded.
    public mutating func add<State: Codable & Sendable>(_ state: State, as name: String) throws {
        file.arrays = file.arrays.filter { !StateArchive.belongs($0.key, to: name) }
        file.unsupported = file.unsupported.filter { !StateArchive.belongs($0.key, to: name) }
        var tree = ModuleTree(of: Root(value: state))
        for index in tree.leaves.indices {
            let value = tree.leaves[index].value
            file.arrays[arrayName(name, tree.leaves[index].path)] = StoredArray(value.readable(in: "checkpoint"))
            // The JSON only says that there is a tensor, of as many axes, some of which layers look at.
            let shape = value.shape.isEmpty ? [] : [0] + value.shape.dropFirst()
            tree.leaves[index].value = .zerosWithoutMemory(shape, value.elementType)
        }
        let hollow: Root<State> = tree.module()
        file.metadata[name] = String(decoding: try StateArchive.encoder.encode(hollow), as: UTF8.self)
    }

    /// Writes the archive beside what is there and renames it into place. Throws an `OutputFileError` if it can't be
    /// written.
    public func write(to path: String) throws(OutputFileError) { try file.write(to: path) }

    /// The value of a name. Throws a `FileFormatError` if there is none, or one of another type.
    public func value<State: Codable & Sendable>(of type: State.Type = State.self, named name: String) throws -> State {
        guard let text = file.metadata[name] else { throw error(name, "it is not there") }
        let hollow: Root<State>
        do {
            hollow = try StateArchive.decoder.decode(Root<State>.self, from: Data(text.utf8))
        } catch {
            throw self.error(name, "it is not a value of the type \(State.self)")
        }
        var tree = ModuleTree(of: hollow)
        for index in tree.leaves.indices {
            let arrayName = arrayName(name, tree.leaves[index].path)
            if let array = file.unsupported[arrayName] { throw error(arrayName, array.reason) }
            guard let array = file.arrays[arrayName] else { throw error(name, "the array \(arrayName) is not there") }
            do throws(FileFormatError) {
                tree.leaves[index].value = Value(try array.array(as: tree.leaves[index].value.elementType))
            } catch {
                throw self.error(arrayName, error.reason)
            }
        }
        return (tree.module() as Root<State>).value
    }

    /// The tensors of a module, in one of the same structure. Throws a `FileFormatError` that lists what is missing,
    /// unexpected or of another shape.
    public func value<M: Module>(named name: String, like module: M) throws -> M {
        func own<Array>(_ arrays: [String: Array]) -> [String: Array] {
            var own: [String: Array] = [:]
            for (key, array) in arrays where StateArchive.belongs(key, to: name) {
                own[key == name ? "tensor" : String(key.dropFirst(name.count + 1))] = array
            }
            return own
        }
        var module = module
        let report = module.take(own(file.arrays), unsupported: own(file.unsupported))
        guard report.isComplete else { throw error(name, "it is another model, \(report)") }
        return module
    }

    private func error(_ name: String, _ reason: String) -> FileFormatError {
        FileFormatError(path: path, place: name, reason: reason)
    }

    private static func belongs(_ arrayName: String, to name: String) -> Bool {
        arrayName == name || arrayName.hasPrefix(name + ".")
    }

    /// `optimizer.moments.memory.memories.0.weights`; of a value that is a tensor the name itself.
    private func arrayName(_ name: String, _ path: String) -> String { name + path.dropFirst("value".count) }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
