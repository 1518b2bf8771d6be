/// Why a query can't be answered, as a sentence for whoever wrote it.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Code: Hashable, Sendable {
    /// The text is no query.
    case syntax
    /// The text may be a query, of a kind that is not answered here.
    case unsupported
    /// Well formed, and more work or a larger answer than one request may cost; or it has no single meaning.
    case refused
    /// Given up, because nobody waits for the answer any more.
    case cancelled
  }

  /// What kind of fault it is.
  public let code: Code
  /// Where in the text, in bytes from 1; nil when no place is at fault.
  public let column: Int?
  /// A sentence without the column.
  public let message: String

  /// An error; `column` counts bytes from 1.
  public init(_ code: Code, column: Int? = nil, _ message: String) {
    self.code = code
    self.column = column
    self.message = message
  }

  /// The message, behind the column where there is one.
  public var description: String { column.map { "column \($0): \(message)" } ?? message }
}
