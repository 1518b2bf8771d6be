import Glibc

/// How the C library's allocator is to behave where many targets are polled and large answers come and go.
///
/// Left to itself glibc makes eight arenas for each core, each of which keeps what its threads have freed, and begins to keep large
/// blocks, too, once some have been freed.
enum HeapSettings {
  /// glibc's numbers, of `malloc.h`, which Swift does not import.
  private enum Parameter: Int32 {
    case trimThreshold = -1
    case mapThreshold = -3
    case mostArenas = -8
  }

  /// As many as threads allocate at the same time for most of the time.
  private static let arenas: Int32 = 4
  /// What is larger is given back to the system when it is freed, bytes.
  private static let largeBlock: Int32 = 256 << 10

  /// Before threads are made. The environment's `MALLOC_ARENA_MAX` goes before; without glibc nothing happens.
  static func apply() {
    if unsafe getenv("MALLOC_ARENA_MAX") == nil { set(.mostArenas, arenas) }
    set(.mapThreshold, largeBlock)
    set(.trimThreshold, largeBlock)
  }

  private static func set(_ parameter: Parameter, _ value: Int32) {
    typealias Setter = @convention(c) (Int32, Int32) -> Int32
    guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
    _ = unsafe unsafeBitCast(symbol, to: Setter.self)(parameter.rawValue, value)
  }
}
