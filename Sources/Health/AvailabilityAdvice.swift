internal import CacheModel

/// What to do about a target that does not answer, by why it does not.
enum AvailabilityAdvice {
  static func text(for cause: FailureCause?) -> String {
    switch cause {
    case .refused: "Start the server, or correct host and port: the machine answers that nothing listens there."
    case .socketMissing:
      "Correct the path, or set unixsocket in the server's configuration and start it: there is no socket of that name "
        + "(in a container, mount its directory)."
    case .unreachable: "Check routes, firewalls and whether the machine runs: no packet comes back from it."
    case .nameResolution: "Correct the host name or the resolver: the name has no address."
    case .timeout:
      "Check whether the server hangs in a long command or a firewall drops packets: the connection stays silent until "
        + "the deadline."
    case .closedByPeer: "Read the server's log for the reason: it closes the connection before it has answered."
    case .protocolError:
      "Check the port and whether it expects TLS: what answers there does not speak the protocol."
    case .replyTooLarge: "Check what listens there, or raise the limit: a reply was larger than allowed."
    case .tlsFailure: "Compare the TLS versions and ciphers of both sides: the handshake fails."
    case .certificateUntrusted:
      "Name the authority's certificate in the configuration: the server's is signed by another."
    case .certificateExpired: "Renew the server's certificate: it is outside its validity."
    case .certificateNameMismatch:
      "Set the server name, or get a certificate for this name: it is issued for another."
    case .clientCertificateRequired: "Configure a client certificate: the server asks for one that it accepts."
    case .authenticationFailed: "Correct user name and password: the server refuses them."
    case .permissionDenied:
      "Grant the monitoring user the documented commands: the server refuses one that is essential."
    case .unknownCommand: "Check the server's kind and version: it does not know a command that is essential."
    case .loading: "Wait until the server has loaded its dataset: it refuses commands until then."
    case .busy:
      "Find the script or module command that runs, and end it with SCRIPT KILL: the server is busy with it."
    case .tooManyClients: "Raise maxclients or bound the clients' pools: the server takes no further connection."
    case .masterDown: "Bring the master back or promote a replica: this one may not serve stale data."
    case .missingFile: "Put the file that the configuration names in place and make it readable: it can't be read."
    case .databaseOutOfRange:
      "Correct the number at the end of the URL, or raise databases in the server's configuration: it has no database of "
        + "that number (a cluster has 0 only)."
    case .noFileDescriptors:
      "Raise cachegauge's own limit of open files (ulimit -n, LimitNOFILE): it may open no further connection."
    case .serverError: "Read the server's log: it answers with an error that is none of the known ones."
    case .malformedReply: "Check the server's kind and version: its reply has another shape than documented."
    case .implausibleValue: "Find out what writes the counter: it rose by more than can be true."
    case .countingOff:
      "Switch the server's counting by prefix on with `stats detail on`, or let cachegauge do so (memcached: { manage: "
        + "true })."
    case .noteNotWritten:
      "Name a directory that cachegauge may write (memcached: { state_directory: /var/lib/cachegauge }): what it switches on is "
        + "noted there first, so that a crash leaves nothing behind."
    case .patternTooFine:
      "Declare the whole prefix (menu:*): the server counts by what stands before the first delimiter, and nothing finer."
    case .noCounts:
      "Let the application tell hits and misses beside the ratio, and name both under json in the configuration: a ratio of "
        + "nobody knows how many lookups is no evidence."
    case nil: "Read the log of cachegauge: the cause is not known."
    }
  }
}
