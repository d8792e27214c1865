import TapestryArrays

/// A function as the operations that it applies to its inputs, in the order in which it applied them: what a
/// translation into another system's language is made from.
///
/// Unlike a tape it has every operation that depends on an input, those without a derivative and those on whole numbers
/// and truth values included, and the steps of a recurrence as one operation with a graph of its own.
package struct OperationGraph {
    /// Where a value comes from.
    package enum Operand {
        case node(Reference)
        /// What does not depend on an input.
        case constant(NDArray)
    }

    /// A node of this graph, or of one around it.
    package struct Reference: Hashable, Sendable {
        /// 0 is the function itself, 1 the steps of a recurrence in it, and so on.
        package let depth: Int
        package let index: Int
    }

    /// What a node is.
    package enum Kind {
        /// A tensor that the function takes.
        case input(path: String)
        /// A parameter of the model, which has a value.
        case parameter(path: String, NDArray)
        case primitive(Primitive.ID, Settings)
        /// A step that is applied over and over. Its operands are the sequences, and then the states before the first
        /// step.
        case scan(Scan)
        /// A result of the scan that is its operand.
        case result(Int)
    }

    package struct Node {
        package let kind: Kind
        package let operands: [Operand]
        package let shape: [Int]
        package let elementType: ElementType
    }

    /// A step and how it is applied. The inputs of its graph are one step's part of each sequence, and then the states;
    /// its outputs are one step's part of each sequence of outputs, and then the states after it. Those of the scan are
    /// the sequences of outputs, and then the states after the last step.
    package struct Scan {
        package let body: OperationGraph
        /// The axis of all sequences that is the time.
        package let axis: Int
        package let isReversed: Bool
        package let stateCount: Int
    }

    package let depth: Int
    package let nodes: [Node]
    /// The results, with the paths that they have in what the function returns.
    package let outputs: [(path: String, operand: Operand, shape: [Int], elementType: ElementType)]
}

extension OperationGraph {
    /// What a primitive knows beside its operands and the shape of its result.
    package enum Settings {
        case none
        /// What is reduced, or normalised; the divisor is a mean's.
        case axes([Int], keepsAxes: Bool, divisor: Double)
        /// The order of the operand's axes in the result.
        case order([Int])
        case slice(Slice)
        /// Where each operand lies in the result.
        case assembly([Slice])
        /// The axis on which operands lie side by side; stacked ones do not have it themselves.
        case concatenation(axis: Int, isStacking: Bool)
        /// The axis that indices are positions of, and the shape of the table that is indexed.
        case indexing(axis: Int, table: [Int])
        /// The axis of an order, and how many elements of it are wanted.
        case ordering(axis: Int, isDescending: Bool, count: Int?)
        case running(axis: Int, isReversed: Bool)
        /// What is added to a variance.
        case epsilon(Double)
        /// Windows, and the shape of what they slide over.
        case windows([WindowAxis], whole: [Int])
        /// A side of a diagonal.
        case triangle(isLower: Bool, offset: Int)
        /// Anything else.
        case other
    }

    package struct Slice {
        package let axis: Int
        package let start: Int
        package let step: Int
        package let count: Int
        /// The extent of the axis that is sliced.
        package let extent: Int
        /// Whether the result lacks the axis.
        package let dropsAxis: Bool
    }
}

extension OperationGraph.Slice {
    fileprivate init(_ attributes: SliceAttributes) {
        let slice = attributes.slice
        (axis, start, step, count) = (slice.axis, slice.start, slice.step, slice.count)
        extent = attributes.whole.shape[slice.axis]
        dropsAxis = attributes.dropsAxis
    }
}

extension OperationGraph.Settings {
    init(_ attributes: Attributes?) {
        switch attributes {
        case nil, is ShapeAttributes, is ConversionAttributes, is BroadcastAttributes, is SelectionAttributes:
            self = .none
        case let mean as MeanAttributes: self = .axes(mean.axes, keepsAxes: mean.keepsAxes, divisor: mean.divisor)
        case let axes as AxesAttributes: self = .axes(axes.axes, keepsAxes: axes.keepsAxes, divisor: 1)
        case let order as OrderAttributes: self = .order(order.order)
        case let slice as SliceAttributes: self = .slice(OperationGraph.Slice(slice))
        case let assembly as AssemblyAttributes: self = .assembly(assembly.parts.map { OperationGraph.Slice($0) })
        case let parts as ConcatenationAttributes:
            self = .concatenation(axis: parts.axis, isStacking: parts.isStacking)
        case let indexing as IndexingAttributes: self = .indexing(axis: indexing.axis, table: indexing.table.shape)
        case let order as OrderingAttributes:
            self = .ordering(axis: order.axis, isDescending: order.isDescending, count: order.count)
        case is RecurrenceAttributes: self = .other
        case let running as RunningAttributes: self = .running(axis: running.axis, isReversed: running.isReversed)
        case let epsilon as EpsilonAttributes: self = .epsilon(epsilon.epsilon)
        case let windows as WindowsAttributes: self = .windows(windows.windows, whole: windows.whole)
        case let triangle as TriangleAttributes: self = .triangle(isLower: triangle.isLower, offset: triangle.offset)
        default: self = .other
        }
    }
}
