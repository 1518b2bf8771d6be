import CHiredis

/// The most that one reply may be. A reply that declares more is refused when the declaration is read, not when the
/// data has come.
public struct RESPLimits: Sendable, Hashable {
  /// The longest bulk string, in bytes; default 64 MiB.
  public var maximumBulkBytes: Int
  /// The most elements that a reply's arrays may declare, all together; default 1,048,576.
  public var maximumElements: Int
  /// The longest reply in all, in bytes on the wire; default 128 MiB.
  public var maximumReplyBytes: Int

  /// Limits; nesting is limited to seven levels by hiredis.
  public init(
    maximumBulkBytes: Int = 64 << 20, maximumElements: Int = 1 << 20, maximumReplyBytes: Int = 128 << 20
  ) {
    self.maximumBulkBytes = maximumBulkBytes
    self.maximumElements = maximumElements
    self.maximumReplyBytes = maximumReplyBytes
  }
}

/// Why a stream of replies can't be read any further.
public struct RESPDecodingError: Error, Sendable, Hashable {
  /// What kind of fault.
  public enum Kind: Sendable, Hashable {
    /// A bulk string declares more bytes than the limit.
    case bulkTooLarge(declared: Int64, limit: Int)
    /// Arrays declare more elements than the limit.
    case tooManyElements(declared: Int64, limit: Int)
    /// A reply goes on beyond the limit.
    case replyTooLarge(limit: Int)
    /// Arrays are nested more than seven levels deep.
    case nestedTooDeeply
    /// The bytes are no RESP2; the text is the reader's.
    case malformed(String)
  }

  /// What is wrong.
  public let kind: Kind
  /// Bytes of the stream before the item that is at fault.
  public let offset: Int

  init(_ kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

/// Turns a stream of bytes, however it is cut, into replies: hiredis' reader, with bounds.
///
/// Not thread-safe: one stream, one decoder, one thread at a time. After an error it stays failed.
@safe public final class RESPDecoder {
  private let limits: RESPLimits
  // The one owner of the reader: created in init, freed in deinit; no pointer into it leaves a method.
  private let reader: UnsafeMutablePointer<cg_reader>
  private var fed = 0
  private var replyStart = 0
  private var failure: RESPDecodingError?

  /// A decoder at the start of a stream.
  public init(limits: RESPLimits = RESPLimits()) {
    guard let reader = unsafe cg_reader_create(Int64(limits.maximumElements)) else {
      preconditionFailure("memory is exhausted")
    }
    self.limits = limits
    unsafe self.reader = unsafe reader
  }

  deinit { unsafe cg_reader_free(reader) }

  /// Adds the next bytes of the stream. Copies them once. Nothing is parsed before ``next()``.
  public func feed(_ bytes: Span<UInt8>) {
    guard failure == nil, !bytes.isEmpty else { return }
    fed += bytes.count
    let status = unsafe bytes.withUnsafeBytes { unsafe cg_reader_feed(reader, $0.baseAddress, $0.count) }
    if status != REDIS_OK { failure = RESPDecodingError(.malformed("memory is exhausted"), offset: consumed) }
  }

  /// The next complete reply; nil when more bytes are needed. Throws once and then always when the stream is at fault.
  public func next() throws(RESPDecodingError) -> RESPValue? {
    if let failure { throw failure }
    let reply = unsafe cg_reader_next(reader)
    if let reply = unsafe reply {
      defer { unsafe cg_reply_free(reply) }
      replyStart = consumed
      if replyStart == fed { unsafe cg_reader_rest(reader) }
      return unsafe RESPValue(reply)
    }
    if let fault = readerFault() ?? pendingFault() {
      failure = fault
      throw fault
    }
    return nil
  }

  /// Bytes of the stream that are parsed.
  private var consumed: Int { unsafe fed - Int(cg_reader_pending_count(reader)) }

  private func readerFault() -> RESPDecodingError? {
    guard unsafe cg_reader_failed(reader) != 0 else { return nil }
    if unsafe reader.pointee.refused != 0 {
      let declared = unsafe reader.pointee.declared_elements
      return RESPDecodingError(
        .tooManyElements(declared: declared, limit: limits.maximumElements), offset: replyStart)
    }
    let text = unsafe String(cString: cg_reader_error(reader))
    // hiredis drops its buffer when it fails: the start of the reply is the nearest offset that is known.
    return RESPDecodingError(text.contains("nested") ? .nestedTooDeeply : .malformed(text), offset: replyStart)
  }

  /// Looks at the item that is still incomplete: hiredis would wait for whatever a bulk string declares.
  private func pendingFault() -> RESPDecodingError? {
    let count = unsafe Int(cg_reader_pending_count(reader))
    if fed - replyStart > limits.maximumReplyBytes {
      return RESPDecodingError(.replyTooLarge(limit: limits.maximumReplyBytes), offset: replyStart)
    }
    guard unsafe cg_reader_awaits_bulk(reader) != 0 else { return nil }
    let declared = declaredLength(in: count)
    guard declared > limits.maximumBulkBytes else { return nil }
    return RESPDecodingError(.bulkTooLarge(declared: declared, limit: limits.maximumBulkBytes), offset: consumed)
  }

  /// The number that the pending bytes begin with, as far as it has come; saturates. Reads at most 20 digits.
  private func declaredLength(in count: Int) -> Int64 {
    let pending = unsafe UnsafeBufferPointer(start: cg_reader_pending(reader), count: count)
    var length: Int64 = 0
    for index in 0..<min(count, 20) {
      let digit = unsafe Int64(pending[index]) - 48
      guard (0...9).contains(digit) else { break }
      let (product, overflow) = length.multipliedReportingOverflow(by: 10)
      if overflow { return .max }
      let (sum, overflowed) = product.addingReportingOverflow(digit)
      if overflowed { return .max }
      length = sum
    }
    return length
  }
}

extension RESPValue {
  /// Copies what hiredis built; `reply` stays the caller's.
  fileprivate init(_ reply: UnsafeMutablePointer<redisReply>) {
    let bytes = unsafe UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len))
    switch unsafe reply.pointee.type {
    case REDIS_REPLY_STRING: self = unsafe .bulk(Array(bytes))
    case REDIS_REPLY_STATUS: self = unsafe .simpleString(String(decoding: bytes, as: UTF8.self))
    case REDIS_REPLY_ERROR: self = unsafe .error(RESPErrorReply(line: String(decoding: bytes, as: UTF8.self)))
    case REDIS_REPLY_INTEGER: self = unsafe .integer(reply.pointee.integer)
    case REDIS_REPLY_ARRAY:
      let elements = unsafe UnsafeBufferPointer(start: reply.pointee.element, count: Int(reply.pointee.elements))
      self = unsafe .array(elements.map { unsafe $0.map { unsafe RESPValue($0) } ?? .null })
    default: self = .null
    }
  }
}
