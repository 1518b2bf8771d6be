import CacheModel

/// Which targets there are: those of the file, one that the command line or the environment names, or none.
extension ConfigurationLayers {
  /// A target named on the command line is the only one. Otherwise the file's targets stand, and the environment
  /// fills the URL of a target that has none. Without targets in a file, the environment's is the only one.
  mutating func chooseTargets(_ declared: [FileTarget], hasFile: Bool, isDeclared: Bool) {
    var chosen = declared
    if asksForScrapesOnly {
      chosen = []
    } else if let address = AddressSource.flag(overrides, &reader.problems) {
      chosen = [only(address, declared)]
      noteDropIn(address)
    } else if let address = AddressSource.environment(environment, &reader.problems) {
      useEnvironment(address, &chosen, isDeclared: isDeclared)
    } else if isDeclared {
      for target in declared where !target.hasURL {
        reader.error(target.place, target.path, "has no url, and the environment gives none (REDIS_URL)")
      }
    } else if hasFile, configuration.scrape.allow.isEmpty, configuration.targetFiles.isEmpty {
      reader.error(
        Place(line: 0, column: 0), "targets", "is missing, and neither REDIS_URL nor a URL argument names one")
    }
    configuration.targets = chosen.map(\.target)
    self.chosen = chosen
    if asksForScrapesOnly { checkScrapes() } else if chosen.isEmpty, !isDeclared, !hasFile { adoptUsualAddress() }
  }

  /// `--redis.addr=`, as redis_exporter's users say that there is no target but those that are asked for.
  var asksForScrapesOnly: Bool { overrides.redisAddress == "" && overrides.url == nil }

  private mutating func checkScrapes() {
    let file = CredentialSource.all(environment, overrides).contains { $0.kind == .passwordFile }
    guard configuration.scrape.allow.isEmpty, !file else { return }
    let message =
      "is empty, so that targets are only asked for by scrapes, and none is allowed: name them with --scrape-allow, "
      + "or under scrape.allow in a file"
    reader.problems.append(ConfigurationProblem(.error, .flag("--redis.addr"), message))
  }

  /// Whoever speaks redis_exporter's language and names no target means its usual one.
  private mutating func adoptUsualAddress() {
    let variables = ExporterFlag.all.map(\.environment).filter { $0.hasPrefix("REDIS_EXPORTER_") }
    guard configuration.isEmpty,
      !overrides.exporterFlags.isEmpty || variables.contains(where: { environment[$0] != nil })
    else { return }
    guard let url = TargetURL.parse("redis://localhost:6379") else {
      preconditionFailure("the text is a URL of a server")
    }
    let address = AddressSource(url: url, origin: .default, isDropIn: true)
    chosen = [only(address, [])]
    configuration.targets = chosen.map(\.target)
    noteDropIn(address)
  }

  private mutating func useEnvironment(_ address: AddressSource, _ chosen: inout [FileTarget], isDeclared: Bool) {
    guard isDeclared else {
      chosen = [only(address, [])]
      noteDropIn(address)
      return
    }
    let open = chosen.indices.filter { !chosen[$0].hasURL }
    if let index = open.first {
      adopt(address, into: &chosen[index])
      noteDropIn(address)
      for other in open.dropFirst() {
        reader.error(chosen[other].place, chosen[other].path, "has no url; the environment gives only one")
      }
    } else if !chosen.contains(where: { TargetURL.parse($0.target.url)?.isSamePlace(as: address.url) == true }) {
      reader.warn(
        address.origin, "",
        "is ignored, since the file names its targets; leave out a target's url to take it from here")
    }
  }

  /// The target at `address`: as the file declares it where it does, with its name, namespaces and credentials.
  private mutating func only(_ address: AddressSource, _ declared: [FileTarget]) -> FileTarget {
    if let match = declared.first(where: { TargetURL.parse($0.target.url)?.isSamePlace(as: address.url) == true }) {
      moveOrigins(from: match.path)
      var target = match
      target.path = "targets[0]"
      adopt(address, into: &target)
      return target
    }
    moveOrigins(from: nil)
    var target = TargetConfiguration(url: "")
    target.poll = configuration.poll
    target.preset = preset
    var made = FileTarget(
      target: target, hasURL: true, hasName: false, path: "targets[0]", place: Place(line: 0, column: 0))
    adopt(address, into: &made)
    return made
  }

  private mutating func adopt(_ address: AddressSource, into target: inout FileTarget) {
    reader.origins[joined(target.path, "url")] = address.origin
    if address.url.username != nil { target.target.username = nil }
    if address.url.password != nil { (target.target.password, target.target.passwordFile) = (nil, nil) }
    reader.adopt(address.url, into: &target.target, target.path)
    target.hasURL = true
  }

  /// Keeps only the origins of the target at `path`, as those of the first target.
  private mutating func moveOrigins(from path: String?) {
    var kept: [String: ConfigurationOrigin] = [:]
    for (name, origin) in reader.origins {
      guard name.hasPrefix("targets[") else {
        kept[name] = origin
        continue
      }
      guard let path, name == path || name.hasPrefix(path + ".") else { continue }
      kept["targets[0]" + name.dropFirst(path.count)] = origin
    }
    reader.origins = kept
  }

  private mutating func noteDropIn(_ address: AddressSource) {
    guard address.isDropIn, reader.origins["legacy_names"] == nil else { return }
    configuration.legacyNames = true
    reader.origins["legacy_names"] = address.origin
  }
}
