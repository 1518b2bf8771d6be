/// What a connection waits for: replies in the order of their commands. A value without sockets.
struct PipelineState<Reply: Equatable & Sendable> {
  /// What the connection does next.
  enum Action: Equatable {
    /// Nothing: more replies are awaited.
    case wait
    /// The pipeline is complete.
    case complete([Reply])
    /// A reply that nobody asked for; the connection can't be trusted any more.
    case unsolicited(Reply)
  }

  private var expected = 0
  private var replies: [Reply] = []

  /// Whether a pipeline is under way.
  var isBusy: Bool { expected > 0 }

  /// The replies that came before the pipeline was complete.
  var partial: [Reply] { replies }

  /// A pipeline of so many commands was written. One at a time, and at least one command.
  mutating func sent(_ count: Int) {
    precondition(!isBusy && count > 0, "the client sends one pipeline at a time")
    expected = count
    replies.reserveCapacity(count)
  }

  /// A reply came.
  mutating func received(_ value: Reply) -> Action {
    guard isBusy else {
      // Kept for the explanation of the close that follows, such as «max number of clients reached».
      replies.append(value)
      return .unsolicited(value)
    }
    replies.append(value)
    guard replies.count == expected else { return .wait }
    defer {
      expected = 0
      replies.removeAll(keepingCapacity: true)
    }
    return .complete(replies)
  }
}
