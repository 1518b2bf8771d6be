import CMicrohttpd
import Glibc

/// One call of libmicrohttpd's access handler; valid until that handler returns, on the server's thread only.
@safe
struct RequestCall {
  private let handle: OpaquePointer
  private let methodText: UnsafePointer<CChar>
  private let upload: UnsafePointer<CChar>?
  private let uploadSize: UnsafeMutablePointer<Int>

  init(
    handle: OpaquePointer, method: UnsafePointer<CChar>, upload: UnsafePointer<CChar>?,
    uploadSize: UnsafeMutablePointer<Int>
  ) {
    unsafe self.handle = unsafe handle
    unsafe self.methodText = unsafe method
    unsafe self.upload = unsafe upload
    unsafe self.uploadSize = unsafe uploadSize
  }

  var method: String { unsafe String(cString: methodText) }

  /// Bytes of body that came with this call.
  var pendingBytes: Int { unsafe uploadSize.pointee }

  /// Appends the pending bytes, or drops them; what is not taken is offered again and again.
  func takePendingBytes(into body: inout [UInt8], keeping: Bool) {
    if keeping, let upload = unsafe upload {
      unsafe body.append(contentsOf: UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee))
    }
    unsafe uploadSize.pointee = 0
  }

  /// `nil` without a Content-Length; libmicrohttpd has refused one that is not a number.
  var declaredBodyLength: Int? {
    guard let text = unsafe MHD_lookup_connection_value(handle, .HEADER_KIND, "Content-Length") else { return nil }
    return unsafe Int(clamping: strtoull(text, nil, 10))
  }

  /// Whether it names two hosts, or tells its body's length in two ways. Of those libmicrohttpd believes one, and whoever stands
  /// between client and server may have believed the other (RFC 9112, 3.2 and 6.3).
  var isAmbiguous: Bool {
    var counts = (hosts: 0, lengths: 0)
    unsafe withUnsafeMutablePointer(to: &counts) { pointer in
      let count: MHD_KeyValueIteratorN = { context, _, name, nameSize, _, _ in
        guard let counts = unsafe context?.assumingMemoryBound(to: (hosts: Int, lengths: Int).self),
          let name = unsafe name
        else { preconditionFailure("libmicrohttpd passes the context on as given, and each header's name") }
        unsafe counts.pointee.hosts += isName(name, nameSize, "Host") ? 1 : 0
        unsafe counts.pointee.lengths += isName(name, nameSize, "Content-Length") ? 1 : 0
        unsafe counts.pointee.lengths += isName(name, nameSize, "Transfer-Encoding") ? 1 : 0
        return .YES
      }
      _ = unsafe MHD_get_connection_values_n(handle, .HEADER_KIND, count, pointer)
    }
    return counts.hosts > 1 || counts.lengths > 1
  }

  /// What a TLS client has shown of itself.
  enum ClientCertificate {
    case missing, untrusted, verified
  }

  /// Verifies the client's certificate against the authorities; costs a few signatures.
  var clientCertificate: ClientCertificate {
    switch unsafe cmhd_client_certificate(handle) {
    case 0: .verified
    case 1: .missing
    default: .untrusted
    }
  }

  /// All of the request's headers in the order sent; copies them.
  var headers: [(name: String, value: String)] {
    var collected: [(name: String, value: String)] = []
    unsafe withUnsafeMutablePointer(to: &collected) { pointer in
      let collect: MHD_KeyValueIteratorN = { context, _, name, nameSize, value, valueSize in
        guard let fields = unsafe context?.assumingMemoryBound(to: [(name: String, value: String)].self) else {
          preconditionFailure("libmicrohttpd passes the context on as given")
        }
        unsafe fields.pointee.append((name: text(name, nameSize), value: text(value, valueSize)))
        return .YES
      }
      _ = unsafe MHD_get_connection_values_n(handle, .HEADER_KIND, collect, pointer)
    }
    return collected
  }

  /// libmicrohttpd retains the response here and releases it when it is sent or the connection breaks. False if it
  /// refuses, which it does only when memory is exhausted; the connection is then closed.
  func queue(_ response: HTTPResponse) -> Bool {
    // Before, because libmicrohttpd may ask for content at once.
    unsafe response.stream?.attach(to: handle)
    let isQueued = unsafe MHD_queue_response(handle, UInt32(response.status), response.handle) == .YES
    if !isQueued { response.stream?.detach() }
    return isQueued
  }

  /// Nothing is read or written until the answer is complete.
  func suspend() -> DeferredAnswer {
    unsafe MHD_suspend_connection(handle)
    return unsafe DeferredAnswer(suspended: handle)
  }
}

private func isName(_ start: UnsafePointer<CChar>, _ count: Int, _ name: StaticString) -> Bool {
  unsafe count == name.utf8CodeUnitCount
    && strncasecmp(start, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), count) == 0
}

private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
  unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
}
