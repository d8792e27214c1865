import Foundation
import struct TapestryOperations.Operation
import TapestryTestSupport
import Testing

/// Every golden file of the folder beside the tests, and of the one that `TAPESTRY_GOLDENS` names.
@Suite struct GoldenFileTests {
    /// A case with the file that it is in, or what is wrong with the case or the file.
    struct Entry: Sendable, CustomTestStringConvertible {
        let file: String
        let golden: Result<GoldenCase, GoldenError>

        var testDescription: String {
            switch golden {
            case .success(let golden): "\(file): \(golden.name)"
            case .failure(let error): "\(file): \(error)"
            }
        }

        static let all = folders.flatMap(entries)

        private static var folders: [URL] {
            [GoldenFile.folder]
                + (ProcessInfo.processInfo.environment["TAPESTRY_GOLDENS"].map { [URL(filePath: $0)] } ?? [])
        }

        private static func entries(in folder: URL) -> [Entry] {
            do {
                return try GoldenFile.files(in: folder).flatMap { url -> [Entry] in
                    let file = url.lastPathComponent
                    do {
                        return try GoldenFile(at: url).entries.map { Entry(file: file, golden: $0) }
                    } catch {
                        return [Entry(file: file, golden: .failure(GoldenError("\(error)")))]
                    }
                }
            } catch {
                return [Entry(file: folder.path, golden: .failure(GoldenError("\(error)")))]
            }
        }
    }

    @Test(arguments: Entry.all) func agrees(_ entry: Entry) throws {
        let golden = try entry.golden.get()
        let operation = try #require(
            Operation<Double>.byName[golden.operation], "operation \(golden.operation) is not known")
        let deviations = try golden.deviations(operation.function)
        #expect(deviations.isEmpty, "\(deviations.joined(separator: "\n"))")
    }

    /// No operation without an expected value from elsewhere.
    @Test func everyOperationHasGoldens() throws {
        let found = try Set(
            GoldenFile.files(in: GoldenFile.folder).flatMap { try GoldenFile(at: $0).cases }.map(\.operation))
        #expect(Operation<Double>.byName.keys.filter { !found.contains($0) }.sorted() == [])
    }
    /// No rule without derivatives of both orders from elsewhere.
    @Test func everyDerivativeHasGoldens() throws {
        let cases = try GoldenFile.files(in: GoldenFile.folder).flatMap { try GoldenFile(at: $0).cases }
        let first = Set(cases.filter { !$0.gradients.isEmpty }.map(\.operation))
        let second = Set(cases.filter { $0.secondOrder != nil }.map(\.operation))
        for row in OperationTable.rows where row.rule != "—" {
            #expect(first.contains(row.operation) && second.contains(row.operation), "\(row)")
        }
    }
}
