import CacheModel
import Locked

/// One family of a catalog as it is written, but for its target's labels and its values. Targets whose servers tell of the same
/// series share it: a thousand caches of one make cost little more than one.
struct FamilyText: Sendable, Hashable {
  /// One series: `name{` up to `own`, then `,label="value"} ` or `} `. Offsets in ``bytes``.
  struct Line: Sendable, Hashable {
    var start: Int32
    var own: Int32
    var end: Int32
  }

  let lines: [Line]
  let bytes: [UInt8]
}

/// Which families a catalog has, sorted by name, and how many series of each.
struct CatalogOutline: Sendable, Hashable {
  private(set) var heads: [FamilyHead] = []
  /// The number of series before each family's, and of all.
  private(set) var starts: [Int32] = [0]

  mutating func append(_ head: FamilyHead, lines: Int) {
    heads.append(head)
    starts.append((starts.last ?? 0) + Int32(lines))
  }

  /// How many series the family at `position` has.
  func lines(of position: Int) -> Int { Int(starts[position + 1] - starts[position]) }
}

/// The texts and outlines in use, each once, and the heads of their families.
final class FamilyTexts: Sendable {
  private struct HeadKey: Hashable {
    var family: MetricFamily
    var isUnknown: Bool
  }

  /// More families than any server has; beyond it heads are made anew.
  private static let mostHeads = 16_384

  private let heads = Locked<[HeadKey: FamilyHead]>([:])
  let texts = SharedValues<FamilyText>()
  let outlines = SharedValues<CatalogOutline>()

  /// The lines that begin a family.
  func head(_ family: MetricFamily, isUnknown: Bool) -> FamilyHead {
    let key = HeadKey(family: family, isUnknown: isUnknown)
    return heads.withLock { heads in
      if let known = heads[key] { return known }
      let head = FamilyHead(family, isUnknown: isUnknown)
      if heads.count < Self.mostHeads { heads[key] = head }
      return head
    }
  }
}
