import Collectors
import Testing

@Suite struct `The flags of keyspace notifications` {
  @Test(arguments: [
    ("", "Emxeg", "Eegmx"), ("Ex", "meg", "Eegmx"), ("AKE", "m", "$EKdeghlmstxzn"), ("KEmxeg$", "", "$EKegmx"),
  ])
  func `those that lack are named, and adding them keeps the others`(text: String, missing: String, added: String) {
    let flags = NotificationFlags(text)
    #expect(flags.missing == missing)
    // Beside an A, servers before 8.0 don't print n: it is kept in case it was there.
    #expect(flags.adding(missing).text == added)
  }

  @Test func `taking back removes what was added and nothing else`() {
    #expect(NotificationFlags("Exmegl").removing("meg").text == "Elx")
    #expect(NotificationFlags("xE").adding("meg").removing("meg").letters == NotificationFlags("Ex").letters)
  }
}
