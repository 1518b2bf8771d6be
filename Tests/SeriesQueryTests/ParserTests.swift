import CacheModel
import Randomness
import SeriesQuery
import Testing

@Suite struct `The parser` {
  @Test(arguments: [
    ("x", "x", []), ("x{}", "x", []), (" x { a = \"b\" , } ", "x", ["a=b"]), ("a:b", "a:b", []),
    (#"x{a="1",b!="2",c=~"3|4",d!~"5.*"}"#, "x", ["a=1", "b!=2", "c=~3|4", "d!~5.*"]),
    (#"{__name__="x"}"#, "x", []), ("x{a='it\\'s \"\\u00e9\\x41\\101\\n'}", "x", ["a=it's \"éAA\n"]),
    ("x{a=`\\d\"`} # comment", "x", [#"a=\d""#]),
  ])
  func `a selector is a name and matchers`(text: String, name: String, matchers: [String]) throws {
    let selector = try Selector(parsing: text)
    #expect(selector.name == name)
    let others = selector.matchers.filter { $0.name != "__name__" }
    #expect(others.map { "\($0.name)\($0.operation.rawValue)\($0.value)" } == matchers)
  }

  @Test func `matchers accept as Prometheus' do, a missing label being empty`() throws {
    let labels = [Label("a", "1"), Label("b", "two")]
    let table = [
      ("x", true), ("y", false), (#"x{a="1"}"#, true), (#"x{a="2"}"#, false), (#"x{a!="2",b=~"t.o"}"#, true),
      (#"x{b!~"t.*"}"#, false), (#"x{c=""}"#, true), (#"x{c!=""}"#, false), (#"x{c=~".*"}"#, true),
      (#"{__name__=~"x|y",a=~"[0-9]"}"#, true), (#"{__name__!="x",a="1"}"#, false),
    ]
    for (text, isMatch) in table {
      #expect(try Selector(parsing: text).accepts(name: "x", labels: labels) == isMatch, "\(text)")
    }
  }

  @Test(arguments: [
    ("", 1, "expected"), ("{}", 1, "does not accept the empty text"), (#"{a=~".*"}"#, 1, "empty text"),
    ("x{", 3, "name of a label"), ("x{a}", 4, "one of = != =~ !~"), ("x{a=b}", 5, "string in quotes"),
    ("x{a=\"b\"", 8, "',' or '}'"), ("x{a=\"b", 5, "does not end"), ("x y", 3, "end of the selector"),
    (#"x{__name__="y"}"#, 3, "given twice"), (#"x{a=~"(b"}"#, 6, "'(' without ')'"), ("x{a=\"\\z\"}", 6, "escape"),
    ("x{a=\"\\uD800\"}", 6, "names no character"), ("x{a=\"\\xff\"}", 5, "not UTF-8"), (",", 1, "not ','"),
    ("x{a=\"\\x+1\"}", 6, "too few digits"),
  ])
  func `a fault in a selector has a column and a reason`(text: String, column: Int, reason: String) {
    let error = #expect(throws: QueryError.self) { try Selector(parsing: text) }
    #expect(error?.column == column)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("1+1", 2), ("1 + 2 * 3", 7), ("(1+2)*3", 9), ("-2 - -3", 1), ("8/4/2", 1), ("0x10", 16), ("1.5e3", 1500),
    (".5", 0.5),
    ("+Inf", .infinity), ("7 # seven", 7),
  ])
  func `arithmetic on numbers is done`(text: String, value: Double) throws {
    guard case .number(let number) = try Expression(parsing: text) else {
      Issue.record("\(text) is no number")
      return
    }
    #expect(number == value)
  }

  @Test(arguments: [
    ("rate(x[5m])", RangeFunction.rate, 300_000), ("increase( x{a=\"b\"} [1h30m] )", .increase, 5_400_000),
    ("avg_over_time(x[10s])", .average, 10_000), ("min_over_time((x[10s]))", .minimum, 10_000),
    ("max_over_time(x[100ms])", .maximum, 100), ("sum_over_time(x[1d])", .sum, 86_400_000),
    ("last_over_time({a=\"b\"}[1s])", .last, 1000), ("(quantile_over_time(0.9, x[1m]))", .quantile(0.9), 60_000),
    ("quantile_over_time(1 - 0.5, x[1m])", .quantile(0.5), 60_000), ("irate(x[1m])", .irate, 60_000),
    ("delta(x[1m])", .delta, 60_000), ("count_over_time(x[1m])", .count, 60_000),
  ])
  func `a function takes a selector's window`(text: String, function: RangeFunction, window: Int64) throws {
    guard case .call(function, let selector, window) = try Expression(parsing: text) else {
      Issue.record("\(text) was read otherwise")
      return
    }
    #expect(!selector.matchers.isEmpty)
  }

  @Test(arguments: [
    ("x + y", 3, "operator '+' on series"), ("2 * x", 3, "operator '*' on series"), ("x > 1", 3, "operator '>'"),
    ("x == 1", 3, "operator '=='"), ("2 ^ 3", 3, "operator '^'"), ("5 % 3", 3, "operator '%'"),
    ("x and y", 3, "operator 'and'"), ("x unless on (a) y", 3, "operator 'unless'"), ("x or y", 3, "operator 'or'"),
    ("sum(x)", 1, "aggregation 'sum'"), ("sum by (a) (x)", 1, "aggregation 'sum'"),
    ("topk(3, x)", 1, "aggregation 'topk'"),
    ("quantile(0.9, x)", 1, "aggregation 'quantile'"),
    ("histogram_quantile(0.9, x)", 1, "function 'histogram_quantile'"),
    ("abs(x)", 1, "function 'abs'"), ("x offset 5m", 3, "'offset'"), ("rate(x[5m] offset 1m)", 12, "'offset'"),
    ("x @ 5", 3, "'@'"), ("x[5m] @ end()", 7, "'@'"), ("x[5m:1m]", 2, "a subquery"),
    ("rate(x[5m])[1h:]", 12, "a subquery"),
    ("-x", 1, "operator '-' on series"), ("vector(1)", 1, "function 'vector'"),
  ])
  func `what PromQL has besides is refused by name and column`(text: String, column: Int, name: String) {
    let error = #expect(throws: QueryError.self) { try Expression(parsing: text) }
    #expect(error?.code == .unsupported)
    #expect(error?.column == column)
    #expect(error?.message.hasPrefix("\(name) is not supported") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("", 1), ("  ", 1), ("rate(x)", 6), ("rate()", 6), ("rate(x[5m]", 11), ("rate(x[5m]))", 12), ("x[5]", 3),
    ("x[0s]", 3),
    ("x[5m", 5), ("(1", 3), ("1 1", 3), ("quantile_over_time(x[5m])", 20), ("quantile_over_time(\"a\", x[5m])", 20),
    ("x[1m5h]", 5), ("1e", 1), ("0x", 1), ("$x", 1),
  ])
  func `a text that is no query is a syntax error with a column`(text: String, column: Int) {
    let error = #expect(throws: QueryError.self) { try Expression(parsing: text) }
    #expect(error?.code == .syntax)
    #expect(error?.column == column, "\(error?.description ?? "")")
  }

  @Test func `nesting and length are bounded`() {
    for text in [
      String(repeating: "(", count: 100_000), String(repeating: "(", count: 1000),
      String(repeating: "-", count: 60_000),
      String(repeating: "a", count: 70_000),
    ] {
      #expect(throws: QueryError.self) { try Expression(parsing: text) }
    }
  }

  private static let seeds = [
    #"rate(cache_namespace_hits_total{namespace=~"a|b.*",target!="x",cause!~"[a-c]+"}[1h30m])"#,
    #"quantile_over_time(0.5 + 2 * (3 - 1), {__name__=~"x\\d{2}",a='é\u00e9'}[100ms])"#,
    "1 + (2 - -0x1F) / 1.5e-3 # comment\n", "sum by (a) (x offset 5m)",
  ]

  @Test(arguments: seeds)
  func `a query cut anywhere is read or refused with a column inside it`(seed: String) {
    for count in 0...seed.utf8.count {
      let text = String(decoding: seed.utf8.prefix(count), as: UTF8.self)
      do {
        _ = try Expression(parsing: text)
      } catch {
        #expect(error.column.map { (1...text.utf8.count + 1).contains($0) } != false, "\(text): \(error)")
      }
    }
  }

  @Test(arguments: seeds)
  func `a mutated query is read or refused with a column inside it`(seed: String) {
    var random = SeededRandom(seed: 42)
    let alphabet = Array(#"(){}[]"'`\,=!~+-*/^%@:#.0159eExmhsd_ab é"#.utf8)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = Array(seed.utf8)
      for _ in 0...random.below(5) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = random.element(of: alphabet)
        case 1: bytes.insert(random.element(of: alphabet), at: place)
        default: bytes.remove(at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        _ = try Expression(parsing: text)
      } catch {
        refused += 1
        #expect(error.column.map { (1...text.utf8.count + 1).contains($0) } != false, "\(text): \(error)")
        #expect(!error.message.isEmpty)
      }
    }
    #expect(refused > 1000)
  }
}
