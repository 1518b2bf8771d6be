extension Selector {
  /// Reads `name`, `{label="value",…}` or both, with nothing behind it. The operators are `=`, `!=`, `=~` and `!~`.
  ///
  /// Throws ``QueryError`` with a column. Linear in the text's length.
  public init(parsing text: String) throws(QueryError) {
    var reader = QueryText(text)
    reader.skipBlanks()
    self = try reader.selector()
    reader.skipBlanks()
    guard reader.isAtEnd else { throw reader.unexpected("the end of the selector") }
  }
}

extension QueryText {
  /// A selector, from its name or brace on.
  mutating func selector() throws(QueryError) -> Selector {
    let start = column
    let name = name(colons: true)
    let selector = try selector(named: name, start)
    if selector.acceptsNothing {
      throw QueryError(.syntax, column: start, "a selector needs a matcher that does not accept the empty text")
    }
    return selector
  }

  /// What follows a name that was read already.
  mutating func selector(named name: String?, _ start: Int) throws(QueryError) -> Selector {
    var matchers: [LabelMatcher] = []
    if let name { matchers.append(try LabelMatcher("__name__", .equal, name)) }
    skipBlanks()
    guard take("{") else {
      if name == nil { throw unexpected("the name of a metric or '{'") }
      return Selector(matchers)
    }
    while true {
      skipBlanks()
      if take("}") { break }
      let place = column
      let matcher = try matcher()
      if matcher.name == "__name__", name != nil {
        throw QueryError(.syntax, column: place, "the metric's name is given twice")
      }
      matchers.append(matcher)
      skipBlanks()
      if take("}") { break }
      guard take(",") else { throw unexpected("',' or '}'") }
    }
    return Selector(matchers)
  }

  private mutating func matcher() throws(QueryError) -> LabelMatcher {
    guard let label = name(colons: false) else { throw unexpected("the name of a label") }
    skipBlanks()
    let operation: LabelMatcher.Operation
    if take("=~") {
      operation = .matches
    } else if take("!~") {
      operation = .doesNotMatch
    } else if take("!=") {
      operation = .notEqual
    } else if take("=") {
      operation = .equal
    } else {
      throw unexpected("one of = != =~ !~")
    }
    skipBlanks()
    let place = column
    let value = try string()
    do throws(QueryError) {
      return try LabelMatcher(label, operation, value)
    } catch {
      let inner = error.column.map { " (at its byte \($0))" } ?? ""
      throw QueryError(error.code, column: place, error.message + inner)
    }
  }
}
