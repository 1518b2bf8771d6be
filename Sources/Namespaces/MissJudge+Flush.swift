import CacheModel

/// What flushes make of misses, of which no event tells: they are known at the next poll.
extension MissJudge {
  /// Why a key is missed whose database was flushed, or may have been, since it was last missed.
  func cause(of flush: FlushTimes.Of, _ trace: KeyTrace, _ namespace: Int) -> MissCause {
    let isSure = trace.missed <= flush.emptied
    let time = flush.earlier >= trace.missed ? flush.earlier : isSure ? flush.emptied : flush.perhaps
    // Where the miss may have been the flush's already, nothing follows from what was before.
    let wasTheFlushs = trace.missed > flush.before && trace.lastCause & KeyTrace.doubt != 0
    if trace.state == .filled, !wasTheFlushs, trace.isNotStored || flush.wasEmpty(after: trace.missed) {
      return trace.causeBefore
    }
    // Its time to live was over before, whether anybody noticed or not.
    let isOver =
      trace.state == .stored
      ? trace.isOver(at: time) : !flush.wasLasting(after: trace.missed) && isOver(trace, namespace, time)
    if isOver, trace.missed > gapEnd { return .expired }
    return isSure ? .invalidated : .unknown
  }

  /// What a miss may be if a flush since the last poll removed its key, or had done so at the miss before.
  func doubt(of trace: KeyTrace, _ flush: FlushTimes.Of, _ namespace: Int) -> FlushDoubt? {
    guard trace.state == .filled, trace.missed > flush.latest, trace.missed > gapEnd else { return nil }
    guard trace.missed <= flushes.known else {
      if trace.lastCause & KeyTrace.doubt != 0 { return .stored }
      return trace.lastCause & KeyTrace.unseen != 0 ? .unseen : nil
    }
    let isGone =
      flush.isEmpty(after: trace.missed)
      || !flush.isLasting(after: trace.missed) && isOver(trace, namespace, flushes.known)
    let isThere = !trace.isNotStored && !isGone
    return isThere ? .stored : nil
  }

  /// What is kept of a miss beside its cause.
  func flags(of trace: KeyTrace, _ doubt: FlushDoubt?, _ flush: FlushTimes.Of, _ now: UInt32) -> UInt8 {
    var flags: UInt8 = 0
    if doubt == .stored { flags = KeyTrace.doubt }
    if doubt == .unseen { flags = KeyTrace.unseen }
    if trace.state == .filled, trace.missed > flush.latest {
      // In a gap it may have been stored and removed, so that time between its misses says nothing.
      flags |= trace.missedAgain(after: trace.missed > gapEnd ? now &- trace.missed : 0)
    }
    return flags
  }

  /// About how many keys there are that it heard of. Costs a nanosecond for each slot of the memory.
  var present: Double {
    var count = 0.0
    _ = memory.forSome(.max) { trace, keys in
      if trace.state == .filled || trace.state == .stored, trace.missed > flushes.all { count += keys }
    }
    return count
  }
}
