extension Expression {
  /// Reads a selector, a selector with a window, a function of one, or arithmetic on numbers.
  ///
  /// Everything else that PromQL has is refused by its name, with ``QueryError/Code/unsupported`` and a column. Linear in the
  /// text's length; at most 64 KiB and 100 parentheses within one another.
  public init(parsing text: String) throws(QueryError) {
    guard text.utf8.count <= 65_536 else { throw QueryError(.refused, "a query has at most 64 KiB") }
    var parser = ExpressionParser(text)
    self = try parser.parse()
  }
}

private struct ExpressionParser {
  private var reader: QueryText
  private var depth = 0

  init(_ text: String) { reader = QueryText(text) }

  mutating func parse() throws(QueryError) -> Expression {
    reader.skipBlanks()
    if reader.isAtEnd { throw QueryError(.syntax, column: 1, "the query is empty") }
    let expression = try sum()
    reader.skipBlanks()
    guard reader.isAtEnd else { throw reader.unexpected("the end of the query") }
    return expression
  }

  // MARK: Arithmetic on numbers

  private mutating func sum() throws(QueryError) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 100 else {
      throw QueryError(.refused, column: reader.column, "the query is nested too deeply: at most 100 parentheses")
    }
    var left = try product()
    while true {
      reader.skipBlanks()
      let column = reader.column
      if reader.take("+") {
        left = .number(try number(left, column, "+") + number(product(), column, "+"))
      } else if reader.take("-") {
        left = .number(try number(left, column, "-") - number(product(), column, "-"))
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(QueryError) -> Expression {
    var left = try operand()
    while true {
      reader.skipBlanks()
      let column = reader.column
      if reader.take("*") {
        left = .number(try number(left, column, "*") * number(operand(), column, "*"))
      } else if reader.take("/") {
        left = .number(try number(left, column, "/") / number(operand(), column, "/"))
      } else {
        try refuseOtherOperators()
        return left
      }
    }
  }

  private func number(_ value: Expression, _ column: Int, _ symbol: String) throws(QueryError) -> Double {
    guard case .number(let number) = value else { throw Self.unsupported("operator '\(symbol)' on series", column) }
    return number
  }

  private static let symbols: [StaticString] = ["==", "!=", ">=", "<=", ">", "<", "%", "^"]
  private static let words: Set<String> = ["and", "or", "unless", "atan2"]

  private mutating func refuseOtherOperators() throws(QueryError) {
    let column = reader.column
    for symbol in Self.symbols where reader.take(symbol) {
      throw Self.unsupported("operator '\(symbol)'", column)
    }
    var copy = reader
    guard let word = copy.name(colons: true)?.lowercased() else { return }
    if Self.words.contains(word) { throw Self.unsupported("operator '\(word)'", column) }
    if word == "offset" { throw Self.unsupported("'offset'", column) }
  }

  private static func unsupported(_ what: String, _ column: Int) -> QueryError {
    QueryError(.unsupported, column: column, "\(what) is not supported here; \(supported)")
  }

  private static let supported =
    "supported are selectors, \(RangeFunction.named.keys.sorted().joined(separator: ", ")) and quantile_over_time"

  // MARK: Operands

  private mutating func operand() throws(QueryError) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 200 else { throw QueryError(.refused, column: reader.column, "the query has too many signs") }
    reader.skipBlanks()
    let column = reader.column
    if reader.take("-") { return .number(try -number(operand(), column, "-")) }
    if reader.take("+") { return .number(try number(operand(), column, "+")) }
    if reader.take("(") {
      let inner = try sum()
      try reader.expect(")", "for the '(' at column \(column)")
      return try suffixed(inner)
    }
    if let number = try reader.number() { return .number(number) }
    if let byte = reader.peek(), [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`")].contains(byte) {
      return .string(try reader.string())
    }
    guard let name = reader.name(colons: true) else { return try suffixed(.selector(reader.selector())) }
    return try named(name, column)
  }

  private static let aggregations: Set<String> = [
    "sum", "avg", "min", "max", "count", "stddev", "stdvar", "group", "topk", "bottomk", "quantile", "count_values",
    "limitk", "limit_ratio",
  ]

  /// What a name begins: a function's call, an aggregation, or a selector.
  private mutating func named(_ name: String, _ column: Int) throws(QueryError) -> Expression {
    reader.skipBlanks()
    var ahead = reader
    let isCall = ahead.take("(")
    let isGrouping = ["by", "without"].contains(ahead.name(colons: false)?.lowercased())
    if Self.aggregations.contains(name.lowercased()), isCall || isGrouping {
      throw Self.unsupported("aggregation '\(name)'", column)
    }
    guard isCall else { return try suffixed(.selector(reader.selector(named: name, column))) }
    if name == "quantile_over_time" { return try quantile() }
    guard let function = RangeFunction.named[name] else { throw Self.unsupported("function '\(name)'", column) }
    _ = reader.take("(")
    return try call(function, name)
  }

  private mutating func quantile() throws(QueryError) -> Expression {
    _ = reader.take("(")
    let column = reader.column
    guard case .number(let rank) = try sum() else {
      throw QueryError(.syntax, column: column, "quantile_over_time begins with a number")
    }
    try reader.expect(",", "behind the rank")
    return try call(.quantile(rank), "quantile_over_time")
  }

  /// From the window on, to the parenthesis at the end.
  private mutating func call(_ function: RangeFunction, _ name: String) throws(QueryError) -> Expression {
    reader.skipBlanks()
    let column = reader.column
    guard case .window(let selector, let window) = try sum() else {
      throw QueryError(.syntax, column: column, "\(name) takes a selector with a window, such as x[5m]")
    }
    try reader.expect(")", "behind the window")
    return try suffixed(.call(function, selector, window))
  }

  // MARK: What may follow

  private mutating func suffixed(_ value: Expression) throws(QueryError) -> Expression {
    reader.skipBlanks()
    let column = reader.column
    var result = value
    if reader.take("[") {
      let window = try window(column)
      guard case .selector(let selector) = value else { throw Self.unsupported("a subquery", column) }
      result = .window(selector, window)
      reader.skipBlanks()
    }
    if reader.peek() == UInt8(ascii: "@") { throw Self.unsupported("'@'", reader.column) }
    try refuseOtherOperators()
    return result
  }

  /// `5m]`, in milliseconds.
  private mutating func window(_ begin: Int) throws(QueryError) -> Int64 {
    reader.skipBlanks()
    guard let window = try reader.duration() else { throw reader.unexpected("a duration such as 5m") }
    reader.skipBlanks()
    if reader.peek() == UInt8(ascii: ":") { throw Self.unsupported("a subquery", begin) }
    guard reader.take("]") else { throw reader.unexpected("']'") }
    guard window > 0 else { throw QueryError(.syntax, column: begin + 1, "a window is longer than 0") }
    return window
  }
}
