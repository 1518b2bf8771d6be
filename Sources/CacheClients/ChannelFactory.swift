import CacheModel
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// What stands between a connection's socket and its pipelines, and takes what no command asked for.
struct ConnectionTap: Sendable {
  /// Whether reads are rare and large.
  let readsInGulps: Bool
  let make: @Sendable () -> any ChannelHandler
}

/// Opens channels to one endpoint: socket and TLS. What is spoken over it, and authentication, is the client's business.
struct ChannelFactory: Sendable {
  let endpoint: CacheEndpoint
  let loop: any EventLoop
  /// Whether reads are rare and large.
  var readsInGulps = false
  var lookups = NameLookups.shared

  /// Opens a channel within `remaining`, name resolution and connecting included; the TLS handshake goes on behind it. The end of the
  /// calling task ends it at once.
  /// `addHandlers` adds what stands behind TLS.
  func open(
    within remaining: TimeAmount,
    _ addHandlers: @escaping @Sendable (ChannelPipeline.SynchronousOperations) throws -> Void
  ) async throws(ClientError) -> any Channel {
    guard remaining > .zero else { throw ClientError(.timeout, "the deadline passed before connecting") }
    try DescriptorReserve.check()
    let connecting = try connect(timeout: remaining, addHandlers)
    let connected = loop.makePromise(of: (any Channel).self)
    let timer = loop.scheduleTask(in: remaining) {
      connected.fail(ClientError(.timeout, "no connection within the deadline"))
    }
    connecting.whenComplete { result in
      timer.cancel()
      connected.completeWith(result)
    }
    // A connection that comes about after the deadline has no owner.
    connected.futureResult.whenFailure { _ in connecting.whenSuccess { $0.close(promise: nil) } }
    do {
      return try await withTaskCancellationHandler {
        try await connected.futureResult.get()
      } onCancel: {
        connected.fail(ClientError(.timeout, "the call was cancelled"))
      }
    } catch { throw ClientError(classifying: error) }
  }

  /// The future fails after `timeout` at the latest as far as the connection itself is concerned. A name is looked up on a
  /// thread of its own, without bound: the caller sets one.
  private func connect(
    timeout: TimeAmount,
    _ addHandlers: @escaping @Sendable (ChannelPipeline.SynchronousOperations) throws -> Void
  ) throws(ClientError) -> EventLoopFuture<any Channel> {
    let tls = try endpoint.tls?.context()
    let serverName = self.serverName
    var bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(timeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.recvAllocator, value: PassingBuffers())
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName)) }
          try addHandlers(pipeline)
        }
      }
    if readsInGulps {
      // One gulp may take 16 MiB: more than the server's socket and ours hold.
      bootstrap = bootstrap.channelOption(.maxMessagesPerRead, value: 64)
        .channelOption(
          .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 262_144))
    }
    return connect(bootstrap)
  }

  private func connect(_ bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
    switch endpoint.address {
    case .host(let name, let port):
      if let address = try? SocketAddress(ipAddress: name, port: port) { return bootstrap.connect(to: address) }
      return bootstrap.resolver(SharedResolver(lookups: lookups, loop: loop)).connect(host: name, port: port)
    case .socket(let path): return bootstrap.connect(unixDomainSocketPath: path)
    }
  }

  /// The error, but that a certificate outside its validity is told from one that is not trusted, for which the server is asked again.
  func explained(_ error: ClientError, deadline: ContinuousClock.Instant) async -> ClientError {
    let remaining = TimeAmount(remaining: deadline)
    guard error.cause == .certificateUntrusted, remaining > .zero else { return error }
    let now = time(nil)
    guard (try? await showsExpiredCertificate(now: now, timeout: remaining).get()) == true else { return error }
    return ClientError(.certificateExpired, "the certificate is outside its validity")
  }

  /// Whether the server shows a certificate that is outside its validity now, which BoringSSL does not tell from one that is not
  /// trusted. Sends no more than the begin of a handshake, and ends it when the certificate has come.
  private func showsExpiredCertificate(now: Int, timeout: TimeAmount) -> EventLoopFuture<Bool> {
    let answer = loop.makePromise(of: Bool.self)
    let serverName = self.serverName
    guard let tls = try? endpoint.tls?.context() else { return loop.makeSucceededFuture(false) }
    let bootstrap = ClientBootstrap(group: loop).connectTimeout(timeout).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        let look = try NIOSSLClientHandler(
          context: tls, serverHostname: serverName,
          customVerificationCallback: { certificates, verdict in
            answer.succeed(certificates.contains { now > $0.notValidAfter || now < $0.notValidBefore })
            verdict.succeed(.failed)
          })
        try channel.pipeline.syncOperations.addHandler(look)
      }
    }
    answer.futureResult.eventLoop.scheduleTask(in: timeout) { answer.succeed(false) }
    connect(bootstrap).whenComplete { result in
      switch result {
      case .success(let channel): channel.closeFuture.whenComplete { _ in answer.succeed(false) }
      case .failure: answer.succeed(false)
      }
      answer.futureResult.whenComplete { _ in
        if case .success(let channel) = result { channel.close(promise: nil) }
      }
    }
    return answer.futureResult
  }

  /// The name to send and verify; nil for an IP address, which NIOSSL then verifies against the certificate's own
  /// IP addresses.
  private var serverName: String? {
    if let name = endpoint.tls?.serverName { return name }
    guard case .host(let name, _) = endpoint.address, !isIPAddress(name) else { return nil }
    return name
  }
}

extension TLSSettings {
  /// What connections are secured with. Reads the files anew, which blocks for as long as that takes.
  func context() throws(ClientError) -> NIOSSLContext {
    // A directory of certificates, which OpenSSL's names find, is read as connections need them.
    let authorities = try authorityFile.flatMap { (path) throws(ClientError) in
      Self.isDirectory(path) ? nil : try Self.contents(path)
    }
    let certificates = try certificateFile.map(Self.contents)
    let key = try keyFile.map(Self.contents) ?? certificates
    do {
      var configuration = TLSConfiguration.makeClientConfiguration()
      if let authorities {
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
      } else if let authorityFile {
        configuration.trustRoots = .file(authorityFile)
      }
      if let certificates {
        configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificates).map { .certificate($0) }
      }
      if let key { configuration.privateKey = try .privateKey(NIOSSLPrivateKey(bytes: key, format: .pem)) }
      if skipsVerification { configuration.certificateVerification = .none }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw ClientError(.tlsFailure, "the TLS files can't be used: \(error)")
    }
  }

  /// More than the bundle of everybody whom a system trusts.
  private static let fileLimit = 8 << 20

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func contents(_ path: String) throws(ClientError) -> [UInt8] {
    do throws(FileProblem) {
      let bytes = try contentsOfFile(at: path, upTo: fileLimit + 1)
      if bytes.count <= fileLimit { return bytes }
    } catch {
      throw ClientError(.missingFile, "can't read '\(path)': it \(error.reason)")
    }
    throw ClientError(.missingFile, "can't read '\(path)': it has more than \(fileLimit) bytes")
  }

  /// Throws what a connection would find wrong with the files.
  package func check() throws(ClientError) { _ = try context() }
}

/// Whether this is an IPv4 or IPv6 address rather than a name.
package func isIPAddress(_ host: String) -> Bool {
  (try? SocketAddress(ipAddress: host, port: 0)) != nil
}
