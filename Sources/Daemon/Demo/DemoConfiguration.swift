/// The configuration that fits the demo's server and workload.
public enum DemoConfiguration {
  /// `base` with the demo's server as the only target, unnamed, and a namespace for each part of the workload.
  public static func make(url: String, over base: Configuration = Configuration()) -> Configuration {
    var target = TargetConfiguration(url: url)
    target.poll = base.poll
    target.preset = .development
    target.namespaces = DemoNamespace.all.map(\.definition)
    var configuration = base
    configuration.targets = [target]
    return configuration
  }
}
