import CacheModel

/// Whose the credentials are that the environment and flags give.
extension ConfigurationLayers {
  /// `REDIS_USER`, `REDIS_PASSWORD` and `REDIS_PASSWORD_FILE`, and their flags, belong to the only target, or else
  /// to none: a password is never sent to a target that it was not meant for.
  mutating func applyCredentials(_ readFile: (String) throws(ConfigurationFileError) -> [UInt8]) {
    let single = chosen.count == 1 ? TargetURL.parse(chosen[0].target.url) : nil
    let isAlone = chosen.count <= 1
    let sources = CredentialSource.all(environment, overrides).compactMap { source in
      isAlone ? resolve(source, for: single, readFile) : source
    }
    defer { configuration.targets = chosen.map(\.target) }
    guard !sources.isEmpty else { return }
    if chosen.isEmpty, asksForScrapesOnly { return applyToAllowed(sources) }
    guard chosen.count == 1 else {
      for source in sources where chosen.count > 1 {
        reader.warn(
          source.origin, "", "is ignored, since there are several targets; write it at the one it belongs to")
      }
      return
    }
    for source in sources {
      var target = chosen[0]
      apply(source, &target)
      chosen[0] = target
    }
  }

  /// Without any target, they are for what the command line allows scrapes to ask for, where that has none itself.
  private mutating func applyToAllowed(_ sources: [CredentialSource]) {
    for index in allowedByFlag where configuration.scrape.allow[index].template.password == nil {
      for source in sources {
        switch source.kind {
        case .user: configuration.scrape.allow[index].template.username = source.text
        case .password: configuration.scrape.allow[index].template.password = Secret(source.text)
        case .passwordFile: configuration.scrape.allow[index].template.passwordFile = source.text
        }
      }
    }
  }

  private mutating func apply(_ source: CredentialSource, _ target: inout FileTarget) {
    func origin(_ key: String) -> ConfigurationOrigin { reader.origins[joined(target.path, key)] ?? .default }
    let path: String
    switch source.kind {
    case .user:
      guard source.isFlag || target.target.username == nil else { return }
      target.target.username = source.text
      path = "username"
    case .password, .passwordFile:
      let hasOwn = target.target.password != nil || target.target.passwordFile != nil
      guard source.isFlag || !hasOwn else { return }
      (target.target.password, target.target.passwordFile) = (nil, nil)
      for key in ["password", "password_file"] { reader.origins[joined(target.path, key)] = nil }
      if source.kind == .password {
        target.target.password = Secret(source.text)
      } else {
        target.target.passwordFile = source.text
      }
      path = source.kind == .password ? "password" : "password_file"
    }
    reader.origins[joined(target.path, path)] = source.origin
  }
}
