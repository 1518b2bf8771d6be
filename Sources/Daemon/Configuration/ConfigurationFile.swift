import CacheClients

/// The bytes of the regular file at `path`, at most one more than a configuration may have. Blocks.
public func readConfigurationFile(_ path: String) throws(ConfigurationFileError) -> [UInt8] {
  try readConfigurationFile(path, .regular)
}

/// As above, of a file of this kind.
func readConfigurationFile(_ path: String, _ kind: FileKind) throws(ConfigurationFileError) -> [UInt8] {
  do throws(FileProblem) { return try contentsOfFile(at: path, upTo: ConfigurationLimits.bytes + 1, kind) } catch {
    throw ConfigurationFileError(error.reason)
  }
}
