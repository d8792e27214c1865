import Foundation
import TapestryArrays

// The messages of ONNX that a model consists of, with the numbers of their fields (onnx.proto).

/// An attribute of a node.
enum ONNXAttribute {
    case int(Int)
    case ints([Int])
    case float(Float)
    case string(String)
    case graph(ONNXGraph)

    fileprivate func message(_ name: String) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.append(1, name)
        switch self {
        case .float(let number):
            message.append(2, number)
            message.append(20, 1)
        case .int(let number):
            message.append(3, number)
            message.append(20, 2)
        case .string(let text):
            message.append(4, text)
            message.append(20, 3)
        case .graph(let graph):
            message.append(6, graph.message)
            message.append(20, 5)
        case .ints(let numbers):
            for number in numbers { message.append(8, number) }
            message.append(20, 7)
        }
        return message
    }
}

/// An operation with the names of what it reads and of what it gives.
struct ONNXNode {
    let operation: String
    let inputs: [String]
    let outputs: [String]
    let attributes: [(name: String, value: ONNXAttribute)]

    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        for input in inputs { message.append(1, input) }
        for output in outputs { message.append(2, output) }
        message.append(4, operation)
        for attribute in attributes { message.append(5, attribute.value.message(attribute.name)) }
        return message
    }
}

/// What is known of an input or output: its type and, unless the shape is not said, each extent as a number or a name.
struct ONNXValueInfo {
    enum Extent {
        case fixed(Int)
        case named(String)
        case unknown
    }

    let name: String
    let elementType: ElementType
    let shape: [Extent]?

    fileprivate var message: ProtobufMessage {
        var tensor = ProtobufMessage()
        tensor.append(1, elementType.onnxNumber)
        if let shape {
            var extents = ProtobufMessage()
            for extent in shape {
                var dimension = ProtobufMessage()
                switch extent {
                case .fixed(let count): dimension.append(1, count)
                case .named(let name): dimension.append(2, name)
                case .unknown: break
                }
                extents.append(1, dimension)
            }
            tensor.append(2, extents)
        }
        var type = ProtobufMessage()
        type.append(1, tensor)
        var message = ProtobufMessage()
        message.append(1, name)
        message.append(2, type)
        return message
    }
}

/// A tensor with its elements.
struct ONNXTensor {
    let name: String
    let shape: [Int]
    /// The number of the type of the elements (`ElementType.onnxNumber`, or 7 for `int64`).
    let type: Int
    let bytes: Data

    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        for extent in shape { message.append(1, extent) }
        message.append(2, type)
        message.append(8, name)
        message.append(9, bytes)
        return message
    }
}

/// Nodes in an order in which they can be computed.
struct ONNXGraph {
    let name: String
    var nodes: [ONNXNode] = []
    var tensors: [ONNXTensor] = []
    var inputs: [ONNXValueInfo] = []
    var outputs: [ONNXValueInfo] = []

    init(name: String) { self.name = name }

    var message: ProtobufMessage {
        var message = ProtobufMessage()
        for node in nodes { message.append(1, node.message) }
        message.append(2, name)
        for tensor in tensors { message.append(5, tensor.message) }
        for input in inputs { message.append(11, input.message) }
        for output in outputs { message.append(12, output.message) }
        return message
    }

    /// The bytes of a model: version 8 of the representation, version 18 of the operations.
    var modelData: Data {
        var operations = ProtobufMessage()
        operations.append(1, "")
        operations.append(2, 18)
        var model = ProtobufMessage()
        model.append(1, 8)
        model.append(2, "Tapestry")
        model.append(7, message)
        model.append(8, operations)
        return model.data
    }
}

extension ElementType {
    /// The number of the type in ONNX.
    var onnxNumber: Int {
        switch self {
        case .float32: 1
        case .int32: 6
        case .bool: 9
        case .float64: 11
        }
    }
}
