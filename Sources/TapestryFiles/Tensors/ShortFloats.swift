// Floating-point numbers of 16 bits, which are stored but not computed with. (`Float16` doesn't exist on every
// platform.)

/// The number that the bits of a binary16 stand for.
func float(fromBinary16 bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:  // Zero and the denormal numbers: fraction · 2⁻²⁴, exact in a Float.
        let magnitude = Float(fraction) * 0x1p-24
        return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | UInt32(exponent + 112) << 23 | fraction << 13)
    }
}

/// The bits of the binary16 next to a number, the even one of two that are equally near; an infinity beyond the
/// largest.
func binary16(from number: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: number.bitPattern >> 16) & 0x8000
    let magnitude = number.magnitude
    // A NaN keeps the upper bits of its payload, and stays one.
    if magnitude.isNaN { return sign | 0x7E00 | UInt16(truncatingIfNeeded: number.bitPattern >> 13) & 0x3FF }
    // Halfway from the largest, 65504, to the next power of two.
    if magnitude >= 65520 { return sign | 0x7C00 }
    // Below the least normal number the steps are 2⁻²⁴ apart; a carry gives the least normal number's bits.
    if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
    let bits = magnitude.bitPattern
    let rounded = bits + 0xFFF + (bits >> 13 & 1)
    return sign | UInt16((rounded >> 13) - 112 << 10)
}

/// The number that the bits of a bfloat16 stand for.
func float(fromBFloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

/// The bits of the bfloat16 next to a number, the even one of two that are equally near.
func bfloat16(from number: Float) -> UInt16 {
    let bits = number.bitPattern
    if number.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
}
