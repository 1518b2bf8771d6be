import CacheModel
import RESP
import TimeSeries

/// FT._LIST, then FT.INFO of each index of a search module.
struct SearchIndexCollector: RedisCollector {
  let name = "search_indexes"
  let tier = CollectorTier.slow
  private var indexes: [[UInt8]] = []
  private var isListed = false

  /// The most indexes that are told of.
  private static let capacity = 100

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    indexes = []
    isListed = false
    return [RESPCommand("FT._LIST")]
  }

  mutating func followUp() -> [RESPCommand] {
    guard !isListed else { return [] }
    isListed = true
    return indexes.map { RESPCommand([Array("FT.INFO".utf8), $0]) }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard isListed else {
      guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "FT._LIST: no reply") }
      for case .bulk(let name) in try reply.elements(of: "FT._LIST").prefix(Self.capacity) { indexes.append(name) }
      return
    }
    for (index, reply) in zip(indexes, replies) {
      // One that was dropped meanwhile is no fault.
      guard let fields = reply.pairs else { continue }
      let label = [Label("index_name", String(shown: index))]
      for (field, value) in fields {
        guard let row = SearchFamilies.fields[field], let number = value.searchNumber else { continue }
        poll.pass(row.family, label, row.isMegabytes ? number.megabytes : number)
      }
    }
  }
}

/// Families of search indexes, as redis_exporter names them.
enum SearchFamilies {
  struct Row: Sendable {
    var family: MetricFamily
    var isMegabytes: Bool
  }

  /// By the field of FT.INFO.
  static let fields: [String: Row] = {
    var rows: [String: Row] = [:]
    for (field, name, help) in numbers {
      rows[field] = Row(
        family: MetricFamily(
          "redis_search_index_\(name)", name.hasSuffix("_total") ? .counter : .gauge, "\(help), by FT.INFO"),
        isMegabytes: false)
    }
    for (field, name, help) in sizes {
      rows[field] = Row(
        family: MetricFamily("redis_search_index_\(name)_bytes", .gauge, "\(help), in bytes, by FT.INFO"),
        isMegabytes: true)
    }
    return rows
  }()

  static let all = fields.values.map(\.family)

  private static let numbers = [
    ("num_docs", "num_docs", "Documents of an index"), ("max_doc_id", "max_doc_id", "Largest document number"),
    ("num_terms", "num_terms", "Distinct terms"), ("num_records", "num_records", "Records"),
    ("total_inverted_index_blocks", "total_inverted_index_blocks", "Blocks of inverted indexes"),
    ("records_per_doc_avg", "avg_per_doc_records", "Records of a document on average"),
    ("bytes_per_record_avg", "avg_per_record_bytes", "Bytes of a record on average"),
    ("offsets_per_term_avg", "avg_per_term_offsets", "Offsets of a term on average"),
    ("offset_bits_per_record_avg", "avg_per_record_offset_bits", "Bits of offsets of a record on average"),
    ("indexing", "indexing", "1 while an index is built"),
    ("percent_indexed", "percent_indexed", "How much of an index is built, in 0…1"),
    ("hash_indexing_failures", "hash_indexing_failures", "Documents that could not be indexed"),
    ("number_of_uses", "number_of_uses_total", "Uses of an index"),
    ("cleaning", "cleaning", "1 while an index is cleaned up"),
  ]

  private static let sizes = [
    ("inverted_sz_mb", "inverted_size", "Inverted index"),
    ("vector_index_sz_mb", "vector_index_size", "Vector index"),
    ("offset_vectors_sz_mb", "offset_vectors_size", "Offset vectors"),
    ("doc_table_size_mb", "doc_table_size", "Table of documents"),
    ("sortable_values_size_mb", "sortable_values_size", "Sortable values"),
    ("key_table_size_mb", "key_table_size", "Table of keys"), ("tag_overhead_sz_mb", "tag_overhead_size", "Tags"),
    ("text_overhead_sz_mb", "text_overhead_size", "Texts"),
    ("total_index_memory_sz_mb", "total_index_memory_size", "All of an index"),
    ("geoshapes_sz_mb", "geoshapes_size", "Shapes"),
  ]
}

extension RESPValue {
  /// FT.INFO prints numbers as integers and as texts; `nan` is none.
  fileprivate var searchNumber: FixedPoint? {
    if case .integer(let number) = self { return FixedPoint(number) }
    return string.flatMap { FixedPoint.parse($0.utf8) }
  }
}

extension FixedPoint {
  /// This many megabytes as bytes.
  fileprivate var megabytes: FixedPoint {
    let bytes = (double * 1_048_576).rounded()
    return FixedPoint(Int64(exactly: bytes) ?? 0)
  }
}
