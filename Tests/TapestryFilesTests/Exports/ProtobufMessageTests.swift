import Foundation
import Testing

@testable import TapestryFiles

/// Against the examples of the format's description, and bytes that its own library wrote (protobuf 6 for Python).
@Suite struct ProtobufMessageTests {
    @Test func fieldsAreEncoded() {
        var message = ProtobufMessage()
        message.append(1, 150)
        #expect(message.data == Data([0x08, 0x96, 0x01]))
        message.append(2, "testing")
        #expect(message.data.dropFirst(3) == Data([0x12, 0x07]) + Data("testing".utf8))
        var outer = ProtobufMessage()
        outer.append(3, message)
        #expect(outer.data.prefix(2) == Data([0x1A, 0x0C]))
        var numbers = ProtobufMessage()
        numbers.append(16, -1)
        numbers.append(1, Float(1))
        #expect(
            numbers.data == Data([0x80, 0x01] + [UInt8](repeating: 0xFF, count: 9) + [0x01, 0x0D, 0, 0, 0x80, 0x3F]))
    }
}
