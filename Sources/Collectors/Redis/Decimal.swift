import TimeSeries

/// The decimal number that these bytes are, exactly: `12`, `-3`, `0.05`, `12.34%`. Nil for anything else, for `nan` and
/// `inf`, and for more digits than 64 bits hold. `shift` divides it by that power of ten.
func decimal(_ bytes: [UInt8], _ range: Range<Int>, shift: UInt8 = 0) -> FixedPoint? {
  var position = range.lowerBound
  var end = range.upperBound
  if end > position, bytes[end - 1] == UInt8(ascii: "%") { end -= 1 }
  let isNegative = position < end && bytes[position] == UInt8(ascii: "-")
  if isNegative { position += 1 }
  guard position < end else { return nil }
  var mantissa: Int64 = 0
  var digits: UInt8 = 0
  var afterPoint = false
  var count = 0
  while position < end {
    let byte = bytes[position]
    position += 1
    if byte == UInt8(ascii: "."), !afterPoint {
      afterPoint = true
      continue
    }
    guard byte >= 48, byte <= 57 else { return nil }
    let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
    let (sum, overflowed) = product.subtractingReportingOverflow(Int64(byte - 48))
    if overflow || overflowed { return nil }
    mantissa = sum
    count += 1
    if afterPoint { digits += 1 }
    // At once: zeros behind the point go on for as long as somebody sends them.
    guard digits <= 18 else { return nil }
  }
  // Counted downward, since the negative range is the larger one.
  guard count > 0, isNegative || mantissa != .min else { return nil }
  return FixedPoint(isNegative ? mantissa : -mantissa, digits: digits + shift)
}
