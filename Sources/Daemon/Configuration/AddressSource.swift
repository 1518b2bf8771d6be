/// A target that the environment or the command line names.
struct AddressSource {
  var url: TargetURL
  var origin: ConfigurationOrigin
  /// Whether it was named as redis_exporter's users do.
  var isDropIn = false

  init(url: TargetURL, origin: ConfigurationOrigin, isDropIn: Bool) {
    (self.url, self.origin, self.isDropIn) = (url, origin, isDropIn)
  }

  /// The URL argument, or else `--redis.addr`.
  static func flag(
    _ overrides: ConfigurationOverrides, _ problems: inout [ConfigurationProblem]
  ) -> AddressSource? {
    if let text = overrides.url {
      return AddressSource(text, .flag("the URL argument"), &problems)
    }
    guard let text = overrides.redisAddress, !text.isEmpty else { return nil }
    return AddressSource(text, .flag("--redis.addr"), &problems, isDropIn: true)
  }

  /// The first that is set of `REDIS_ADDR`, `CACHE_REDIS_URL`, `REDIS_URL` and `CACHE_REDIS_HOST` with its parts:
  /// what is meant for an exporter comes before what is meant for a cache, before what is meant for any Redis.
  static func environment(
    _ environment: [String: String], _ problems: inout [ConfigurationProblem]
  ) -> AddressSource? {
    for name in ["REDIS_ADDR", "CACHE_REDIS_URL", "REDIS_URL"] {
      guard let text = environment[name] else { continue }
      return AddressSource(text, .environment(name), &problems, isDropIn: name == "REDIS_ADDR")
    }
    guard let host = environment["CACHE_REDIS_HOST"] else { return nil }
    return parts(host, environment, &problems)
  }

  private init?(
    _ text: String, _ origin: ConfigurationOrigin, _ problems: inout [ConfigurationProblem], isDropIn: Bool = false
  ) {
    do throws(ValueError) {
      url = try TargetURL(parsing: text)
    } catch {
      problems.append(ConfigurationProblem(.error, origin, error.message))
      return nil
    }
    self.origin = origin
    self.isDropIn = isDropIn
  }

  private static func parts(
    _ host: String, _ environment: [String: String], _ problems: inout [ConfigurationProblem]
  ) -> AddressSource? {
    var isEncrypted = false
    if let text = environment["CACHE_REDIS_SSL"] {
      do throws(ValueError) { isEncrypted = try parseBoolean(text) } catch {
        problems.append(ConfigurationProblem(.error, .environment("CACHE_REDIS_SSL"), error.message))
      }
    }
    let shown = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    let text = "\(isEncrypted ? "rediss" : "redis")://\(shown)"
    guard var source = AddressSource(text, .environment("CACHE_REDIS_HOST"), &problems),
      case .host(let name, _) = source.url.place
    else { return nil }
    if let port = environment["CACHE_REDIS_PORT"] {
      guard let number = UInt16(trimmed(port)), number > 0 else {
        let message = "\(quoted(port)) is no port in 1…65535"
        problems.append(ConfigurationProblem(.error, .environment("CACHE_REDIS_PORT"), message))
        return nil
      }
      source.url.place = .host(name, port: number)
    }
    if let text = environment["CACHE_REDIS_DB"] {
      guard let number = UInt32(trimmed(text)) else {
        let message = "\(quoted(text)) is no database number"
        problems.append(ConfigurationProblem(.error, .environment("CACHE_REDIS_DB"), message))
        return nil
      }
      source.url.database = number
    }
    source.url.password = environment["CACHE_REDIS_PASSWORD"]
    return source
  }
}

/// A user, a password or a password file that the environment or the command line gives.
struct CredentialSource {
  enum Kind {
    case user
    case password
    case passwordFile
  }

  var kind: Kind
  var text: String
  var origin: ConfigurationOrigin
  var isFlag: Bool

  /// The environment's first, so that flags win; of a password and a file of the same layer the password wins.
  static func all(_ environment: [String: String], _ overrides: ConfigurationOverrides) -> [CredentialSource] {
    var sources: [CredentialSource] = []
    for (name, kind) in [
      ("REDIS_USER", Kind.user), ("REDIS_PASSWORD", .password), ("REDIS_PASSWORD_FILE", .passwordFile),
    ] {
      guard let text = environment[name] else { continue }
      sources.append(CredentialSource(kind: kind, text: text, origin: .environment(name), isFlag: false))
    }
    let flags: [(String?, String, Kind)] = [
      (overrides.redisUser, "--redis.user", .user),
      (overrides.redisPasswordFile, "--redis.password-file", .passwordFile),
      (overrides.redisPassword, "--redis.password", .password),
    ]
    for (text, name, kind) in flags {
      guard let text, !text.isEmpty else { continue }
      sources.append(CredentialSource(kind: kind, text: text, origin: .flag(name), isFlag: true))
    }
    return sources
  }
}
