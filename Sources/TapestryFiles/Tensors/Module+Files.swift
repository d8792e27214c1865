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
    /// With which arguments `load` takes more of the arrays, as a clause, where they are named as another framework
    /// names them.
    public package(set) var suggestion: String?

    /// Whether the file had each of the model's tensors, and nothing else.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && unlike.isEmpty }

    /// What is missing, unexpected and unlike, in one line, and the suggestion.
    public var description: String {
        func list(_ title: String, _ names: [String]) -> String? {
            if names.isEmpty { return nil }
            let rest = names.count > 8 ? " and \(names.count - 8) more" : ""
            return "\(title) " + names.prefix(8).map(\.oneLine).joined(separator: ", ") + rest
        }
        let parts = [
            list("missing:", missing), list("unexpected:", unexpected.map { $0.shortened(to: 100) }),
            list("unlike:", unlike), suggestion,
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

    /// A file that could not be loaded, and why.
    package init(path: String?, report: ModelLoadReport) { (self.path, self.report) = (path, report) }

    /// The error in one line.
    public var description: String {
        "\(path?.quoted ?? "the arrays") does not fit the model: \(report)"
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

    /// Writes every tensor under its path into a safetensors file. Settings are not in it: a file is loaded into a
    /// model that was made with the same ones, for which `metadata` has room.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written; what was there before is still there then.
    public func save(
        to path: String, metadata: [String: String] = [:], as elementType: StoredElementType? = nil
    ) throws(OutputFileError) {
        try Safetensors(storedArrays(as: elementType), metadata: metadata).write(to: path)
    }

    /// Sets those tensors that have an array of the same shape under their path, and leaves the others;
    /// `load(_:unsupported:)` without suggestions.
    package mutating func take(
        _ arrays: [String: StoredArray], unsupported: [String: UnsupportedArray]
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
    /// Its name in files: the path; a module that is a single tensor has none.
    package var fileName: String { path.isEmpty ? "tensor" : path }
}
