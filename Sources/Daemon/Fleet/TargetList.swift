import CacheModel
import Exposition

/// Targets that a file names, in the form of Prometheus' `file_sd_configs`: a list of groups, each with `targets` and
/// `labels`, as JSON or YAML.
struct TargetList: Equatable {
  /// One target of the list.
  struct Item: Equatable {
    var url: TargetURL
    /// The label `target` of its group: what the target is called.
    var name: String?
    /// The group's other labels, sorted by name; those that begin with `__` are left out.
    var labels: [Label]
  }

  /// Why a file can't be used; a sentence for the log.
  struct Problem: Error, Equatable {
    let sentence: String
  }

  var items: [Item]
  /// Labels of the groups that `cache_*` families have themselves, which are renamed there; sorted.
  var hiding: [String] { Set(items.flatMap { $0.labels.map(\.name) }).intersection(ownLabelNames).sorted() }

  /// Reads a file's bytes. `file` is for messages; where it ends in `.json`, tabs may stand between values.
  init(_ bytes: [UInt8], file: String) throws(Problem) {
    // A tab can't stand within a text of JSON, and YAML's reader takes none.
    let isJSON = file.hasSuffix(".json")
    let plain = isJSON ? bytes.map { $0 == UInt8(ascii: "\t") ? UInt8(ascii: " ") : $0 } : bytes
    items = []
    let (tree, problems) = readTree(plain, file: file)
    if let problem = problems.first(where: { $0.severity == .error }) {
      throw Problem(sentence: problem.description)
    }
    var reader = ConfigurationReader(file: file)
    // A file that is being written, or could not be written since the disk is full, is empty: that ends nothing.
    guard let tree, !tree.isNull else { throw Problem(sentence: "\(file): is empty; a list without targets is []") }
    for (index, group) in (reader.items(tree, "", of: "groups") ?? []).enumerated() {
      items += Self.group(group, "[\(index)]", &reader)
    }
    if let problem = reader.problems.first { throw Problem(sentence: problem.description) }
  }

  private static func group(_ node: ConfigurationNode, _ path: String, _ reader: inout ConfigurationReader)
    -> [Item]
  {
    guard let fields = reader.fields(node, path, known: ["targets", "labels"]) else { return [] }
    guard let targets = fields["targets"], let list = reader.items(targets, joined(path, "targets"), of: "targets")
    else {
      if fields["targets"] == nil { reader.error(node.place, path, "has no targets") }
      return []
    }
    var labels = fields["labels"].map { Self.labels($0, joined(path, "labels"), &reader) } ?? []
    let name = labels.first { $0.name == "target" }?.value
    labels.removeAll { $0.name == "target" }
    if name != nil, list.count > 1 {
      reader.error(node.place, joined(path, "labels.target"), "names several targets; give each a group of its own")
    }
    return list.enumerated().compactMap { index, item in
      let url = reader.value(item, "\(path).targets[\(index)]") { text throws(ValueError) in
        let url = try TargetURL(parsing: text)
        guard url.masterName == nil else {
          throw ValueError("names Sentinels, which are listed under targets of the configuration")
        }
        return url
      }
      return url.map { Item(url: $0, name: name, labels: labels) }
    }
  }

  private static func labels(_ node: ConfigurationNode, _ path: String, _ reader: inout ConfigurationReader)
    -> [Label]
  {
    guard case .mapping(let entries) = node.value else {
      if !node.isNull { reader.error(node.place, path, "is \(node.kindName), but a mapping of labels is wanted") }
      return []
    }
    var labels: [Label] = []
    for entry in entries where !entry.key.hasPrefix("__") {
      let path = joined(path, entry.key)
      if !isValidLabelName(entry.key) {
        reader.error(entry.place, path, "is no name of a label")
      } else if entry.key == "le" || entry.key == "quantile" {
        reader.error(
          entry.place, path, "is what tells the parts of histograms and summaries apart; choose another name")
      } else if case .scalar(let text, _) = entry.value.value {
        if !entry.value.isNull, !text.isEmpty { labels.append(Label(entry.key, text)) }
      } else {
        reader.error(entry.place, path, "is \(entry.value.kindName), but a text is wanted")
      }
    }
    return labels.sorted { $0.name < $1.name }
  }
}

extension TargetList.Item {
  /// The target, watched as the template says. Its own credentials, if the URL has any, go before the template's.
  func target(_ template: TargetConfiguration) -> TargetConfiguration {
    var target = template
    target.url = url.text
    target.name = name ?? url.place.description + (url.database.map { "/\($0)" } ?? "")
    target.labels = labels
    if let username = url.username { target.username = username }
    if let password = url.password { (target.password, target.passwordFile) = (Secret(password), nil) }
    return target
  }
}
