/// Values that a module's walk keeps as they are: what encoders have to take without asking it to encode itself.
protocol ModuleSetting: Codable, Sendable {}

extension Bool: ModuleSetting {}
extension String: ModuleSetting {}
extension Float: ModuleSetting {}
extension Double: ModuleSetting {}
extension Int: ModuleSetting {}
extension Int8: ModuleSetting {}
extension Int16: ModuleSetting {}
extension Int32: ModuleSetting {}
extension Int64: ModuleSetting {}
extension UInt: ModuleSetting {}
extension UInt8: ModuleSetting {}
extension UInt16: ModuleSetting {}
extension UInt32: ModuleSetting {}
extension UInt64: ModuleSetting {}

extension ModuleSetting {
    /// This value, if it is of the type that is asked for. One in the module's own scalar type follows the module to
    /// another one.
    func setting<Other: ModuleSetting>(as type: Other.Type) -> Other? {
        if let same = sameType(self, as: type) { return same }
        return switch self {
        case let number as Float: sameType(Double(number), as: type)
        case let number as Double: sameType(Float(number), as: type)
        default: nil
        }
    }
}
