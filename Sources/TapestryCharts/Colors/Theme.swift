/// Which page a chart is drawn for.
public enum Theme: Sendable {
    /// A light page, or a dark one where the reader prefers that (CSS `prefers-color-scheme`).
    case automatic
    /// A light page.
    case light
    /// A dark page.
    case dark

    /// The colours without a style sheet.
    var fallback: Appearance { self == .dark ? .dark : .light }
}
