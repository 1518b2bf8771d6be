import CMicrohttpd
import Glibc

// libmicrohttpd calls these on its one thread. `context` is the Core, borrowed: Daemon keeps it until the thread has
// ended. A connection's socket context is its Connection.

/// Starts the thread; the listening descriptor must stay open until the daemon is stopped.
func startDaemon(core: Core, listening descriptor: Int32) throws(HTTPServerError) -> OpaquePointer {
  var setup = unsafe cmhd_setup()
  unsafe setup.flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
  unsafe setup.listen_fd = descriptor
  unsafe setup.connection_limit = core.configuration.maximumConnections
  unsafe setup.inactivity_timeout = core.configuration.idleTimeout.wholeSecondsRoundedUp
  unsafe setup.connection_memory = core.configuration.memoryPerConnection
  unsafe setup.context = unsafe Unmanaged.passUnretained(core).toOpaque()
  unsafe setup.request_line = unsafe requestLineReceived
  unsafe setup.request = unsafe requestCalled
  unsafe setup.completed = unsafe requestCompleted
  unsafe setup.connection = unsafe connectionChanged
  guard let identity = core.configuration.tls else {
    guard let daemon = unsafe cmhd_start(&setup) else {
      throw .systemCall(name: "MHD_start_daemon", errno: errno)
    }
    return unsafe daemon
  }
  guard cmhd_has_tls() != 0 else { throw .noTLS }
  unsafe setup.flags |= MHD_USE_TLS.rawValue
  // The texts live until libmicrohttpd has read them.
  let daemon = unsafe identity.privateKey.withCString { key in
    unsafe identity.certificateChain.withCString { certificate in
      unsafe identity.priorities.withCString { priorities in
        unsafe (setup.tls_key, setup.tls_certificate, setup.tls_priorities) = unsafe (key, certificate, priorities)
        guard let authorities = identity.clientAuthorities else { return unsafe cmhd_start(&setup) }
        return unsafe authorities.withCString { text in
          unsafe setup.tls_authorities = unsafe text
          return unsafe cmhd_start(&setup)
        }
      }
    }
  }
  guard let daemon = unsafe daemon else { throw .unusableCertificate }
  return unsafe daemon
}

/// What this returns becomes the request context of the next two callbacks.
private func requestLineReceived(
  context: UnsafeMutableRawPointer?, target: UnsafePointer<CChar>?, handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let handle = unsafe handle, let pointer = unsafe cmhd_socket_context(handle) else {
    preconditionFailure("a connection has its context since it was opened")
  }
  let connection = unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
  unsafe core(context).receivedRequestLine(parseTarget(target), on: connection)
  return unsafe pointer
}

private func requestCalled(
  context: UnsafeMutableRawPointer?, handle: OpaquePointer?, url: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, upload: UnsafePointer<CChar>?,
  uploadSize: UnsafeMutablePointer<Int>?, requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let handle = unsafe handle, let method = unsafe method, let uploadSize = unsafe uploadSize,
    let pointer = unsafe requestContext?.pointee
  else { preconditionFailure("libmicrohttpd has a connection, a method and our context for every request") }
  let connection = unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
  let call = unsafe RequestCall(handle: handle, method: method, upload: upload, uploadSize: uploadSize)
  return unsafe core(context).process(call, on: connection) ? .YES : .NO
}

private func requestCompleted(
  context: UnsafeMutableRawPointer?, handle: OpaquePointer?,
  requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, reason: MHD_RequestTerminationCode
) {
  guard let pointer = unsafe requestContext?.pointee else { return }
  let connection = unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
  unsafe core(context).completed(connection, wasSent: reason == .REQUEST_TERMINATED_COMPLETED_OK)
}

private func connectionChanged(
  context: UnsafeMutableRawPointer?, handle: OpaquePointer?,
  socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, change: MHD_ConnectionNotificationCode
) {
  guard let handle = unsafe handle, let socketContext = unsafe socketContext else {
    preconditionFailure("libmicrohttpd tells which connection changed")
  }
  switch change {
  case .CONNECTION_NOTIFY_STARTED:
    let address = unsafe cmhd_client_address(handle).flatMap { unsafe numericHost($0) } ?? ""
    let connection = unsafe core(context).opened(descriptor: cmhd_connection_fd(handle), remoteAddress: address)
    // Released below, when the connection is closed.
    unsafe socketContext.pointee = unsafe Unmanaged.passRetained(connection).toOpaque()
  case .CONNECTION_NOTIFY_CLOSED:
    guard let pointer = unsafe socketContext.pointee else { return }
    unsafe core(context).closed(Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue())
    unsafe socketContext.pointee = nil
  @unknown default: break
  }
}

private func core(_ context: UnsafeMutableRawPointer?) -> Core {
  guard let context = unsafe context else { preconditionFailure("libmicrohttpd passes the context on as given") }
  return unsafe Unmanaged<Core>.fromOpaque(context).takeUnretainedValue()
}

private func parseTarget(_ text: UnsafePointer<CChar>?) -> Result<RequestTarget, RequestTargetError> {
  guard let text = unsafe text else { return .failure(RequestTargetError(code: .empty, offset: 0)) }
  let bytes = unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  return Result { () throws(RequestTargetError) in try RequestTarget(bytes.span) }
}
