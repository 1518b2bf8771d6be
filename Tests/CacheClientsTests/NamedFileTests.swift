import CacheModel
import Glibc
import TestSupport
import Testing

@testable import CacheClients

/// Files that a configuration names.
@Suite struct `A file that is named` {
  @Test func `is read up to a limit`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("0123456789", to: "file")
    #expect(try contentsOfFile(at: path, upTo: 100) == Array("0123456789".utf8))
    #expect(try contentsOfFile(at: path, upTo: 4, .streamed) == Array("0123".utf8))
    #expect(try contentsOfFile(at: "/dev/null", upTo: 4).isEmpty)
  }

  @Test(arguments: [
    ("", "is a directory"), ("/none", "does not exist"),
    ("/pipe", "is a pipe; cachegauge reads regular files"),
  ])
  func `is refused with a reason where it is none`(name: String, reason: String) throws {
    let directory = try TemporaryDirectory()
    try run(["mkfifo", "\(directory.path)/pipe"])
    #expect(throws: FileProblem(reason: reason)) { try contentsOfFile(at: directory.path + name, upTo: 10) }
  }

  @Test func `is no device`() {
    #expect(throws: FileProblem(reason: "is a device; cachegauge reads regular files")) {
      try contentsOfFile(at: "/dev/zero", upTo: 10)
    }
    #expect(throws: Never.self) { try contentsOfFile(at: "/dev/zero", upTo: 10, .streamed) }
  }

  @Test func `may be a pipe where it is asked for, and is read until its writer has closed it`() async throws {
    let directory = try TemporaryDirectory()
    let pipe = "\(directory.path)/pipe"
    try run(["mkfifo", pipe])
    #expect(throws: FileProblem(reason: "is a pipe to which nobody writes")) {
      try contentsOfFile(at: pipe, upTo: 10, .streamed)
    }
    // A writer has the pipe open before it is read, and says something late. Another reader lets it begin.
    let holder = unsafe open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { close(holder) }
    let writer = try ServerProcess(
      ["/bin/sh", "-c", "exec >'\(pipe)'; echo ready >&2; sleep 0.2; echo one; sleep 0.2; echo two"],
      log: "\(directory.path)/log")
    #expect(await eventually { (try? readFile("\(directory.path)/log").contains("ready")) == true })
    #expect(try contentsOfFile(at: pipe, upTo: 100, .streamed) == Array("one\ntwo\n".utf8))
    writer.end()
  }

  @Test func `holds no password, key or certificate where it is a pipe or too long`() throws {
    let directory = try TemporaryDirectory()
    let pipe = "\(directory.path)/pipe"
    let long = try directory.write(String(repeating: "x", count: 4097), to: "long")
    try run(["mkfifo", pipe])
    let password = #expect(throws: ClientError.self) { try contentsOfPasswordFile(at: pipe) }
    #expect(password?.cause == .missingFile)
    let refusal = "it is a pipe; cachegauge reads regular files"
    #expect(password?.detail == "can't read the password file '\(pipe)': \(refusal)")
    let much = #expect(throws: ClientError.self) { try contentsOfPasswordFile(at: long) }
    #expect(much?.detail == "the password file '\(long)' has more than 4096 bytes")
    for settings in [TLSSettings(authorityFile: pipe), TLSSettings(certificateFile: pipe)] {
      let error = #expect(throws: ClientError.self) { try settings.check() }
      #expect(error?.cause == .missingFile)
      #expect(error?.detail == "can't read '\(pipe)': \(refusal)")
    }
  }
}
