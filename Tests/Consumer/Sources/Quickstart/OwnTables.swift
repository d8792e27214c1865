import Foundation
import Tapestry

/// Reads a table row by row. The reader's methods are compiled into this package and optimised here, where mistakes in the
/// lifetimes of what they return would show.
func readOwnTable() throws {
    let path = NSTemporaryDirectory() + "/rows-\(UUID().uuidString).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try OutputFile.write((0..<1000).map { "the word \($0),\($0)\n" }.joined(), to: path)
    var reader = try DelimitedTextReader(path)
    var fieldCount = 0
    while let row = try reader.next() { fieldCount += row.fields.count }
    guard fieldCount == 2000 else { fatalError("a table of 2000 fields has \(fieldCount)") }
}
