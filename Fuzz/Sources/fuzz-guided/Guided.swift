import FuzzTargets
import Glibc

/// libFuzzer's entry: the target is the one that FUZZ_TARGET names. It keeps what reaches new code.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe body(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

// libFuzzer calls from one thread.
nonisolated(unsafe) private let body: ([UInt8]) -> Void = {
  let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    preconditionFailure("FUZZ_TARGET names none")
  }
  return target.make()
}()
