import CTapestryKernels
import TapestryTestSupport
import Testing

extension KernelTests {
    /// Linear recurrences and their rule, of every instruction set, against one line after the other in scalars.
    @Suite struct LinearRecurrenceTests {
        /// The number type of the reference.
        private struct Complex {
            var real, imaginary: Double

            static func + (a: Complex, b: Complex) -> Complex {
                Complex(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
            }
            static func * (a: Complex, b: Complex) -> Complex {
                Complex(
                    real: a.real * b.real - a.imaginary * b.imaginary,
                    imaginary: a.real * b.imaginary + a.imaginary * b.real)
            }
            var conjugate: Complex { Complex(real: real, imaginary: -imaginary) }
        }

        struct Shape: Sendable, CustomTestStringConvertible {
            let steps, lines: Int
            let isComplex, hasInitial: Bool
            /// From one line to the next: of the factors, and of everything else.
            let factorLine, line: Int

            var testDescription: String {
                "\(steps) steps of \(lines) lines, complex \(isComplex), initial \(hasInitial), "
                    + "strides \(factorLine) and \(line)"
            }

            static let all = [(1, 1), (4, 3), (3, 17), (5, 300), (7, 64)].flatMap { steps, lines in
                [false, true].flatMap { isComplex in
                    [false, true].flatMap { hasInitial in
                        [(1, 1), (0, 1), (1, 2), (2, 2)].map { factorLine, line in
                            Shape(
                                steps: steps, lines: lines, isComplex: isComplex, hasInitial: hasInitial,
                                factorLine: factorLine, line: line)
                        }
                    }
                }
            }
        }

        /// Numbers in memory: real parts and, behind all of them, imaginary ones.
        private final class Series<Element: BinaryFloatingPoint> {
            let values: UnsafeMutableBufferPointer<Element>
            let series: tapestry_series

            init(_ shape: Shape, steps: Int, line: Int, _ number: () -> Element) {
                let count = steps * max(shape.lines * line, 1)
                values = .allocate(capacity: 2 * count)
                for index in 0..<2 * count { values.initializeElement(at: index, to: number()) }
                series = tapestry_series(
                    data: values.baseAddress, step: max(shape.lines * line, 1), line: line, imaginary: count)
            }

            deinit { values.deallocate() }

            func number(_ step: Int, _ line: Int, complex: Bool) -> Complex {
                let place = step * series.step + line * series.line
                return Complex(
                    real: Double(values[place]),
                    imaginary: complex ? Double(values[place + series.imaginary]) : 0)
            }
        }

        private func check<Element: BinaryFloatingPoint>(
            _ shape: Shape, _ type: Int32, _ set: Int32, tolerance: Double, of: Element.Type
        ) {
            var generator = SeededGenerator(seed: 1)
            func random() -> Element { Element(Double.random(in: -1...1, using: &generator)) }
            let (steps, isComplex) = (shape.steps, shape.isComplex)
            let a = Series<Element>(shape, steps: steps, line: shape.factorLine, random)
            let b = Series<Element>(shape, steps: steps, line: shape.line, random)
            let g = Series<Element>(shape, steps: steps, line: shape.line, random)
            let initial = Series<Element>(shape, steps: 1, line: shape.line, random)
            let (h, terms, factors) = (
                Series<Element>(shape, steps: steps, line: shape.line) { 9 },
                Series<Element>(shape, steps: steps, line: shape.line) { 9 },
                Series<Element>(shape, steps: steps, line: shape.line) { 9 }
            )
            let first = Series<Element>(shape, steps: 1, line: shape.line) { 9 }
            var given = initial.series
            if !shape.hasInitial { given.data = nil }
            var recurrence = tapestry_recurrence(h: h.series, a: a.series, b: b.series, initial: given)
            tapestry_linear_recurrence_kernel_of(set, type)!(isComplex, steps, shape.lines, &recurrence)
            var rule = tapestry_recurrence_rule(
                g: g.series, a: a.series, initial: given, h: h.series.data, terms: terms.series.data,
                factors: factors.series.data, first: shape.hasInitial ? first.series.data : nil)
            tapestry_linear_recurrence_rule_kernel_of(set, type)!(isComplex, steps, shape.lines, &rule)
            var wrong: [String] = []
            func compare(_ found: Complex, _ expected: Complex, _ name: String, _ line: Int, _ step: Int) {
                let differences = [found.real - expected.real, found.imaginary - expected.imaginary]
                if differences.contains(where: { !($0.magnitude < tolerance) }) {
                    wrong.append("\(name) of line \(line), step \(step)")
                }
            }
            for line in 0..<shape.lines {
                func number(_ series: Series<Element>, _ step: Int) -> Complex {
                    series.number(step, line, complex: isComplex)
                }
                let start = shape.hasInitial ? number(initial, 0) : Complex(real: 0, imaginary: 0)
                var value = start
                var values: [Complex] = []
                for step in 0..<steps {
                    value = number(a, step) * value + number(b, step)
                    values.append(value)
                    compare(number(h, step), value, "h", line, step)
                }
                var cotangent = Complex(real: 0, imaginary: 0)
                for step in (0..<steps).reversed() {
                    cotangent = cotangent + number(g, step)
                    compare(number(terms, step), cotangent, "term", line, step)
                    let before = step > 0 ? values[step - 1] : start
                    compare(number(factors, step), cotangent * before.conjugate, "factor", line, step)
                    cotangent = cotangent * number(a, step).conjugate
                }
                if shape.hasInitial { compare(number(first, 0), cotangent, "initial value", line, 0) }
            }
            #expect(wrong.isEmpty, "\(wrong.count) numbers: \(wrong.prefix(3)), …")
        }

        @Test(arguments: Shape.all, instructionSets)
        func agrees(_ shape: Shape, _ set: Int32) {
            check(shape, Int32(TAPESTRY_FLOAT32), set, tolerance: 1e-5, of: Float.self)
            check(shape, Int32(TAPESTRY_FLOAT64), set, tolerance: 1e-13, of: Double.self)
        }
    }
}
