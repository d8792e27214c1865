import TapestryAutograd
import TapestryFiles

extension Module {
    /// Sets every tensor to the array that has its path as name in a safetensors file, or in an archive of NumPy's,
    /// whichever it is, rounded to the tensor's type. If they don't fit each other, nothing is changed.
    ///
    /// - Returns: what the file says beside its arrays, which an archive does not.
    /// - Throws: A ``FileFormatError`` if the file can't be read, a ``ModelLoadError`` if it isn't one of this model.
    @discardableResult
    public mutating func load(from path: String) throws -> [String: String] {
        let file = try Safetensors(modelFile: path)
        var loaded = self
        let report = loaded.load(file, label: "layout")
        guard report.isComplete else { throw ModelLoadError(path: path, report: report) }
        self = loaded
        return file.metadata
    }

    /// Sets those tensors that have an array of the same shape under their path, and leaves the others.
    ///
    /// - Parameters:
    ///   - arrays: the arrays by the paths of their tensors.
    ///   - unsupported: the arrays of a file that are not read. A tensor whose path one of them has is reported as one
    ///     that did not fit, with the type.
    /// - Returns: which tensors had none, which arrays had no tensor, and which did not fit.
    public mutating func load(
        _ arrays: [String: StoredArray], unsupported: [String: UnsupportedArray] = [:]
    ) -> ModelLoadReport {
        load(Safetensors(arrays, unsupported: unsupported), label: "from")
    }

    /// - Parameter label: what the function that was called has before a layout.
    private mutating func load(_ file: Safetensors, label: String) -> ModelLoadReport {
        var report = take(file.arrays, unsupported: file.unsupported)
        if !report.isComplete {
            let search = WeightSearch(
                model: self, shapes: file.shapes, aliases: file.metadata, realOnly: false, given: WeightReading(),
                label: label)
            report.suggestion = search.suggestion
        }
        return report
    }
}
