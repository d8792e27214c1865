import Tapestry

extension Tape: NotebookDisplayable {
    /// The drawing of the graph, or of a long tape the numbered lines.
    public var notebookContent: NotebookContent {
        let content = NotebookContent(text: description)
        return recordCount > Tape.mostDrawn ? content : content.svg(svg())
    }

    /// Longer tapes are no pictures that one looks at.
    private static var mostDrawn: Int { 200 }

    /// The records as a drawing in SVG, from top to bottom: a box for each record with its primitive, the name of its
    /// value and its shape, a line from each operand, and dashed boxes for the constants. The scope of a record appears
    /// under the pointer.
    ///
    /// A drawing of `dot()` by Graphviz shows the scopes as boxes; this one needs no other program.
    public func svg() -> String { TapeDrawing(graph).svg }
}

/// A graph of records as SVG.
private struct TapeDrawing {
    private let graph: TapeGraph
    private let boxes: [Box]
    private let layout: LayeredGraph

    /// The lines of text of a node, and how wide they are.
    private struct Box {
        let title: String
        let name: String?
        let shape: String?

        init(_ node: TapeGraph.Node) {
            title = node.isConstant ? "constant" : node.label
            name = node.name
            shape = node.shape.map { "\($0)" }
        }

        var width: Double {
            let longest = [title, name.map { "“\($0)”" }, shape].compactMap { $0?.count }.max() ?? 0
            return Double(max(longest, 4)) * 6.7 + 16
        }
    }

    private enum Size {
        static let boxHeight = 48.0
        static let layerHeight = 84.0
        static let gap = 18.0
    }

    init(_ graph: TapeGraph) {
        self.graph = graph
        boxes = graph.nodes.map(Box.init)
        let constants = graph.nodes.indices.filter { graph.nodes[$0].isConstant }
        layout = LayeredGraph(
            widths: boxes.map(\.width), edges: graph.edges.map { ($0.operand, $0.reader) },
            isSource: graph.nodes.map { $0.isConstant || $0.isInput },
            order: constants + graph.nodes.indices.filter { !graph.nodes[$0].isConstant }, gap: Size.gap)
    }

    var svg: String {
        let (width, height) = (layout.width, Double(layout.layers.count) * Size.layerHeight - 24)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(text(width)) \(text(height))" width="\(text(width))" \
            height="\(text(height))" style="max-width: 100%; height: auto" font-family="system-ui, sans-serif" font-size="12" text-anchor="middle">
            <rect width="100%" height="100%" rx="6" fill="#ffffff"/>
            \(graph.edges.indices.map(line).joined(separator: "\n"))
            \(graph.nodes.indices.map(box).joined(separator: "\n"))
            </svg>
            """
    }

    private func top(_ vertex: Int) -> Double { Double(layout.layer[vertex]) * Size.layerHeight + 6 }

    /// A line from the bottom of the operand to the top of its reader, upright where it meets a layer.
    private func line(_ edge: Int) -> String {
        let route = layout.routes[edge]
        var path = "M \(text(layout.x[route[0]])) \(text(top(route[0]) + Size.boxHeight))"
        for (upper, lower) in zip(route, route.dropFirst()) {
            let start = top(upper) + Size.boxHeight
            let (end, middle) = (top(lower), (start + top(lower)) / 2)
            let (from, to) = (text(layout.x[upper]), text(layout.x[lower]))
            path += " C \(from) \(text(middle)) \(to) \(text(middle)) \(to) \(text(end))"
            if lower != route.last { path += " V \(text(end + Size.boxHeight))" }
        }
        let dash = graph.nodes[graph.edges[edge].operand].isConstant ? " stroke-dasharray=\"4 3\"" : ""
        return "<path d=\"\(path)\" fill=\"none\" stroke=\"#7d8590\" stroke-width=\"1.3\"\(dash)/>"
    }

    private func box(_ index: Int) -> String {
        let (node, box) = (graph.nodes[index], boxes[index])
        let (fill, stroke) =
            node.isConstant
            ? ("#f6f8fa", "#8c959f")
            : node.isInput
                ? ("#fff1d6", "#c77700")
                : node.name == nil
                    ? ("#eef4fb", "#5b94cd") : ("#dcefe6", "#00845a")
        let lines = [
            (box.name.map { "“\($0)”" }, "#1f2328", " font-weight=\"600\""), (box.title, "#1f2328", ""),
            (box.shape, "#59636e", " font-size=\"11\""),
        ].filter { $0.0 != nil }
        let (x, y) = (layout.x[index], top(index))
        let first = y + Size.boxHeight / 2 + 4 - Double(lines.count - 1) * 7
        let texts = lines.enumerated().map { row, line in
            "<text x=\"\(text(x))\" y=\"\(text(first + 14 * Double(row)))\" fill=\"\(line.1)\"\(line.2)>"
                + "\(line.0!.escapedForHTML)</text>"
        }
        let dash = node.isConstant ? " stroke-dasharray=\"4 3\"" : ""
        let place = ([node.number] + node.scope).joined(separator: " · ")
        return """
            <g><title>\(place.escapedForHTML)</title><rect x="\(text(x - box.width / 2))" y="\(text(y))" \
            width="\(text(box.width))" height="\(text(Size.boxHeight))" rx="5" fill="\(fill)" stroke="\(stroke)"\(dash)/>\
            \(texts.joined())</g>
            """
    }

    /// A coordinate to a tenth.
    private func text(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
