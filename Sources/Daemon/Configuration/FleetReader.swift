/// Reads where targets come from beside `targets`: scrapes and files.
extension ConfigurationReader {
  /// The file's `scrape`.
  mutating func scrape(_ node: ConfigurationNode, poll: PollConfiguration, preset: Preset?) -> ScrapeConfiguration {
    var scrape = ScrapeConfiguration()
    guard let fields = fields(node, "scrape", known: ["enabled", "allow", "keep", "limit"]) else { return scrape }
    scrape.isEnabled = value("enabled", of: fields, "scrape", parseBoolean) ?? true
    scrape.keep =
      value("keep", of: fields, "scrape", durations(in: .seconds(10) ... .seconds(86_400))) ?? scrape.keep
    let limit = value("limit", of: fields, "scrape", counts(in: 1...10_000))
    scrape.limit = limit ?? scrape.limit
    guard let allow = fields["allow"], let items = items(allow, "scrape.allow", of: "targets") else {
      return scrape
    }
    scrape.allow = items.enumerated().compactMap { index, item in
      allowed(item, "scrape.allow[\(index)]", poll: poll, preset: preset)
    }
    return scrape
  }

  /// One entry of `scrape.allow`: a pattern, or a mapping with `targets` and what a target may have.
  private mutating func allowed(
    _ node: ConfigurationNode, _ path: String, poll: PollConfiguration, preset: Preset?
  ) -> AllowedTargets? {
    if case .scalar = node.value {
      guard let pattern = value(node, path, { text throws(ValueError) in try TargetPattern(parsing: text) }) else {
        return nil
      }
      var template = TargetConfiguration(url: "")
      (template.poll, template.preset) = (poll, preset)
      return AllowedTargets(patterns: [pattern], template: template)
    }
    guard let (list, template) = template(node, path, list: "targets", poll: poll, preset: preset) else {
      return nil
    }
    let patterns = list.enumerated().compactMap { index, item in
      value(item, "\(path).targets[\(index)]") { text throws(ValueError) in try TargetPattern(parsing: text) }
    }
    return AllowedTargets(patterns: patterns, template: template)
  }

  /// The file's `target_files`.
  mutating func targetFiles(_ node: ConfigurationNode, poll: PollConfiguration, preset: Preset?)
    -> [TargetFilesConfiguration]
  {
    guard let items = items(node, "target_files", of: "mappings with paths") else { return [] }
    return items.enumerated().compactMap { index, item in
      let path = "target_files[\(index)]"
      guard let (list, template) = template(item, path, list: "paths", poll: poll, preset: preset) else {
        return nil
      }
      let paths = list.enumerated().compactMap { index, item in
        value(item, "\(path).paths[\(index)]", Self.filePath)
      }
      return TargetFilesConfiguration(paths: paths, template: template)
    }
  }

  private static func filePath(_ text: String) throws(ValueError) -> String {
    let path = try parseText(text)
    guard [".json", ".yml", ".yaml"].contains(where: { path.hasSuffix($0) }) else {
      throw ValueError("\(quoted(path)) ends neither in .json nor in .yml or .yaml")
    }
    guard !path.split(separator: "/").dropLast().contains(where: { $0.contains("*") }) else {
      throw ValueError("\(quoted(path)) has a * in a directory's name; only the file's name may have one")
    }
    return path
  }

  /// What a target may have, without a name and a URL, and the values of the key `list`.
  private mutating func template(
    _ node: ConfigurationNode, _ path: String, list key: String, poll: PollConfiguration, preset: Preset?
  ) -> (list: [ConfigurationNode], template: TargetConfiguration)? {
    guard case .mapping(let entries) = node.value else {
      error(node.place, path, "is \(node.kindName), but a mapping is wanted: \(key), …")
      return nil
    }
    for entry in entries where entry.key == "name" || entry.key == "url" {
      error(entry.place, joined(path, entry.key), "has no place here; these are told by \(key)")
    }
    guard let list = entries.first(where: { $0.key == key }) else {
      error(node.place, path, "has no \(key)")
      return nil
    }
    for entry in entries where entry.key == "cluster" || entry.key == "sentinel" {
      error(
        entry.place, joined(path, entry.key), "has no place here; clusters and Sentinels are listed under targets")
    }
    let others = entries.filter { ![key, "name", "url", "cluster", "sentinel"].contains($0.key) }
    let rest = ConfigurationNode(value: .mapping(others), place: node.place)
    guard let values = items(list.value, joined(path, key), of: key),
      let made = target(rest, path, poll: poll, preset: preset)
    else { return nil }
    if values.isEmpty { error(list.place, joined(path, key), "is empty") }
    return (values, made.target)
  }
}
