import Foundation

/// Formats that are not read, but that people have files of: a reader of another format would say something about them that
/// helps nobody.
enum ForeignFormat {
    /// Why bytes cannot be read, and what to do about it; `nil` if they are in none of these formats.
    static func reason(_ data: Data) -> String? {
        if data.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
            return "it is an HDF5 file, as Keras writes them; write the weights as safetensors"
        }
        // The first member of the archive has its name behind 30 bytes.
        if ZipArchive.begins(data), data.dropFirst(30).prefix(256).firstRange(of: Data("/data.pkl".utf8)) != nil {
            return "it is a file of torch.save, which holds Python's objects; write the state dictionary as safetensors"
        }
        if ZipArchive.begins(data), data.dropFirst(30).starts(with: Data("metadata.json".utf8)) {
            return "it is a .keras file, whose weights are in HDF5; write them as safetensors"
        }
        return nil
    }
}
