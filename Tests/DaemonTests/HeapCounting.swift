import Glibc

/// Bytes that the process has taken from the heap and not given back, as glibc tells; 0 where it does not.
func heapBytes() -> Int {
  typealias Tell = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
  var text: UnsafeMutablePointer<CChar>?
  var size = 0
  guard let symbol = unsafe dlsym(nil, "malloc_info"), let file = unsafe open_memstream(&text, &size) else {
    return 0
  }
  _ = unsafe unsafeBitCast(symbol, to: Tell.self)(0, file)
  unsafe fclose(file)
  defer { unsafe free(text) }
  guard let text = unsafe text else { return 0 }
  // Behind the single heaps come the totals: free chunks, mapped ones, and what the system has lent.
  let totals = unsafe String(cString: text).split(separator: "</heap>").last ?? ""
  func value(_ kind: String) -> Int {
    let line = totals.split(separator: "\n").first { $0.contains("type=\"\(kind)\"") }
    return line?.split(separator: "size=\"").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
  }
  return value("current") + value("mmap") - value("fast") - value("rest")
}
