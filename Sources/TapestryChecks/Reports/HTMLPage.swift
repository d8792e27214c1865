import Foundation

/// A report that has a form in HTML.
package protocol PagedReport {
    /// The report as a page.
    var page: HTMLPage { get }
}

/// A page of HTML that needs nothing but itself: no network, no script, and light or dark as its reader's system is. It
/// is well-formed XML too.
package struct HTMLPage {
    let title: String
    /// The content, as HTML.
    let sections: [String]

    /// The page.
    package var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>\(HTMLPage.escaped(title))</title>
        <style>
        \(HTMLPage.style(root: ":root", body: "body", margin: "2rem auto"))
        </style>
        </head>
        <body>
        \(HeatMap.definitions)
        \(sections.joined(separator: "\n"))
        </body>
        </html>

        """
    }

    /// The content as a part of another page, such as a notebook, whose own style it leaves alone.
    package var fragment: String {
        """
        <div class="tapestry-report">
        <style>
        .tapestry-report {
        \(HTMLPage.style(root: "&", body: "&", margin: "0"))
        }
        </style>
        \(HeatMap.definitions)
        \(sections.joined(separator: "\n"))
        </div>
        """
    }

    /// Text as it stands in elements and attributes. What XML has no place for, control characters, is replaced.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || [0xFFFE, 0xFFFF].contains(scalar.value):
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// An element around content that is HTML already.
    static func element(_ tag: String, _ kind: String?, _ content: String) -> String {
        let attribute = kind.map { " class=\"\($0)\"" } ?? ""
        return "<\(tag)\(attribute)>\(content)</\(tag)>"
    }

    /// A heading with a verdict behind it.
    static func heading(_ level: Int, _ title: String, _ verdict: GradientVerdict) -> String {
        element("h\(level)", nil, "\(escaped(title)): \(element("span", verdict.rawValue, verdict.rawValue))")
    }

    static func paragraph(_ text: String) -> String { element("p", nil, escaped(text)) }

    /// The last lines of a page: how to get the report again.
    static func footer(_ call: CheckCall?) -> String {
        call.map { element("p", "again", "Again: " + element("code", nil, escaped("\($0)"))) } ?? ""
    }

    /// The rules, within the selectors of the root element and of the body: a page's, or those of a part of one.
    private static func style(root: String, body: String, margin: String) -> String {
        """
        \(root) { color-scheme: light dark; --text: #1f2328; --faint: #59636e; --page: #ffffff; --line: #d1d9e0;
          --correct: #1a7f37; --wrong: #cf222e; --inconclusive: #8a6100; --unchecked: #f6f8fa; --hatch: #8c959f;
          --mark: #ffffff;
          --l0: #eef4fb; --l1: #dce9f7; --l2: #c4daf1; --l3: #a5c7e9; --l4: #80afdd; --l5: #5b94cd; --l6: #3a77b6;
          --l7: #205a98; --l8: #0d3f74; }
        @media (prefers-color-scheme: dark) { \(root) { --text: #e6edf3; --faint: #9198a1; --page: #0d1117;
          --line: #3d444d; --mark: #5c0006; --correct: #3fb950; --wrong: #ff6a61; --inconclusive: #d9a520; --unchecked: #161b22;
          --hatch: #7d8590; --l0: #16202c; --l1: #1a2c41; --l2: #1f3a59; --l3: #264b75; --l4: #305f92; --l5: #4077b0;
          --l6: #5a93cb; --l7: #84b3e0; --l8: #b9d7f3; } }
        \(body) { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); margin: \(margin);
          max-width: 72rem; padding: 0 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
        .correct { color: var(--correct); } .wrong { color: var(--wrong); font-weight: 600; }
        .inconclusive { color: var(--inconclusive); }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
        th, td { text-align: left; padding: 0.2rem 0.9rem 0.2rem 0; border-bottom: 1px solid var(--line);
          white-space: nowrap; }
        .number { text-align: right; }
        .blocks { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; }
        figure { margin: 0; max-width: 100%; overflow-x: auto; }
        figcaption, .legend, .again { color: var(--faint); font-size: 0.85rem; }
        .again code { overflow-wrap: anywhere; }
        .key { display: inline-flex; align-items: center; gap: 0.3rem; margin-right: 0.9rem; white-space: nowrap; }
        svg { display: block; } svg.definitions { position: absolute; }
        .unchecked { fill: var(--unchecked); stroke: var(--line); }
        .l0 { fill: var(--l0); } .l1 { fill: var(--l1); } .l2 { fill: var(--l2); } .l3 { fill: var(--l3); }
        .l4 { fill: var(--l4); } .l5 { fill: var(--l5); } .l6 { fill: var(--l6); } .l7 { fill: var(--l7); }
        .l8 { fill: var(--l8); } .open { fill: url(#hatch); }
        .hatch { stroke: var(--hatch); stroke-width: 1.2; fill: none; }
        .mark { stroke: var(--mark); stroke-width: 2; fill: none; pointer-events: none; }
        """
    }
}
