/// Why a poll or a part of it failed: a closed list, so that it can be a label. Free text goes to the log only.
public enum FailureCause: String, Sendable, Hashable, CaseIterable {
  /// The host answered that nothing listens there.
  case refused
  /// The Unix socket does not exist.
  case socketMissing = "socket_missing"
  /// No route, network down or host down.
  case unreachable
  /// The host name has no address, or the resolver failed.
  case nameResolution = "name_resolution"
  /// The poll's deadline passed.
  case timeout
  /// The peer closed the connection before its answer was complete.
  case closedByPeer = "closed_by_peer"
  /// The peer sent bytes that are not its protocol.
  case protocolError = "protocol_error"
  /// A reply declared or grew beyond the configured limit.
  case replyTooLarge = "reply_too_large"
  /// The TLS handshake failed for another reason than those below.
  case tlsFailure = "tls_failure"
  /// The server's certificate is not signed by a trusted authority.
  case certificateUntrusted = "certificate_untrusted"
  /// The server's certificate is outside its validity.
  case certificateExpired = "certificate_expired"
  /// The server's certificate is for another name or address.
  case certificateNameMismatch = "certificate_name_mismatch"
  /// The server asks for a client certificate and got none that it accepts.
  case clientCertificateRequired = "client_certificate_required"
  /// Wrong or missing user name or password.
  case authenticationFailed = "authentication_failed"
  /// The user may not run the command, or the server does not offer it (managed services, renamed commands).
  case permissionDenied = "permission_denied"
  /// The server does not know the command (an older version, another implementation).
  case unknownCommand = "unknown_command"
  /// The server is loading its dataset.
  case loading
  /// The server is busy with a script or a module command.
  case busy
  /// The server refused the connection since its client limit is reached.
  case tooManyClients = "too_many_clients"
  /// A replica that lost its master and is told not to serve stale data.
  case masterDown = "master_down"
  /// A file that the configuration names (password, certificate, key) can't be read.
  case missingFile = "missing_file"
  /// The server has no database of the number that the URL names.
  case databaseOutOfRange = "database_out_of_range"
  /// cachegauge itself may open no further file or connection.
  case noFileDescriptors = "no_file_descriptors"
  /// The server answered an error that is none of the above.
  case serverError = "server_error"
  /// An application's count rose by more than can be true.
  case implausibleValue = "implausible_value"
  /// The server counts nothing by prefix: `stats detail on` was never said.
  case countingOff = "counting_off"
  /// The server counts nothing by prefix, and was not told to since that could not be noted: nobody would take it back.
  case noteNotWritten = "note_not_written"
  /// The namespace's patterns are finer than the prefixes that the server counts by.
  case patternTooFine = "pattern_too_fine"
  /// The application tells a hit ratio, but not of how many lookups.
  case noCounts = "no_counts"
  /// The reply had another shape than the command's documentation says.
  case malformedReply = "malformed_reply"
}
