import TapestryArrays
import TapestryAutograd

/// What a file and a model didn't have in common when one was loaded into the other.
public struct ModelLoadReport: Sendable, Equatable, CustomStringConvertible {
    /// The tensors of the model that the file doesn't have.
    public var missing: [String] = []
    /// The arrays of the file that the model has no tensor for.
    public var unexpected: [String] = []
    /// The tensors that have another shape or kind of elements in the file, with both: `output.weights: [64, 65] in the
    /// model, [64, 80] in the file`; and those whose elements there are of a type that is not read, with the type.
    public var unlike: [String] = []

    /// Whether the file had each of the model's tensors, and nothing else.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && unlike.isEmpty }

    /// What is missing, unexpected and unlike, in one line.
    public var description: String {
        func list(_ title: String, _ names: [String]) -> String? {
            if names.isEmpty { return nil }
            let rest = names.count > 8 ? " and \(names.count - 8) more" : ""
            return "\(title) " + names.prefix(8).map(\.oneLine).joined(separator: ", ") + rest
        }
        let parts = [
            list("missing:", missing), list("unexpected:", unexpected.map { $0.shortened(to: 100) }),
            list("unlike:", unlike),
        ]
        return isComplete ? "complete" : parts.compactMap(\.self).joined(separator: "; ")
    }
}

/// A file that does not fit a model. The model is as it was.
public struct ModelLoadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file; `nil` for arrays that come from none.
    public let path: String?
    /// What doesn't fit.
    public let report: ModelLoadReport

    /// The error in one line.
    public var description: String {
        let hint = otherLayout.map { "; load(from:layout: \($0)) reads such names" } ?? ""
        return "\(path?.quoted ?? "the arrays") does not fit the model: \(report)\(hint)"
    }

    /// A file of another framework is read with its layout, which is easily forgotten.
    private var otherLayout: String? { ModelLoadError.layouts(of: report.unexpected) }

    /// The layouts of which names could be, by the habits of those frameworks; `nil` if they look like none of them.
    package static func layouts(of names: [String]) -> String? {
        if names.contains(where: { $0.contains("/") }) { return ".keras or .flax" }
        let last = names.compactMap { $0.split(separator: ".").last }
        return last.contains { $0 == "weight" || $0.hasPrefix("weight_") } ? ".pyTorch" : nil
    }
}

extension Module {
    /// Every tensor by its path, buffers and whole numbers included; tied ones once. A module that is a single tensor
    /// has it under the name `tensor`.
    ///
    /// - Parameter elementType: A type of real numbers to store the parameters and buffers in, rounded, rather than
    ///   in their own.
    public func storedArrays(as elementType: StoredElementType? = nil) -> [String: StoredArray] {
        var arrays: [String: StoredArray] = [:]
        for leaf in ModuleTree(of: self).leaves {
            let array = leaf.value.readable(in: "storedArrays")
            arrays[leaf.fileName] = StoredArray(array, as: array.elementType.isFloatingPoint ? elementType : nil)
        }
        return arrays
    }

    /// Writes every tensor under its path into a safetensors file. Settings are not in it: a file is loaded into a model
    /// that was made with the same ones, for which `metadata` has room.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written; what was there before is still there then.
    public func save(
        to path: String, metadata: [String: String] = [:], as elementType: StoredElementType? = nil
    ) throws(OutputFileError) {
        try Safetensors(storedArrays(as: elementType), metadata: metadata).write(to: path)
    }

    /// Sets every tensor to the array that has its path as name in a safetensors file, or in an archive of NumPy's,
    /// whichever it is, rounded to the tensor's type. If they don't fit each other, nothing is changed.
    ///
    /// - Returns: what the file says beside its arrays, which an archive does not.
    /// - Throws: A ``FileFormatError`` if the file can't be read, a ``ModelLoadError`` if it isn't one of this model.
    @discardableResult
    public mutating func load(from path: String) throws -> [String: String] {
        let file = try Safetensors(modelFile: path)
        var loaded = self
        let report = loaded.load(file.arrays, unsupported: file.unsupported)
        guard report.isComplete else { throw ModelLoadError(path: path, report: report) }
        self = loaded
        return file.metadata
    }

    /// Sets those tensors that have an array of the same shape under their path, and leaves the others.
    ///
    /// - Parameters:
    ///   - arrays: the arrays by the paths of their tensors.
    ///   - unsupported: the arrays of a file that are not read. A tensor whose path one of them has is reported as one that
    ///     did not fit, with the type.
    /// - Returns: which tensors had none, which arrays had no tensor, and which did not fit.
    public mutating func load(
        _ arrays: [String: StoredArray], unsupported: [String: UnsupportedArray] = [:]
    ) -> ModelLoadReport {
        var tree = ModuleTree(of: self)
        var report = ModelLoadReport()
        var known: Set<String> = []
        for index in tree.leaves.indices {
            let (name, old) = (tree.leaves[index].fileName, tree.leaves[index].value)
            known.insert(name)
            guard let array = arrays[name] else {
                if let array = unsupported[name] {
                    report.unlike.append("\(name): \(array.reason)")
                } else {
                    report.missing.append(name)
                }
                continue
            }
            if array.shape != old.shape {
                report.unlike.append("\(name): \(old.shape) in the model, \(array.shape.brief) in the file")
            } else {
                do throws(FileFormatError) {
                    tree.leaves[index].value = Value(try array.array(as: old.elementType))
                } catch {
                    report.unlike.append("\(name): \(error.reason)")
                }
            }
        }
        report.unexpected = Set(arrays.keys).union(unsupported.keys).subtracting(known).sorted()
        self = tree.module()
        return report
    }
}

extension Safetensors {
    /// What is in a safetensors file, or in an archive of NumPy's, whichever it is.
    package init(modelFile path: String) throws(FileFormatError) {
        self = try InputFile.read(path) { data throws(FileFormatError) in
            guard ZipArchive.begins(data) else { return try Safetensors(data) }
            let archive = try NumPyArchive(data)
            return Safetensors(archive.arrays, unsupported: archive.unsupported)
        }
    }
}

extension ModuleTree.Leaf {
    /// The path; a module that is a single tensor has none.
    fileprivate var fileName: String { path.isEmpty ? "tensor" : path }
}
