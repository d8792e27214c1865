import Foundation
import Tapestry
import TapestryCellEquations
import Testing

@testable import TapestryChecks

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Reports as pages of HTML.
@Suite struct HTMLReportTests {
    /// What a parser of XML finds in a page.
    private final class Page: NSObject, XMLParserDelegate {
        private(set) var labels: [String] = []
        private(set) var text = ""
        private(set) var titles: [String] = []
        private(set) var counts: [String: Int] = [:]
        private var isInTitle = false

        init(_ html: String, sourceLocation: SourceLocation = #_sourceLocation) {
            super.init()
            let parser = XMLParser(data: Data(html.utf8))
            parser.delegate = self
            #expect(parser.parse(), "\(String(describing: parser.parserError))", sourceLocation: sourceLocation)
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            if let label = attributes["aria-label"] { labels.append(label) }
            counts[name, default: 0] += 1
            if let kind = attributes["class"] { counts["\(name).\(kind)", default: 0] += 1 }
            isInTitle = name == "title"
            if isInTitle { titles.append("") }
        }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            isInTitle = false
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            text += string
            if isInTitle { titles[titles.count - 1] += string }
        }
    }

    @Test func everyBlockIsThereAndNamesAreEscaped() {
        let report = AwkwardModule.report(orders: 2)
        let html = report.html()
        let page = Page(html)
        let names = AwkwardModule.names.map { $0.replacing("\u{1}", with: "\u{FFFD}") }
        let blocks = ["\(names[0]): correct", "\(names[1]): wrong"]
        // The wrong gradient is differentiated rightly.
        #expect(page.labels == blocks + names.map { "\($0): correct" })
        #expect(!html.contains("a<b>") && page.text.contains("a<b> & \"c\""))
        #expect(page.text.contains("Again: checkGradients(of: …, orders: 2, seed: 0, function: …)"))
        #expect(page.text.contains("order 2"))
        // One cell for each of 6 + 4 elements in two orders, and a cross on each of the wrong ones and in two legends.
        #expect(page.titles.count { $0.contains("reverse") } == 20)
        #expect(page.counts["path.mark"] == 4 + 2)
    }

    @Test func pagesNeedNothingElse() {
        let html = AwkwardModule.report().html()
        for foreign in ["http:", "https:", "<script", "@import", "src="] { #expect(!html.contains(foreign)) }
        #expect(html.contains("<meta charset=\"utf-8\"/>") && html.contains("prefers-color-scheme: dark"))
    }

    @Test func cellsSayWhatTheyShow() throws {
        let report = AwkwardModule.report()
        let page = Page(report.html())
        let worst = try #require(report.blocks[1].worst)
        let cell = try #require(
            page.titles.first { $0.hasPrefix("\(worst.position!): ") && $0.contains("ratio -1.000") })
        #expect(cell.contains("forward") && cell.hasSuffix("wrong"))
        #expect(page.counts["rect.l8"] == 4 + 2, "four wrong by a factor of 2, and two in the legend")
    }

    @Test func inconclusiveCellsAreHatched() {
        let page = Page(checkGradients(of: { relu($0) }, at: Tensor<Double>([0, 1, 0])).html())
        #expect(page.counts["rect.open"] == 2 + 1)
        #expect(page.titles.count { $0.hasSuffix("kink") } == 2)
    }

    /// 10⁵ elements: a cell is the worst of many, and the one that is wrong stays to be seen.
    @Test func largeBlocksAreMerged() throws {
        let elements = (0..<100_000).map { number in
            GradientElement(
                position: [number / 400, number % 400], reverse: number == 77 * 400 + 123 ? 2 : 1, difference: 1,
                differenceError: 1e-12, finding: number == 77 * 400 + 123 ? .wrong : .correct)
        }
        let block = GradientBlock(
            parameter: "weights", part: nil, scale: 1, shape: [250, 400], elementCount: 100_000, elements: elements,
            adjoint: AdjointTest(forward: 1, reverse: 1, allowed: 0), verdict: .wrong)
        let report = GradientReport(
            problem: nil, blocks: [block], subject: "Large", tolerance: .standard, seed: 0, evaluationCount: 0, order: 1
        )
        let html = report.html()
        let page = Page(html)
        #expect(page.text.contains("a cell is the worst of 8 × 9 elements"))
        #expect(page.titles.count { $0.contains("reverse") } == 32 * 45 && html.utf8.count < 500_000)
        let marked = page.titles.filter { $0.hasSuffix("wrong") }
        #expect(marked.count == 1 && marked[0].hasPrefix("worst of 72: [77, 123]"), "\(marked)")
    }

    @Test func samplesAndProjections() {
        let point = Tensor<Double>.normal([10, 5], using: RandomSource(seed: 1))
        let sample = Page(checkGradients(of: { tanh($0) }, at: point, elements: .atMost(7)).html())
        #expect(sample.titles.count { $0.contains("reverse") } == 7)
        let projections = Page(checkGradients(of: { tanh($0) }, at: point, elements: .projections(3)).html())
        #expect(projections.titles.count { $0.hasPrefix("random projection: ") } == 3)
    }

    @Test func gatesAndStepsStandSideBySide() {
        let report = checkCell(
            LSTMCell<Double>.self, single: LSTMCell<Float>.self, against: CellEquations.lstm)
        let page = Page(report.html())
        #expect(page.labels == report.gradients.blocks.map { "\($0.name): correct" })
        // Three parameters, the inputs of four steps together, and two parts of the state.
        #expect(page.counts["div.blocks"] == 6)
        #expect(page.counts["table"] == 3 && page.text.contains("returned state cell"))
        #expect(page.text.contains("Again: checkCell(LSTMCell<Double>.self, "))
    }

    @Test func diagnosesAndOriginsAreSaid() throws {
        let report = AwkwardModule.report()
        let text = Page(report.html()).text
        #expect(text.contains(try #require(report.diagnosis).description), "\(text)")
        for line in try #require(report.origin).description.split(separator: "\n") { #expect(text.contains(line)) }
        let added = checkGradients(of: { exp($0.mappingCotangent { $0 + 1 }) }, at: Tensor<Double>([1]))
        let problem = Page(added.html()).text
        #expect(problem.contains("some rule adds a constant") && !problem.contains("Nothing was compared"))
        #expect(problem.contains("First wrong rule: custom \"mappingCotangent\" (record %1)"))
        let equations = checkEquations(of: RNNCell<Double>.self, against: CellEquations.rnn { max($0, 0) })
        let likely = "Likely mistake: hidden has tanh where the reference has relu."
        #expect(Page(equations.html()).text.contains(likely))
        let gradients = checkEquations(
            of: RNNCell<Double>.self, gradients: .all, against: CellEquations.rnn { tanh($0) })
        #expect(Page(gradients.html()).labels == gradients.gradients!.blocks.map { "\($0.name): correct" })
    }

    @Test func deviationsAndProblems() {
        let equations = checkEquations(of: RNNCell<Double>.self, against: CellEquations.rnn { $0 })
        #expect(Page(equations.html()).text.contains("First deviation: hidden at step 0"))
        let problem = checkGradients(of: { log($0) }, at: Tensor<Double>([-1]))
        #expect(Page(problem.html()).text.contains("Nothing was compared. The function's result[0] is"))
    }
}
