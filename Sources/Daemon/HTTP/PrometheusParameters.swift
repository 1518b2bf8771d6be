import Exposition
import HTTPServer
import SeriesQuery

/// An error as Prometheus' HTTP API answers it.
struct PrometheusError: Error {
  enum Kind: String {
    case badData = "bad_data"
    case execution
    case canceled
  }

  let kind: Kind
  let message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// A query's fault, in the parameter of this name.
  init(_ error: QueryError, in parameter: String) {
    switch error.code {
    case .syntax, .unsupported: self.init(.badData, "invalid parameter \"\(parameter)\": \(error.description)")
    case .refused: self.init(.execution, error.description)
    case .cancelled: self.init(.canceled, error.description)
    }
  }

  var response: HTTPResponse {
    let status =
      switch kind {
      case .badData: 400
      case .execution: 422
      case .canceled: 503
      }
    return HTTPResponse(
      status: status, contentType: "application/json",
      bytes: queryErrorDocument(type: kind.rawValue, message: message))
  }
}

/// Parameters of Prometheus' HTTP API: a form's before those of the query.
struct PrometheusParameters {
  private let items: [(name: String, value: String)]

  /// Throws for a form that can't be decoded.
  init(_ request: HTTPRequest) throws(PrometheusError) {
    guard let form = request.form else { throw PrometheusError(.badData, "the form in the body can't be decoded") }
    items = form + request.query
  }

  /// The first of this name; nil also where it is empty.
  subscript(_ name: String) -> String? {
    items.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  /// All of this name.
  func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

  /// Unix milliseconds.
  func time(_ name: String) throws(PrometheusError) -> Int64 {
    guard let text = self[name] else { throw PrometheusError(.badData, "parameter \"\(name)\" is missing") }
    guard let time = parseQueryTime(text) else {
      throw PrometheusError(
        .badData, "invalid parameter \"\(name)\": cannot parse \"\(text)\" to a valid timestamp")
    }
    return time
  }

  /// Seconds as a number, or a duration; answered in milliseconds.
  func step() throws(PrometheusError) -> Int64 {
    guard let text = self["step"] else { throw PrometheusError(.badData, "parameter \"step\" is missing") }
    let milliseconds = parseQueryDuration(text) ?? Double(text).flatMap { Int64(exactly: ($0 * 1000).rounded()) }
    guard let milliseconds, milliseconds > 0, milliseconds <= 100 * 366 * 86_400_000 else {
      throw PrometheusError(
        .badData, "invalid parameter \"step\": \"\(text)\" is neither seconds above 0 nor a duration such as 15s")
    }
    return milliseconds
  }

  /// As many as `limit` allows; 0 or none means all.
  func limited<T>(_ list: [T]) throws(PrometheusError) -> [T] {
    guard let text = self["limit"] else { return list }
    guard let limit = Int(text), limit >= 0 else {
      throw PrometheusError(.badData, "invalid parameter \"limit\": \"\(text)\" is no number from 0 on")
    }
    return limit == 0 ? list : Array(list.prefix(limit))
  }
}

extension HTTPResponse {
  /// Compressed where the request takes that and it is worth it. For a thread that may compute for a while.
  static func compressed(_ request: HTTPRequest, contentType: String, bytes: [UInt8]) -> HTTPResponse {
    let accepted = preferred(from: [.gzip, .identity], acceptEncoding: request.header("Accept-Encoding"))
    guard accepted == .gzip, bytes.count > 1024 else {
      return HTTPResponse(contentType: contentType, bytes: bytes, headers: [("Vary", "Accept-Encoding")])
    }
    return HTTPResponse(
      contentType: contentType, bytes: gzip(bytes, level: 1),
      headers: [("Vary", "Accept-Encoding"), ("Content-Encoding", "gzip")])
  }
}
