import CacheModel
import Testing

@Suite struct SharedValuesTests {
  @Test func `equal values are one object for as long as anybody has it`() {
    let values = SharedValues<[String]>()
    let first = values(["a", "b"])
    #expect(values(["a"] + ["b"]) === first)
    #expect(values(["b", "a"]) !== first)
    #expect(first.value == ["a", "b"])
  }

  @Test func `values that nobody has are forgotten`() {
    let values = SharedValues<Int>()
    weak var gone: Shared<Int>?
    do { gone = values(0) }
    #expect(gone == nil)
    let kept = (0..<1000).map { values($0) }
    for number in 1000..<5000 { _ = values(number) }
    #expect((0..<1000).allSatisfy { values($0) === kept[$0] })
  }

  @Test func `catalogs that define the same series are the same, however they came about`() {
    let family = MetricFamily("m", .gauge, "M.")
    func catalog(_ labels: [String]) -> SeriesCatalog {
      var catalog = SeriesCatalog()
      for label in labels { _ = catalog.register(SeriesDefinition(family, labels: [Label("l", label)])) }
      return catalog
    }
    #expect(catalog(["a", "b"]).isSame(as: catalog(["a", "b"])))
    #expect(!catalog(["a", "b"]).isSame(as: catalog(["b", "a"])))
    #expect(!catalog(["a"]).isSame(as: catalog(["a", "b"])))
    #expect(catalog(["a", "b"]).first { $0.labels[0].value == "b" } == SeriesIndex(1))
  }
}
