import Testing
@testable import TapestryAutograd
@Test func x() {}
