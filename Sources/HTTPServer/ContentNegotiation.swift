/// The offered type that an `Accept` header (RFC 9110 12.5.1) likes best, the earlier on equal quality; `nil` if
/// none is acceptable (answer 406). A header that is absent, empty or without one well-formed range accepts all.
///
/// The most specific matching range decides an offer's quality. A parameter counts against a match only if the offer
/// has it with another value: `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8` matches an offer of
/// version 1.0.0 that says nothing of escaping, and not one of version 0.0.1.
public func preferred(from offered: [MediaType], accept: String?) -> MediaType? {
  let ranges = splitOutsideQuotes((accept ?? "")[...], at: UInt8(ascii: ",")).compactMap { MediaRange($0) }
  guard !ranges.isEmpty else { return offered.first }
  var best: (media: MediaType, quality: Int)?
  for media in offered {
    let quality = quality(of: media, in: ranges)
    if quality > best?.quality ?? 0 { best = (media, quality) }
  }
  return best?.media
}

/// What a body may be encoded with.
public enum ContentEncoding: String, Sendable, CaseIterable {
  /// RFC 1952; a request may also call it `x-gzip`.
  case gzip
  /// As it is; needs no `Content-Encoding` header.
  case identity
}

/// The encoding that an `Accept-Encoding` header (RFC 9110 12.5.3) likes best, the earlier on equal quality; `nil`
/// if none is acceptable (answer 406). Without a header only `identity` is used, because its sender may understand
/// nothing else; `identity` stays acceptable, as the last choice, unless `identity;q=0` or `*;q=0` refuses it.
public func preferred(from offered: [ContentEncoding], acceptEncoding: String?) -> ContentEncoding? {
  guard let acceptEncoding else { return offered.contains(.identity) ? .identity : offered.first }
  let codings = splitOutsideQuotes(acceptEncoding[...], at: UInt8(ascii: ",")).compactMap(coding)
  var best: (encoding: ContentEncoding, quality: Int)?
  for encoding in offered {
    let quality = quality(of: encoding, in: codings)
    if quality > best?.quality ?? 0 { best = (encoding, quality) }
  }
  return best?.encoding
}

private func quality(of media: MediaType, in ranges: [MediaRange]) -> Int {
  var best: (rank: (Int, Int, Int), quality: Int)?
  for range in ranges {
    guard let rank = specificity(of: range.media, matching: media) else { continue }
    if let current = best, current.rank >= rank { continue }
    best = (rank, range.quality)
  }
  return best?.quality ?? 0
}

/// Ordered: more of the type named, then more parameters equal, then fewer that the offer does not have.
private func specificity(of range: MediaType, matching media: MediaType) -> (Int, Int, Int)? {
  guard range.type == "*" || range.type == media.type, range.subtype == "*" || range.subtype == media.subtype
  else { return nil }
  var equal = 0
  var unknown = 0
  for parameter in range.parameters {
    guard let value = media.parameter(parameter.name) else {
      unknown += 1
      continue
    }
    let same =
      parameter.name == "charset" ? equalIgnoringASCIICase(value, parameter.value) : value == parameter.value
    guard same else { return nil }
    equal += 1
  }
  return ((range.type == "*" ? 0 : 1) + (range.subtype == "*" ? 0 : 1), equal, -unknown)
}

private func coding(_ text: Substring) -> (name: String, quality: Int)? {
  let parts = splitOutsideQuotes(text, at: UInt8(ascii: ";"))
  guard let name = parts.first?.lowercased(), !name.isEmpty else { return nil }
  guard parts.count > 1 else { return (name, 1000) }
  guard parts.count == 2, parts[1].lowercased().hasPrefix("q="), let quality = parseQuality(parts[1].dropFirst(2))
  else { return nil }
  return (name, quality)
}

private func quality(of encoding: ContentEncoding, in codings: [(name: String, quality: Int)]) -> Int {
  let named = codings.first { $0.name == encoding.rawValue || (encoding == .gzip && $0.name == "x-gzip") }
  if let named { return named.quality }
  let rest = codings.first { $0.name == "*" }?.quality
  // Unnamed, identity has the least quality that is not refused.
  return rest ?? (encoding == .identity ? 1 : 0)
}
