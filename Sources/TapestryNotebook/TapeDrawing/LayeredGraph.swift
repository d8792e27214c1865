/// A graph without cycles, its nodes in layers from top to bottom, in an order within each layer that lets few edges
/// cross, and with a place for each.
///
/// An edge over several layers passes one *bend* in each layer between, which is placed like a node.
///
/// Reference: K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
/// structures", 1981.
struct LayeredGraph {
    /// The layer of each vertex: first the nodes that were given, then the bends.
    private(set) var layer: [Int]
    /// The vertices of each layer from left to right.
    private(set) var layers: [[Int]]
    /// The middle of each vertex, across.
    private(set) var x: [Double]
    /// For each edge the vertices that it passes, both ends included.
    private(set) var routes: [[Int]]

    private let widths: [Double]
    private var above: [[Int]]
    private var below: [[Int]]

    /// A drawing of nodes that stand in an order in which each edge goes from an earlier to a later one.
    ///
    /// - Parameters:
    ///   - widths: of the nodes.
    ///   - edges: from node to node.
    ///   - isSource: whether a node is to stand right above the first one that reads it, not at the top.
    ///   - gap: between neighbours in a layer.
    init(widths nodeWidths: [Double], edges: [(from: Int, to: Int)], isSource: [Bool], order: [Int], gap: Double) {
        var widths = nodeWidths.map { $0 + gap }
        layer = LayeredGraph.layers(of: edges, isSource: isSource, order: order)
        routes = []
        for edge in edges {
            var route = [edge.from]
            for between in (layer[edge.from] + 1)..<max(layer[edge.to], layer[edge.from] + 1) {
                route.append(layer.count)
                layer.append(between)
                widths.append(gap)
            }
            routes.append(route + [edge.to])
        }
        self.widths = widths
        above = Array(repeating: [], count: layer.count)
        below = above
        for route in routes {
            for (upper, lower) in zip(route, route.dropFirst()) {
                below[upper].append(lower)
                above[lower].append(upper)
            }
        }
        layers = Array(repeating: [], count: (layer.max() ?? -1) + 1)
        for vertex in layer.indices { layers[layer[vertex]].append(vertex) }
        x = Array(repeating: 0, count: layer.count)
        uncross()
        place()
    }

    /// Each node below all that it reads; constants right above their first reader.
    private static func layers(of edges: [(from: Int, to: Int)], isSource: [Bool], order: [Int]) -> [Int] {
        var layer = Array(repeating: 0, count: isSource.count)
        let incoming = Dictionary(grouping: edges, by: \.to)
        for node in order {
            for edge in incoming[node] ?? [] { layer[node] = max(layer[node], layer[edge.from] + 1) }
        }
        let outgoing = Dictionary(grouping: edges, by: \.from)
        for node in layer.indices where isSource[node] {
            layer[node] = max(0, (outgoing[node] ?? []).map { layer[$0.to] - 1 }.min() ?? 0)
        }
        return layer
    }

    /// Orders each layer by the means of its neighbours' positions, downwards and upwards in turn, and keeps the order
    /// with the fewest crossings.
    private mutating func uncross() {
        var best = (crossings: crossings, layers: layers)
        for round in 0..<LayeredGraph.rounds where best.crossings > 0 {
            let isDownwards = round.isMultiple(of: 2)
            let neighbours = isDownwards ? above : below
            for index in isDownwards ? Array(layers.indices.dropFirst()) : layers.indices.dropLast().reversed() {
                let positions = positions
                let means = Dictionary(
                    uniqueKeysWithValues: layers[index].map { vertex in
                        let places = neighbours[vertex].map { Double(positions[$0]) }
                        return (vertex, places.isEmpty ? Double(positions[vertex]) : mean(places))
                    })
                layers[index] = layers[index].enumerated()
                    .sorted { (means[$0.element]!, $0.offset) < (means[$1.element]!, $1.offset) }.map(\.element)
            }
            let now = crossings
            if now < best.crossings { best = (now, layers) }
        }
        layers = best.layers
    }

    private static var rounds: Int { 24 }

    /// The position of each vertex in its layer.
    private var positions: [Int] {
        var positions = Array(repeating: 0, count: layer.count)
        for vertices in layers { for (position, vertex) in vertices.enumerated() { positions[vertex] = position } }
        return positions
    }

    private var crossings: Int {
        let positions = positions
        var count = 0
        for vertices in layers {
            let segments = vertices.flatMap { upper in below[upper].map { (positions[upper], positions[$0]) } }
            for (place, a) in segments.enumerated() {
                for b in segments[(place + 1)...] where (a.0 - b.0) * (a.1 - b.1) < 0 { count += 1 }
            }
        }
        return count
    }

    /// Moves vertices towards the means of their neighbours, as far as those beside them allow.
    private mutating func place() {
        for vertices in layers { spread(vertices, towards: vertices.map { _ in 0 }) }
        for round in 0..<LayeredGraph.rounds {
            let isDownwards = round.isMultiple(of: 2)
            for vertices in isDownwards ? layers : layers.reversed() {
                let wishes = vertices.map { vertex in
                    let neighbours = isDownwards ? above[vertex] : below[vertex]
                    return neighbours.isEmpty ? x[vertex] : mean(neighbours.map { x[$0] })
                }
                spread(vertices, towards: wishes)
            }
        }
        let left = layer.indices.map { x[$0] - widths[$0] / 2 }.min() ?? 0
        for vertex in x.indices { x[vertex] -= left }
    }

    /// Places the vertices of a layer next to each other in their order, with the least sum of squared distances from
    /// where they wish to be: neighbours whose wishes collide become one block, at the mean of its wishes.
    private mutating func spread(_ vertices: [Int], towards wishes: [Double]) {
        // Of each block: its vertices, and the sum of the places that they wish for its beginning.
        var blocks: [(count: Int, sum: Double, width: Double)] = []
        for (vertex, wish) in zip(vertices, wishes) {
            var block = (count: 1, sum: wish - widths[vertex] / 2, width: widths[vertex])
            while let last = blocks.last, last.sum / Double(last.count) + last.width > block.sum / Double(block.count) {
                blocks.removeLast()
                block = (
                    last.count + block.count, last.sum + block.sum - Double(block.count) * last.width,
                    last.width + block.width
                )
            }
            blocks.append(block)
        }
        var next = vertices.makeIterator()
        for block in blocks {
            var edge = block.sum / Double(block.count)
            for _ in 0..<block.count {
                let vertex = next.next()!
                x[vertex] = edge + widths[vertex] / 2
                edge += widths[vertex]
            }
        }
    }

    /// How wide the drawing is.
    var width: Double { layer.indices.map { x[$0] + widths[$0] / 2 }.max() ?? 0 }
}

private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
