import Foundation

/// What a training was like, epoch by epoch. It holds no times, so the same training has the same history.
public struct TrainingHistory: Codable, Sendable, Equatable {
    /// One epoch.
    public struct Epoch: Codable, Sendable, Equatable {
        /// Which one, from 1.
        public let number: Int
        /// The steps taken up to its end.
        public let step: Int
        /// The mean loss over the epoch, what was measured, the same of the validation data, and the learning rate at
        /// the end.
        public let figures: Figures
    }

    /// Something that was noticed on the way.
    public struct Note: Codable, Sendable, Equatable {
        /// How many steps had been taken.
        public let step: Int
        /// What it was.
        public let text: String
    }

    /// The epochs that have ended.
    public internal(set) var epochs: [Epoch] = []
    /// What callbacks noted, in order.
    public internal(set) var notes: [Note] = []

    /// Nothing yet.
    public init() {}

    /// The values of a figure, one for each epoch that has it.
    public func values(of name: String) -> [Double] { epochs.compactMap { $0.figures[name] } }

    /// The names of all figures, in the order in which they first appear.
    private var names: [String] {
        var names: [String] = []
        for figure in epochs.flatMap(\.figures.all) where !names.contains(figure.name) { names.append(figure.name) }
        return names
    }

    /// A table with a row for each epoch: `epoch,step,loss,…`. A field is empty where an epoch lacks a figure.
    public var csv: String {
        func quoted(_ name: String) -> String {
            guard name.contains(where: { ",\"\n\r".contains($0) }) else { return name }
            return "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
        }
        let names = names
        let header = (["epoch", "step"] + names.map(quoted)).joined(separator: ",")
        let rows = epochs.map { epoch in
            let figures = names.map { name in epoch.figures[name].map { "\($0)" } ?? "" }
            return (["\(epoch.number)", "\(epoch.step)"] + figures).joined(separator: ",")
        }
        return ([header] + rows).map { $0 + "\n" }.joined()
    }

    /// An object for each epoch, a line each: `{"epoch":1,"step":40,"loss":0.5}`. Infinities and NaN, which JSON
    /// doesn't have, are `null`.
    public var jsonLines: String {
        epochs.map { epoch in
            var members = ["\"epoch\":\(epoch.number)", "\"step\":\(epoch.step)"]
            for figure in epoch.figures.all {
                members.append("\(jsonText(figure.name)):\(figure.value.isFinite ? "\(figure.value)" : "null")")
            }
            return "{\(members.joined(separator: ","))}\n"
        }.joined()
    }

    private func jsonText(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A text always has a JSON form.
        return String(decoding: try! encoder.encode(text), as: UTF8.self)
    }
}
