import Glibc

/// Why an ``HTTPServer`` could not start; the description says what to do about it.
public enum HTTPServerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not a numeric address, nor `localhost`.
  case invalidAddress(String)
  /// Someone else listens there.
  case addressInUse(address: String, port: UInt16)
  /// Ports below 1024 need a privilege.
  case permissionDenied(address: String, port: UInt16)
  /// No interface of this machine has the address.
  case addressNotAvailable(address: String)
  /// The kernel has no IPv6 (or no IPv4).
  case addressFamilyNotSupported(address: String)
  /// Any other failing system call, with its `errno`.
  case systemCall(name: String, errno: Int32)
  /// libmicrohttpd was built without TLS.
  case noTLS
  /// The certificate, its key or the clients' authorities can't be used.
  case unusableCertificate
  /// A server starts once; make another one.
  case alreadyStarted

  /// One sentence on the fault and one on the remedy.
  public var description: String {
    switch self {
    case .invalidAddress(let address):
      "cannot listen on '\(address)': not an IP address; use 127.0.0.1, ::1, 0.0.0.0, :: or localhost"
    case .addressInUse(let address, let port):
      "cannot listen on \(endpoint(address, port)): another process does; stop it or choose another port"
    case .permissionDenied(let address, let port):
      "cannot listen on \(endpoint(address, port)): permission denied; choose a port from 1024 up"
    case .addressNotAvailable(let address):
      "cannot listen on '\(address)': no network interface has this address; use one that `ip address` shows"
    case .addressFamilyNotSupported(let address):
      "cannot listen on '\(address)': the kernel lacks this address family; use \(alternative(to: address))"
    case .systemCall(let name, let code):
      "cannot start the HTTP server: \(name) failed: \(unsafe String(cString: strerror(code)))"
    case .noTLS: "cannot serve over TLS: this libmicrohttpd is built without it; install one that has GnuTLS"
    case .unusableCertificate:
      "cannot serve over TLS: the certificate, its key or the clients' authorities are no PEM that fits together; compare the files"
    case .alreadyStarted:
      "this HTTP server was started before; a server starts once"
    }
  }
}

private func endpoint(_ address: String, _ port: UInt16) -> String {
  address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
}

private func alternative(to address: String) -> String {
  address.contains(":") ? "127.0.0.1 or 0.0.0.0" : "::1 or ::"
}
