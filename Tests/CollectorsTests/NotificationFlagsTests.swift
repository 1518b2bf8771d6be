import Collectors
import Testing

@Suite struct `The flags of keyspace notifications` {
  /// An A is never spelled out: what it stands for depends on the server's version, which refuses a letter that it does not know.
  @Test(arguments: [
    ("", "Emxeg", "Emxeg"), ("xE", "meg", "xEmeg"), ("AKE", "m", "AKEm"), ("AK", "Em", "AKEm"),
    ("KEmxeg$", "", "KEmxeg$"), ("AnKE", "m", "AnKEm"),
  ])
  func `those that lack are named, and adding them keeps the server's own text`(
    text: String, missing: String, added: String
  ) {
    let flags = NotificationFlags(text)
    #expect(flags.missing == missing)
    #expect(flags.adding(missing).text == added)
    #expect(flags.adding("Emxeg").text == added)
  }

  @Test(arguments: [
    ("Exmegl", "meg", ["Exl"]), ("AKEm", "m", ["AKE"]), ("AKEm", "Em", ["AK"]), ("xE", "", ["xE"]),
    // What was added has made an A of letters that had been there: servers before 6.2.2 know no d.
    ("AKEm", "xem", ["g$lshztdKE", "g$lshztKE"]), ("AKEmn", "g", ["$lshzxetdKEmn", "$lshzxetKEmn"]),
  ])
  func `taking back removes what was added and nothing else`(text: String, added: String, left: [String]) {
    #expect(NotificationFlags(text).removing(added).map(\.text) == left)
  }

  @Test func `beside an A some are not told`() {
    #expect(NotificationFlags("AKE").mayHideOthers)
    #expect(!NotificationFlags("AKEn").mayHideOthers)
    #expect(!NotificationFlags("g$lshzxetKE").mayHideOthers)
  }
}
