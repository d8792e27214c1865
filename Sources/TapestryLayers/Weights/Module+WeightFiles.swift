import TapestryAutograd
import TapestryFiles

extension Module {
    /// Takes the parameters of a whole model of another framework from a safetensors file, or from an archive of NumPy's, as
    /// `load(_:from:prefix:names:)` takes them from arrays.
    ///
    /// ```swift
    /// try tagger.load(from: "tagger.safetensors", layout: .pyTorch)      // safetensors.torch.save_file(model.state_dict(), …)
    /// ```
    ///
    /// - Returns: what the file says beside its arrays, which an archive does not.
    /// - Throws: A `FileFormatError` if the file can't be read, a ``WeightConversionError`` if it has not the arrays of this
    ///   model; the model is as it was then.
    @discardableResult
    public mutating func load(
        from path: String, layout: WeightLayout, prefix: String = "", names: [String: String] = [:]
    ) throws -> [String: String] {
        let file = try Safetensors(modelFile: path)
        var values: [String: Value] = [:]
        for (name, array) in file.arrays {
            values[name] = Value(try array.array(as: array.elementType.nearest))
        }
        do {
            try load(values, from: WeightNames(layout, prefix: prefix, names))
        } catch {
            throw error.inFile(path)
        }
        return file.metadata
    }

    /// Writes the parameters of a whole model into a safetensors file as another framework has them; the inverse of
    /// `load(from:layout:prefix:names:)`. Traps if that framework lacks a part, or if two parameters get the same name.
    ///
    /// - Throws: An `OutputFileError` that says why it cannot be written; what was there before is still there then.
    public func save(
        to path: String, layout: WeightLayout, prefix: String = "", names: [String: String] = [:],
        metadata: [String: String] = [:]
    ) throws(OutputFileError) {
        let values = arrays(for: WeightNames(layout, prefix: prefix, names))
        let arrays = values.mapValues { StoredArray($0.readable(in: "save")) }
        try Safetensors(arrays, metadata: metadata).write(to: path)
    }
}

extension StoredElementType {
    /// The type of tensors that holds its elements, real numbers without loss.
    fileprivate var nearest: ElementType {
        switch self {
        case .bool: .bool
        case .float64: .float64
        default: .float32
        }
    }
}

extension WeightConversionError {
    fileprivate func inFile(_ path: String) -> WeightConversionError {
        var error = self
        error.path = path
        return error
    }
}
