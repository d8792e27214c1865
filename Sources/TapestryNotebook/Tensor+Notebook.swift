import TapestryAutograd

extension Tensor: NotebookDisplayable {
    /// The elements as a table, with the middle left out where an axis is long, each on a colour that shows its sign
    /// and its magnitude; a tensor of more than two axes as one table for each matrix. Of a single element the number.
    ///
    /// Traps inside of `vmap`, where one example has no elements.
    public var notebookContent: NotebookContent {
        let content = NotebookContent(text: description)
        return rank == 0 || count == 0 ? content : content.html(TensorTable(self).html)
    }
}

/// The part of a tensor that is shown, as tables.
private struct TensorTable<Scalar: TensorScalar> {
    private let title: String
    private let shown: Tensor<Scalar>
    /// For each axis the indices that are shown.
    private let indices: [[Int]]
    private let largest: Double

    init(_ tensor: Tensor<Scalar>) {
        title = "Tensor<\(Scalar.self)> \(tensor.shape)"
        let mostOf = { axis in axis < tensor.rank - 2 ? 2 : axis == tensor.rank - 1 ? 12 : 10 }
        indices = tensor.shape.indices.map { axis in
            let (extent, most) = (tensor.shape[axis], mostOf(axis))
            return extent <= most + 1 ? Array(0..<extent) : Array(0..<most / 2) + Array((extent - most / 2)..<extent)
        }
        shown = indices.enumerated().reduce(tensor) { part, axis in
            if axis.element.count == part.shape[axis.offset] { return part }
            return part.slices(axis: axis.offset, at: Tensor<Int32>(axis.element.map(Int32.init)))
        }
        largest = shown.scalars.lazy.map(number).filter(\.isFinite).map(\.magnitude).max() ?? 0
    }

    var html: String {
        if shown.rank == 1 { return table(shown.unsqueezed(axis: 0), title, isMatrix: false) }
        return matrices(shown, []).joined(separator: "\n")
    }

    /// One table for each matrix of the last two axes.
    private func matrices(_ part: Tensor<Scalar>, _ place: [Int]) -> [String] {
        if part.rank == 2 {
            let index = place.isEmpty ? "" : "[" + (place.map { "\($0)" } + ["…"]).joined(separator: ", ") + "]"
            return [
                table(
                    part, place.allSatisfy { $0 == 0 } ? title + (index.isEmpty ? "" : " \(index)") : index,
                    isMatrix: true)
            ]
        }
        return part.unstacked().enumerated().flatMap { matrices($1, place + [indices[place.count][$0]]) }
    }

    private func table(_ matrix: Tensor<Scalar>, _ title: String, isMatrix: Bool) -> String {
        let columns = indices[indices.count - 1]
        let columnGap = gap(in: columns)
        let rowGap = isMatrix ? gap(in: indices[indices.count - 2]) : nil
        let width = columns.count + (columnGap == nil ? 0 : 1)
        var table = HTMLTable(columns: Array(repeating: .number(""), count: width))
        let scalars = matrix.scalars
        for row in 0..<matrix.shape[0] {
            if row == rowGap { table.append(Array(repeating: "⋮", count: width)) }
            var texts: [String] = []
            var colors: [String?] = []
            for column in columns.indices {
                if column == columnGap {
                    texts.append("…")
                    colors.append(nil)
                }
                let scalar = scalars[row * columns.count + column]
                texts.append(TensorText.text(scalar))
                colors.append(color(number(scalar)))
            }
            table.append(texts, colors: colors)
        }
        return table.html(title: title)
    }

    /// Before which of the indices some are left out.
    private func gap(in indices: [Int]) -> Int? {
        indices.indices.dropFirst().first { indices[$0] != indices[$0 - 1] + 1 }
    }

    /// Blue for positive numbers, orange for negative ones, more of it the larger they are.
    private func color(_ number: Double) -> String? {
        guard largest > 0, number.isFinite, number != 0 else { return nil }
        let tenths = Int((5 * number.magnitude / largest).rounded(.up))
        return (number > 0 ? "rgba(0, 114, 178, 0." : "rgba(213, 94, 0, 0.") + "\(tenths))"
    }
}

/// A scalar as a number; 1 for true.
private func number<Scalar: TensorScalar>(_ scalar: Scalar) -> Double {
    switch scalar {
    case let scalar as Float: Double(scalar)
    case let scalar as Double: scalar
    case let scalar as Int32: Double(scalar)
    case let scalar as Bool: scalar ? 1 : 0
    default: .nan
    }
}
