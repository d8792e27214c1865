import Foundation
import Tapestry
import TapestryNotebook
import Testing

/// What notebooks show of values.
@Suite struct NotebookContentTests {
    private func html(_ value: Any) -> String { NotebookContent(showing: value).representations["text/html"] ?? "" }

    @Test func `A matrix is a table of its rows`() {
        let shown = html(Tensor<Double>([[1, -2.5, 0], [3, 4, 5]]))
        #expect(shown.contains("Tensor&lt;Double&gt; [2, 3]<"))
        #expect(shown.matches(of: #/<tr>/#).count == 2)
        #expect(shown.matches(of: #/<td[^>]*>([^<]*)</td>/#).map { String($0.1) } == ["1", "-2.5", "0", "3", "4", "5"])
    }

    @Test func `Signs have colours, zero and what is not finite have none`() {
        let shown = html(Tensor<Float>([2, -1, 0, .infinity, .nan]))
        let colors = shown.matches(of: #/<td([^>]*)>/#).map { String($0.1) }
        #expect(colors[0].contains("rgba(0, 114, 178, 0.5)"))
        #expect(colors[1].contains("rgba(213, 94, 0, 0.3)"))
        #expect(colors[2...].allSatisfy { !$0.contains("background") })
    }

    @Test func `Long axes show their ends`() {
        let shown = html(Tensor<Int32>.arange(to: 5000).reshaped(to: 50, 100))
        let texts = shown.matches(of: #/<td[^>]*>([^<]*)</td>/#).map { String($0.1) }
        // Ten of 50 rows and twelve of 100 columns, with a row and a column of marks between.
        #expect(texts.count == 11 * 13)
        #expect(texts[0..<13] == ["0", "1", "2", "3", "4", "5", "…", "94", "95", "96", "97", "98", "99"])
        #expect(texts[(5 * 13)..<(6 * 13)].allSatisfy { $0 == "⋮" })
        #expect(texts.last == "4999")
    }

    @Test func `More than two axes are several tables`() {
        let shown = html(Tensor<Float>.zeros([5, 2, 2]))
        #expect(shown.matches(of: #/<table>/#).count == 2)
        #expect(shown.contains("[0, …]") && shown.contains("[4, …]"))
    }

    @Test func `A number and an empty tensor are text`() {
        #expect(NotebookContent(showing: Tensor<Float>(3)).representations == ["text/plain": "Tensor<Float>[] 3"])
        #expect(NotebookContent(showing: Tensor<Float>.zeros([0, 2])).representations.count == 1)
    }

    @Test func `Integers and truth values are tables too`() {
        #expect(html(Tensor<Bool>([true, false])).contains(">true</td>"))
        #expect(html(Tensor<Int32>([7])).contains(">7</td>"))
    }

    @Test func `A model is a table of its parts`() {
        let content = NotebookContent(showing: Linear<Float>(inputSize: 3, outputSize: 2))
        #expect(content.text.hasSuffix("8 parameters, all trainable; 32 bytes"))
        let texts = content.representations["text/html"]!.matches(of: #/<td[^>]*>([^<]*)</td>/#).map { String($0.1) }
        #expect(texts[0..<5] == ["model", "Linear&lt;Float&gt;", "", "8", ""])
        #expect(texts[5..<10] == ["\u{2003}weights", "Tensor&lt;Float&gt;", "[3, 2]", "6", ""])
    }

    @Test func `Optionals show what is in them`() {
        #expect(NotebookContent(showing: Optional(5) as Any).text == "5")
        #expect(NotebookContent(showing: Optional<Int>.none as Any).text == "nil")
        #expect(html(Optional(Tensor<Float>([1])) as Any).contains("<table>"))
    }

    @Test func `Parts of tuples and lists stand below each other`() {
        let both = NotebookContent(showing: (Tensor<Float>([1]), "a < b"))
        #expect(both.text == "Tensor<Float>[1]\n[1]\na < b")
        #expect(both.representations["text/html"]!.contains("<pre>a &lt; b</pre>"))
        #expect(NotebookContent(showing: [1, 2]).representations == ["text/plain": "[1, 2]"])
    }

    @Test func `Pictures are drawings`() {
        let content = NotebookContent(showing: Chart("Title", marks: [.line([1.0, 2])]))
        #expect(content.representations["image/svg+xml"]!.hasPrefix("<svg"))
        #expect(content.text == "Chart: Title")
    }

    @Test func `Reports are pieces of HTML with a style of their own`() {
        let report = checkGradients(of: { square($0).sum() }, at: Tensor<Double>([1, 2]))
        let shown = html(report)
        #expect(shown.hasPrefix("<div class=\"tapestry-report\">"))
        #expect(!shown.contains("<body>") && !shown.contains(":root"))
        #expect(shown.contains("<table>"))
        #expect(NotebookContent(showing: report).text == report.description)
    }

    @Test func `A type of one's own says what it shows`() {
        struct Swatch: NotebookDisplayable {
            var notebookContent: NotebookContent {
                NotebookContent(text: "red").html("<b>red</b>").markdown("**red**").png(Data([1, 2, 3]))
            }
        }
        #expect(
            NotebookContent(showing: Swatch()).representations == [
                "text/plain": "red", "text/html": "<b>red</b>", "text/markdown": "**red**", "image/png": "AQID",
            ])
    }
}
