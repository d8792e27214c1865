import Testing

@testable import TapestryAutograd

@Suite struct ParameterPatternTests {
    @Test(arguments: [
        ("encoder.bias", "encoder.bias", true), ("encoder.bias", "encoder.biases", false),
        ("encoder", "encoder.bias", true), ("encoder", "encoders.bias", false),
        ("encoder.*", "encoder.bias", true), ("encoder.*", "encoder.", true), ("encoder.*", "encoder", false),
        ("*.bias", "layers.0.bias", true), ("*.bias", "bias", false), ("*bias", "bias", true), ("*", "", true),
        ("*", "anything", true), ("", "", true), ("", "x", false), ("**", "x", true), ("a*b*c", "a.b.b.c", true),
        ("a*b*c", "a.c.b", false), ("*.0.*", "layers.0.weights", true), ("*.0.*", "layers.10.weights", false),
        ("a*a", "a", false), ("a*a", "aa", true), ("*ab", "aab", true), ("λ*", "λ.bias", true),
    ])
    func matching(_ pattern: String, _ path: String, _ expected: Bool) {
        #expect(ParameterPattern(pattern).matches(path) == expected)
    }

    @Test func anyOfSeveral() {
        let patterns: [ParameterPattern] = ["a.*", "*.bias"]
        #expect(patterns.matches("a.weights"))
        #expect(patterns.matches("b.bias"))
        #expect(!patterns.matches("b.weights"))
        #expect(!([] as [ParameterPattern]).matches("a"))
    }
}
