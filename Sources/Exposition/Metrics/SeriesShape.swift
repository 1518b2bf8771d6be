import CacheModel
import Locked

/// How the series of a catalog are written, but for their target's labels and their values: families sorted, each line
/// rendered. Targets whose servers tell of the same series share one: a thousand caches of one make cost little more than one.
final class SeriesShape: Sendable {
  /// One family's lines.
  struct Group: Sendable {
    var head: FamilyHead
    var lines: Range<Int>
    var name: String { head.family.name }
  }

  /// One series: `name{` up to `own`, then `,label="value"} ` or `} `. Offsets in the shape's text.
  struct Line: Sendable, Hashable {
    var start: Int32
    var own: Int32
    var end: Int32
  }

  /// Sorted by name.
  let groups: [Group]
  let lines: [Line]
  let bytes: [UInt8]

  init(groups: [Group], lines: [Line], bytes: [UInt8]) {
    self.groups = groups
    self.lines = lines
    self.bytes = bytes
  }

  /// Whether both are written alike. Heads are compared by identity: those of one table are made once for each family.
  func isSame(as other: SeriesShape) -> Bool {
    bytes == other.bytes && lines == other.lines
      && groups.elementsEqual(other.groups) { $0.head === $1.head && $0.lines == $1.lines }
  }
}

/// The shapes in use, each once, and the heads of their families.
final class ShapeTable: Sendable {
  private struct HeadKey: Hashable {
    var family: MetricFamily
    var isUnknown: Bool
  }

  private struct Weak: Sendable {
    weak var shape: SeriesShape?
  }

  private struct State {
    var heads: [HeadKey: FamilyHead] = [:]
    var shapes: [Int: [Weak]] = [:]
    /// At so many hashes those without a shape are looked for.
    var limit = 64
  }

  /// More families than any server has; beyond it heads are made anew.
  private static let mostHeads = 16_384

  private let state = Locked(State())

  /// The lines that begin a family.
  func head(_ family: MetricFamily, isUnknown: Bool) -> FamilyHead {
    let key = HeadKey(family: family, isUnknown: isUnknown)
    return state.withLock { state in
      if let known = state.heads[key] { return known }
      let head = FamilyHead(family, isUnknown: isUnknown)
      if state.heads.count < Self.mostHeads { state.heads[key] = head }
      return head
    }
  }

  /// `shape`, or the one that is there already and is written alike.
  func shared(_ shape: SeriesShape) -> SeriesShape {
    let hash = shape.bytes.hashValue
    return state.withLock { state in
      let known = state.shapes[hash, default: []].lazy.compactMap(\.shape).first { $0.isSame(as: shape) }
      if let known { return known }
      if state.shapes.count >= state.limit {
        state.shapes = state.shapes.compactMapValues { bucket in
          let live = bucket.filter { $0.shape != nil }
          return live.isEmpty ? nil : live
        }
        state.limit = max(64, 2 * state.shapes.count)
      }
      state.shapes[hash, default: []].append(Weak(shape: shape))
      return shape
    }
  }
}
