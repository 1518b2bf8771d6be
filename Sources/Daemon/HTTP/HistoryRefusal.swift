import HTTPServer
import SeriesQuery

/// Why a request for history can't be answered: a status, and a sentence that says what would be right.
struct HistoryRefusal: Error {
  let status: Int
  let sentence: String

  init(_ status: Int = 400, _ sentence: String) {
    self.status = status
    self.sentence = sentence
  }

  /// A query's fault, in the parameter of this name.
  init(_ error: QueryError, in parameter: String) {
    switch error.code {
    case .syntax, .unsupported: self.init(400, "'\(parameter)': \(error.description)")
    case .refused: self.init(422, error.description)
    case .cancelled: self.init(503, error.description)
    }
  }

  /// The target that was named is not configured.
  static func unknownTarget(configured names: [String]) -> HistoryRefusal {
    HistoryRefusal(404, "there is no such target; the configured targets are: \(names.joined(separator: ", "))")
  }

  var response: HTTPResponse { .text(status, sentence) }
}
