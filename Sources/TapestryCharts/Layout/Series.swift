/// Which mark has which colour, and what the legend says.
struct Series {
    /// A line of the legend.
    struct Entry: Equatable {
        let label: String
        let number: Int
        var symbols: [LegendSymbol]
    }

    private(set) var entries: [Entry] = []

    /// The series of marks, which may be those of several charts.
    init(_ marks: [Mark]) {
        var next = 0
        for mark in marks {
            guard let label = mark.label, let symbol = mark.content.symbol else { continue }
            if let index = entries.firstIndex(where: { $0.label == label }) {
                if !entries[index].symbols.contains(symbol) { entries[index].symbols.append(symbol) }
                continue
            }
            let number = mark.color ?? next
            if mark.color == nil { next += 1 }
            entries.append(Entry(label: label, number: number, symbols: [symbol]))
        }
    }

    /// The styles of the marks of one chart. Those without a label take the colours that its other series leave.
    func styles(of marks: [Mark], mapping: ColorMapping?) -> [SeriesStyle] {
        let labelled = Set(marks.compactMap { mark in mark.label.flatMap { number(of: $0) } })
        var free = (0...).lazy.filter { !labelled.contains($0) }.makeIterator()
        let numbers = marks.map { mark -> Int in
            if let number = mark.label.flatMap({ number(of: $0) }) { return number }
            return mark.color ?? (mark.content.isColored ? free.next()! : 0)
        }
        let beside = numbers.indices.filter { marks[$0].content.standsBeside }
        return numbers.indices.map { index in
            var style = SeriesStyle(series: numbers[index])
            style.mapping = mapping
            if let place = beside.firstIndex(of: index) { style.bar = (place, beside.count) }
            return style
        }
    }

    private func number(of label: String) -> Int? { entries.first { $0.label == label }?.number }
}
