import TestSupport
import Testing

@testable import Daemon

@Suite struct `Switching counting by prefix on` {
  private let directory: TemporaryDirectory
  private let notes: ManagedFlags

  init() throws {
    directory = try TemporaryDirectory()
    notes = ManagedFlags(
      directory: directory.path, address: "127.0.0.1:11211", kind: PrefixSetting.kind,
      letters: Set(PrefixSetting.on))
  }

  @Test func `what was on before is nobody's to take back`() {
    var setting = PrefixSetting(manages: true, notes: notes)
    #expect(setting.next(isOn: true, process: "a") == nil)
    #expect(!setting.isOurs)
    #expect(notes.read() == nil)
  }

  @Test func `what is switched on is noted before, and taken back`() {
    var setting = PrefixSetting(manages: true, notes: notes)
    #expect(setting.next(isOn: false, process: "a") == .on)
    #expect(notes.read()?.runID == "a")
    setting.succeeded(.on)
    #expect(setting.isOurs)
    #expect(setting.next(isOn: true, process: "a") == nil)
    setting.succeeded(.off)
    #expect(!setting.isOurs)
    #expect(notes.read() == nil)
  }

  @Test func `a server that was told and has not answered may have done it, and that is ours`() {
    var setting = PrefixSetting(manages: true, notes: notes)
    #expect(setting.next(isOn: false, process: "a") == .on)
    // The answer did not come in time; the next poll finds it on.
    #expect(setting.next(isOn: true, process: "a") == nil)
    #expect(setting.isOurs)
  }

  @Test func `an earlier life's switching is ours at the same process only`() {
    #expect(notes.write(ManagedFlags.Note(runID: "a", added: PrefixSetting.on)))
    var same = PrefixSetting(manages: false, notes: notes)
    #expect(same.next(isOn: true, process: "a") == .off)
    var other = PrefixSetting(manages: false, notes: notes)
    #expect(other.next(isOn: true, process: "b") == nil)
  }

  @Test func `a refusal is not asked for again until another process answers`() {
    var setting = PrefixSetting(manages: true, notes: notes)
    #expect(setting.next(isOn: false, process: "a") == .on)
    setting.failed()
    #expect(notes.read() == nil)
    #expect(setting.next(isOn: false, process: "a") == nil)
    #expect(setting.next(isOn: false, process: "b") == .on)
  }
}
