extension DemoApplication {
  /// Checks of documents, kept under hashes of their content for half a day to two days; a document that changes removes what was
  /// kept of it.
  static let speedRun = DemoApplication(
    name: "speed-run",
    parts: [
      DemoPart(
        name: "documents", ttl: 86_400, share: 300, keyCount: 400, skew: 0.9, valueBytes: 3000, warmed: 100,
        key: { "document:parse:\(fingerprint($0, 31))" }),
      DemoPart(
        name: "ocr", ttl: 172_800, share: 200, keyCount: 500, skew: 0.8, valueBytes: 2000,
        key: { "ocr:extract:\(fingerprint($0, 32))" }),
      DemoPart(
        name: "images", ttl: 86_400, share: 200, keyCount: 450, skew: 0.8, valueBytes: 600,
        key: { "image:\(["tampering", "quality", "forensics"][$0 % 3]):\(fingerprint($0 / 3, 33))" }),
      DemoPart(
        name: "validation", ttl: 43_200, share: 200, keyCount: 300, skew: 0.9, valueBytes: 200,
        key: { "validation:\(["format", "structure"][$0 % 2]):\(fingerprint($0 / 2, 34))" }),
      DemoPart(
        name: "risk", ttl: 3600, share: 100, keyCount: 200, skew: 0.7, valueBytes: 150,
        key: { "risk:\(["DOCUMENT", "IMAGE"][$0 % 2]):\(fingerprint($0 / 2, 35))" }),
    ],
    changes: [DemoChange(every: 5) { [.key("document:parse:\(fingerprint($0 % 400, 31))")] }])
}
