extension Int {
    /// So many things: `1 field`, `2 fields`.
    package func counted(_ name: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? name : plural ?? "\(name)s")"
    }
}
