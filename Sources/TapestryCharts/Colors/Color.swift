import Foundation

/// A colour of a screen.
struct Color: Hashable {
    /// Red, green and blue from 0 to 255.
    let red, green, blue: UInt8

    /// The colour of a number such as `0x1668b8`.
    init(_ code: UInt32) {
        red = UInt8(code >> 16 & 255)
        green = UInt8(code >> 8 & 255)
        blue = UInt8(code & 255)
    }

    /// `#1668b8`.
    var hex: String {
        "#"
            + [red, green, blue].map { part in
                let digits = String(part, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
    }

    /// Red, green and blue as amounts of light, from 0 to 1.
    var linear: (red: Double, green: Double, blue: Double) {
        func light(_ part: UInt8) -> Double {
            let value = Double(part) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return (light(red), light(green), light(blue))
    }

    /// The brightest that these amounts of light allow; what a screen does not have is cut off.
    init(linear red: Double, _ green: Double, _ blue: Double) {
        func code(_ light: Double) -> UInt8 {
            let light = min(max(light, 0), 1)
            let value = light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
            return UInt8((value * 255).rounded())
        }
        (self.red, self.green, self.blue) = (code(red), code(green), code(blue))
    }

    /// How bright the colour is, 0.2126 R + 0.7152 G + 0.0722 B.
    var luminance: Double {
        let light = linear
        return 0.2126 * light.red + 0.7152 * light.green + 0.0722 * light.blue
    }

    /// How well one is read on the other, from 1 to 21: (L₁ + 0.05) / (L₂ + 0.05).
    ///
    /// Reference: Web Content Accessibility Guidelines 2.1, "contrast ratio".
    func contrast(to other: Color) -> Double {
        let (bright, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (bright + 0.05) / (dark + 0.05)
    }
}

/// A colour by lightness and two axes of hue, in which equal distances look about equal.
///
/// Reference: B. Ottosson, "A perceptual color space for image processing", 2020 (Oklab).
struct PerceptualColor {
    let lightness, greenRed, blueYellow: Double

    init(_ color: Color) {
        let light = color.linear
        let long = cbrt(0.4122214708 * light.red + 0.5363325363 * light.green + 0.0514459929 * light.blue)
        let medium = cbrt(0.2119034982 * light.red + 0.6806995451 * light.green + 0.1073969566 * light.blue)
        let short = cbrt(0.0883024619 * light.red + 0.2817188376 * light.green + 0.6299787005 * light.blue)
        lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
        greenRed = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
        blueYellow = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    }

    private init(_ lightness: Double, _ greenRed: Double, _ blueYellow: Double) {
        (self.lightness, self.greenRed, self.blueYellow) = (lightness, greenRed, blueYellow)
    }

    /// What lies on the way to another colour.
    func mixed(with other: PerceptualColor, _ share: Double) -> PerceptualColor {
        PerceptualColor(
            lightness + (other.lightness - lightness) * share, greenRed + (other.greenRed - greenRed) * share,
            blueYellow + (other.blueYellow - blueYellow) * share)
    }

    var color: Color {
        func cube(_ x: Double) -> Double { x * x * x }
        let long = cube(lightness + 0.3963377774 * greenRed + 0.2158037573 * blueYellow)
        let medium = cube(lightness - 0.1055613458 * greenRed - 0.0638541728 * blueYellow)
        let short = cube(lightness - 0.0894841775 * greenRed - 1.2914855480 * blueYellow)
        return Color(
            linear: 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short)
    }
}
