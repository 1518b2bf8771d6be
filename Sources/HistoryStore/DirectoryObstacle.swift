import Glibc

extension Disk {
  /// Why files can't be kept in a directory, which need not be there yet, as far as looking at it tells: what is wrong and where, as a
  /// clause. Nil where nothing is known against it. Makes and writes nothing.
  static func obstacle(to path: String) -> String? {
    var path = path
    // With a slash behind it, a link would be followed.
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    var status = stat()
    if unsafe stat(path, &status) == 0 { return obstacle(in: path, isDirectory: isDirectory(status)) }
    let code = errno
    guard code == ENOENT || code == ENOTDIR else { return "\(path): \(text(code))" }
    if code == ENOENT, let target = linkTarget(path) {
      return "\(path) is a link to \(target), which does not exist"
    }
    let parents = parents(of: path)
    guard let nearest = parents.first(where: { unsafe stat($0, &status) == 0 }) else { return nil }
    if let found = obstacle(in: nearest, isDirectory: isDirectory(status)) { return found }
    if let parent = parents.first, parent != nearest {
      return "\(parent) does not exist, and only the last directory of a path is made"
    }
    return nil
  }

  /// Why nothing can be made in what stands at a path.
  private static func obstacle(in path: String, isDirectory: Bool) -> String? {
    guard isDirectory else { return "\(path) is no directory" }
    if let reason = kernelsReason(path) { return reason }
    if unsafe access(path, W_OK | X_OK) == 0 { return nil }
    return switch errno {
    case EROFS:
      "\(path) is on a file system that is read-only here, as all is but a unit's StateDirectory or a container's volumes"
    case EACCES: "user \(geteuid()) may not write in \(path)"
    case let code: "\(path): \(text(code))"
    }
  }

  /// The same, but only where the kernel keeps no files, which making the directory need not show.
  static func obstacleOfKernel(to path: String) -> String? {
    ([path] + parents(of: path)).first(where: exists).flatMap(kernelsReason)
  }

  private static func kernelsReason(_ path: String) -> String? {
    isKernels(path) ? "\(path) is the kernel's own, which keeps no files there" : nil
  }

  /// Why a file that is there can't be opened for writing; nil also where there is none.
  static func obstacle(toFile path: String) -> String? {
    var status = stat()
    if unsafe stat(path, &status) == 0, isDirectory(status) {
      return "\(path) is a directory, where a file belongs"
    }
    guard unsafe access(path, R_OK | W_OK) != 0 else { return nil }
    return switch errno {
    case ENOENT, ENOTDIR: nil
    case EACCES: "user \(geteuid()) may not write \(path)"
    case let code: "\(path): \(text(code))"
    }
  }

  /// From the nearest to the root, or to the working directory of a relative one.
  private static func parents(of path: String) -> [String] {
    let parts = path.split(separator: "/").dropLast()
    let root = path.hasPrefix("/") ? "/" : "./"
    return (0...parts.count).reversed().map { count in
      count == 0 && !path.hasPrefix("/") ? "." : root + parts.prefix(count).joined(separator: "/")
    }
  }

  /// What a link names; nil for whatever is none.
  private static func linkTarget(_ path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }

  private static func isDirectory(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

  private static func text(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

  /// What is always there in the file systems in which the kernel tells of itself, and whose directories root may write by their modes;
  /// in that of groups of processes a directory can even be made, and is a group.
  private static let witnesses = ["/proc/self", "/sys/kernel", "/sys/fs/cgroup/cgroup.procs"]

  /// Whether a path is in one of the kernel's own file systems; where none is mounted, a directory of its name is like any other.
  static func isKernels(_ path: String) -> Bool {
    var (own, known, root) = (stat(), stat(), stat())
    guard unsafe stat(path, &own) == 0, unsafe stat("/", &root) == 0, own.st_dev != root.st_dev else {
      return false
    }
    return witnesses.contains { unsafe stat($0, &known) == 0 && own.st_dev == known.st_dev }
  }
}
