import CacheModel

/// The configuration that fits the demo's server and workload.
public enum DemoConfiguration {
  /// `base` with the demo's server as the only target, unnamed, and a namespace for each part of the workload. The server is
  /// ours, so its notifications are switched on, for the causes of misses; that is noted in `directory`, beside its other files.
  public static func make(url: String, directory: String? = nil, over base: Configuration = Configuration())
    -> Configuration
  {
    var target = TargetConfiguration(url: url)
    (target.observe.events, target.observe.manage) = (true, true)
    target.observe.stateDirectory = directory
    target.poll = base.poll
    target.preset = .development
    // A demo's keys are few and change fast.
    target.census.isOn = true
    target.census.interval = .seconds(20)
    target.namespaces = DemoNamespace.all.map(\.definition)
    var configuration = base
    configuration.targets = [target]
    return configuration
  }

  /// An application's own configuration, with other servers in the places of its own: `place` says where a kind of cache is, and
  /// in which directory is noted what is switched on there. Credentials stay behind.
  static func moved(_ configuration: Configuration, to place: (CacheKind) -> (url: String, directory: String?)?)
    -> Configuration
  {
    var configuration = configuration
    for index in configuration.targets.indices {
      guard let place = place(configuration.targets[index].identity.kind) else { continue }
      configuration.targets[index].url = place.url
      configuration.targets[index].observe.stateDirectory = place.directory
      configuration.targets[index].memcached.stateDirectory = place.directory
      configuration.targets[index].memcached.sasl = false
      (configuration.targets[index].username, configuration.targets[index].password) = (nil, nil)
      configuration.targets[index].passwordFile = nil
      configuration.targets[index].tls = TLSConfiguration()
    }
    return configuration
  }
}
