import Foundation
import TapestryCharts
import Testing

/// The pictures of `docs/Charts`, byte for byte. After a change that is meant, `TAPESTRY_WRITE_PICTURES=1 swift test
/// --filter GalleryTests` writes them anew, to be looked at.
@Suite struct GalleryTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(components: "..", "..", "docs", "Charts")

    @Test(arguments: Gallery.pictures.map(\.name)) func pictureIsThatOfTheGuide(name: String) throws {
        let picture = try #require(Gallery.pictures.first { $0.name == name }).picture
        let file = Self.folder.appending(component: "\(name).svg")
        if ProcessInfo.processInfo.environment["TAPESTRY_WRITE_PICTURES"] != nil {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try picture.save(to: file.path)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(picture.svg == expected)
        #expect(picture.svg.utf8.count < 64_000)
    }
}
