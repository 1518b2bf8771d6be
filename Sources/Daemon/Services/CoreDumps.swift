import Glibc

/// What the process leaves behind when it crashes.
enum CoreDumps {
  /// Writes none: a core would hold passwords, keys and what clients were told.
  static func switchOff() {
    var none = rlimit()
    _ = unsafe setrlimit(__rlimit_resource_t(4), &none)
  }
}
