/// How derived columns follow from others; shared between blocks.
final class DerivationTable: Sendable {
  static let empty = DerivationTable()
}
