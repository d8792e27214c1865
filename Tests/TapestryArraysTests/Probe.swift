import Testing
@testable import TapestryArrays

struct Trapping: Sendable { let text: String; let body: @Sendable () -> Void }
let trappings = [
    Trapping(text: "negative extent") { _ = Layout([-1]) },
    Trapping(text: "overflows") { _ = Layout([1 << 40, 1 << 40]) },
]
@Test(arguments: trappings.indices) func probe(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
        trappings[index].body()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(trappings[index].text))
    print(text)
}
