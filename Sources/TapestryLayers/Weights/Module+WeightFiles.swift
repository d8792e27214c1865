import TapestryAutograd
import TapestryFiles

/// What there is to say of a model that has taken its parameters from another framework's file.
public struct WeightLoadReport: Sendable, Equatable, CustomStringConvertible {
    /// What the file says beside its arrays, which an archive does not.
    public internal(set) var metadata: [String: String] = [:]
    /// The names of arrays that are one in the file, by its metadata, and several in the model, those of each one
    /// together. The model's numbers are right, but what is one parameter there, trained as one, is several here, which
    /// part when they are trained. Only what is `Tied` stays one.
    public internal(set) var copies: [[String]] = []

    /// `complete`, and what has become copies, in one line.
    public var description: String {
        let copies = copies.map { names in
            "\(names.map(\.brief).joined(separator: " and ")) are one in the file and \(names.count) here, which part in "
                + "training unless Tied"
        }
        return (["complete"] + copies).joined(separator: "; ")
    }
}

extension Module {
    /// Takes the parameters of a whole model of another framework from a safetensors file, or from an archive of
    /// NumPy's, as `load(_:from:prefix:names:)` takes them from arrays. Only the model's arrays are read, as numbers of
    /// its types.
    ///
    /// ```swift
    /// try tagger.load(from: "tagger.safetensors", layout: .pyTorch)      // safetensors.torch.save_file(model.state_dict(), …)
    /// ```
    ///
    /// Of an array that several parameters share in PyTorch, `safetensors.torch.save_model` writes one name, and says
    /// of the others in the metadata which one that is: an array of the model that is missing is the one that its name
    /// stands for there, if that has its shape. (Of a square matrix that is shared as its transpose a file does not say
    /// so.)
    ///
    /// - Returns: what the file says beside its arrays, and which arrays of the model are copies of one.
    /// - Throws: A `FileFormatError` if the file can't be read, or an array is of truth values; a
    ///   ``WeightConversionError`` if it has not the arrays of this model; the model is as it was then.
    @discardableResult
    public mutating func load(
        from path: String, layout: WeightLayout, prefix: String = "", names: [String: String] = [:]
    ) throws -> WeightLoadReport {
        let file = try Safetensors(modelFile: path)
        do {
            let reading = WeightReading(layout: layout, prefix: prefix, names: names)
            let parts = try load(file, reading, label: "layout")
            return WeightLoadReport(metadata: file.metadata, copies: parts.copies)
        } catch let error as WeightConversionError {
            throw error.inFile(path) { file.arrays[$0]?.elementType.rawValue ?? file.unsupported[$0]?.typeName }
        } catch let error as FileFormatError {
            throw error.inFile(path)
        }
    }

    /// Takes the parameters of a whole model of another framework from arrays as a file holds them, as
    /// `load(_:from:prefix:names:)` takes them from tensors, and the buffers of whole numbers and truth values as well.
    /// So what is known to be superfluous in a file can be left out:
    ///
    /// ```swift
    /// let arrays = try Safetensors(contentsOf: "tagger.safetensors").arrays
    /// try tagger.load(arrays.filter { !$0.key.hasPrefix("pooler.") }, from: .pyTorch)
    /// ```
    ///
    /// - Throws: A ``WeightConversionError`` if they are not the arrays of this model, a `FileFormatError` if one of
    ///   them is of truth values where numbers are needed; the model is as it was then.
    @_disfavoredOverload
    public mutating func load(
        _ arrays: [String: StoredArray], from layout: WeightLayout, prefix: String = "", names: [String: String] = [:]
    ) throws {
        _ = try load(
            Safetensors(arrays), WeightReading(layout: layout, prefix: prefix, names: names), label: "from")
    }

    /// - Returns: the parts that the file has the arrays of.
    private mutating func load(_ file: Safetensors, _ reading: WeightReading, label: String) throws -> ModelParts {
        let parts = try parts(
            fitting: file.shapes, aliases: file.metadata, reading, realOnly: false, label: label)
        var arrays = parts.arrays
        for (name, value) in arrays {
            arrays[name] = try file.value(of: parts.nameInFile(of: name), as: value.elementType)
        }
        self = try parts.loading(arrays, into: self)
        return parts
    }

    /// Writes the parameters of a whole model into a safetensors file as another framework has them; the inverse of
    /// `load(from:layout:prefix:names:)`. Traps if `names` has a part that the model lacks, or if two parameters get
    /// the same name.
    ///
    /// - Throws: An `OutputFileError` that says why it cannot be written; what was there before is still there then.
    public func save(
        to path: String, layout: WeightLayout, prefix: String = "", names: [String: String] = [:],
        metadata: [String: String] = [:]
    ) throws(OutputFileError) {
        let values = ModelParts(of: self, WeightNames(layout, prefix: prefix, names), realOnly: false).asWritten.arrays
        let arrays = values.mapValues { StoredArray($0.readable(in: "save")) }
        try Safetensors(arrays, metadata: metadata).write(to: path)
    }
}

extension Safetensors {
    /// The shapes of all arrays, those that are not read among them.
    var shapes: [String: [Int]] {
        unsupported.mapValues(\.shape).merging(arrays.mapValues(\.shape)) { $1 }
    }

    /// The numbers of an array that is there.
    fileprivate func value(of name: String, as elementType: ElementType) throws(FileFormatError) -> Value {
        if let array = unsupported[name] {
            throw FileFormatError(place: "tensor \(name.quotedBriefly)", reason: array.reason)
        }
        do throws(FileFormatError) {
            return Value(try arrays[name]!.array(as: elementType))
        } catch {
            throw FileFormatError(place: "tensor \(name.quotedBriefly)", reason: error.reason)
        }
    }
}
