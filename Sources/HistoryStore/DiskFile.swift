import Glibc

/// A call to the system that failed.
struct DiskError: Error, Equatable {
  var call: String
  var code: Int32

  var message: String { unsafe "\(call): \(String(cString: strerror(code)))" }
}

/// Stands in for a disk that fails; tests give one.
struct DiskFaults: Sendable {
  /// The error that a write is to end with.
  var onWrite: @Sendable () -> Int32? = { nil }
  /// The error that waiting for the disk is to end with.
  var onSync: @Sendable () -> Int32? = { nil }
}

// Invariant for Sendable: every call is made under the lock of the store that owns the file.
/// An append-only file that this process writes. What a failed append left behind is overwritten by the next.
final class DiskFile: @unchecked Sendable {
  let path: String
  /// Bytes of whole records.
  private(set) var length = 0
  private(set) var isDirty = true
  private let descriptor: Int32
  private let faults: DiskFaults

  /// Creates the file; it must not exist.
  init(creating path: String, _ faults: DiskFaults) throws(DiskError) {
    self.path = path
    self.faults = faults
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw DiskError(call: "open", code: errno) }
  }

  deinit { close(descriptor) }

  /// False where it was removed, or another stands at its path: what is written to it then is lost.
  var isInPlace: Bool { Disk.isInPlace(descriptor, path) }

  /// Writes all of `bytes` behind what is there, or nothing that counts.
  func append(_ bytes: [UInt8]) throws(DiskError) {
    if let code = faults.onWrite() { throw DiskError(call: "write", code: code) }
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { raw in
        unsafe pwrite(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done, off_t(length + done))
      }
      if written < 0 && errno == EINTR { continue }
      if written <= 0 {
        let code = written == 0 ? ENOSPC : errno
        ftruncate(descriptor, off_t(length))
        throw DiskError(call: "write", code: code)
      }
      done += written
    }
    length += bytes.count
    isDirty = true
  }

  /// Returns when the bytes are on the disk.
  func sync() throws(DiskError) {
    if !isDirty { return }
    if let code = faults.onSync() { throw DiskError(call: "fdatasync", code: code) }
    if fdatasync(descriptor) != 0 { throw DiskError(call: "fdatasync", code: errno) }
    isDirty = false
  }
}

/// What is done to directories and whole files.
enum Disk {
  /// Lets a write beyond the process's file size limit fail, as on a full disk, where it would end the process.
  static func ignoreSizeLimitSignal() { signal(SIGXFSZ, SIG_IGN) }

  static func makeDirectory(_ path: String) throws(DiskError) {
    if unsafe mkdir(path, 0o700) != 0 && errno != EEXIST { throw DiskError(call: "mkdir", code: errno) }
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw DiskError(call: "mkdir", code: ENOTDIR)
    }
  }

  /// Whether the open file is the one at `path`. True where that can't be known: writing will tell.
  static func isInPlace(_ descriptor: Int32, _ path: String) -> Bool {
    var (own, found) = (stat(), stat())
    guard unsafe fstat(descriptor, &own) == 0 else { return true }
    if unsafe stat(path, &found) != 0 { return errno != ENOENT && errno != ENOTDIR }
    return own.st_dev == found.st_dev && own.st_ino == found.st_ino
  }

  /// Whether something stands at a path; true also where that can't be known.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
  }

  /// Gives a directory a name beside its own, under which nobody looks for it: `shop.replaced-1`, or the first that is free.
  static func setAside(_ directory: String) throws(DiskError) {
    var number = 1
    while exists("\(directory).replaced-\(number)"), number < 10_000 { number += 1 }
    let target = "\(directory).replaced-\(number)"
    if unsafe rename(directory, target) != 0 { throw DiskError(call: "rename", code: errno) }
  }

  /// Makes names in a directory last, as `fdatasync` does for bytes.
  static func syncDirectory(_ path: String) throws(DiskError) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw DiskError(call: "open", code: errno) }
    defer { close(descriptor) }
    if fsync(descriptor) != 0 && errno != EINVAL { throw DiskError(call: "fsync", code: errno) }
  }

  static func remove(_ path: String) throws(DiskError) {
    if unsafe unlink(path) != 0 && errno != ENOENT { throw DiskError(call: "unlink", code: errno) }
  }

  /// The names in a directory, sorted.
  static func names(in path: String) throws(DiskError) -> [String] {
    guard let stream = unsafe opendir(path) else { throw DiskError(call: "opendir", code: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The file, or its first bytes. Of a pipe none: it is not waited for.
  static func read(_ path: String, atMost most: Int = .max) throws(DiskError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    if descriptor < 0 { throw DiskError(call: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    if unsafe fstat(descriptor, &status) != 0 { throw DiskError(call: "fstat", code: errno) }
    var bytes = [UInt8](repeating: 0, count: min(most, Int(status.st_size)))
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { raw in
        unsafe Glibc.read(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw DiskError(call: "read", code: errno) }
      if count == 0 { break }
      done += count
    }
    bytes.removeLast(bytes.count - done)
    return bytes
  }
}
