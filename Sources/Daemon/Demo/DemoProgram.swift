import Glibc

/// A server that the demo starts: which program, with which arguments, and how it tells that it is ready.
struct DemoProgram: Sendable {
  /// Names to look for in `PATH`, the first that is there.
  let names: [String]
  /// What its URLs begin with.
  let scheme: String
  /// Its socket's name in the server's directory.
  let socket: String
  /// The text in its log that says that it is ready; nil where its socket says so.
  let readyText: String?
  /// Its arguments, for a directory.
  let arguments: @Sendable (_ directory: String) -> [String]

  /// Redis or Valkey, on a Unix socket, without persistence. The demo's memory is so small that it fills within seconds, and
  /// its thresholds catch the demo's slow command.
  static func redis(maximumMemory: String = "8mb") -> DemoProgram {
    DemoProgram(
      names: ["redis-server", "valkey-server"], scheme: "unix", socket: "redis.sock",
      readyText: "eady to accept connections"
    ) { directory in
      let settings = [
        ("port", "0"), ("unixsocket", "\(directory)/redis.sock"), ("unixsocketperm", "700"), ("dir", directory),
        ("save", ""), ("appendonly", "no"), ("daemonize", "no"), ("maxmemory", maximumMemory),
        ("maxmemory-policy", "allkeys-lru"), ("slowlog-log-slower-than", "1000"), ("slowlog-max-len", "128"),
        ("latency-monitor-threshold", "1"), ("maxclients", "64"),
      ]
      return settings.flatMap { ["--\($0.0)", $0.1] }
    }
  }

  /// Memcached, on a Unix socket.
  static let memcached = DemoProgram(
    names: ["memcached"], scheme: "memcached+unix", socket: "memcached.sock", readyText: nil
  ) { directory in
    // Root, as which programs may run in containers, is refused without a user.
    ["-s", "\(directory)/memcached.sock", "-a", "700", "-m", "64", "-t", "2"]
      + (geteuid() == 0 ? ["-u", "root"] : [])
  }

  /// Where the program is; nil when it is in no folder of `path`.
  func find(in path: String) -> String? {
    for name in names {
      for folder in path.split(separator: ":") where folder.hasPrefix("/") {
        let candidate = "\(folder)/\(name)"
        if unsafe access(candidate, X_OK) == 0 { return candidate }
      }
    }
    return nil
  }
}
