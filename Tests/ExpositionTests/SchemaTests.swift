import CacheModel
import Foundation
import Testing

@Suite struct SchemaTests {
  private static let openAPI = documentsFolder.appending(path: "openapi.yaml")

  @Test(.enabled(if: canValidate || Program.areRequired))
  func `committed JSON answers are valid by the OpenAPI document`() throws {
    let folder = testFolder.appending(path: "Golden")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".json") }
    let arguments = files.sorted().map { file in
      let kind = file.dropLast(".json".count).split(separator: ".").last ?? ""
      return "\(kind.capitalized)=\(folder.appending(path: file).path())"
    }
    #expect(arguments.count == 26)
    let script = testFolder.appending(path: "Support/validate.py").path()
    let answer = try Program.run("python3", [script, Self.openAPI.path()] + arguments)
    #expect(answer.output == "")
    #expect(answer.status == 0)
  }

  /// Whether Python and the two modules that validation needs are there.
  static var canValidate: Bool {
    (try? Program.run("python3", ["-c", "import jsonschema, yaml"]).status) == 0
  }

  @Test func `the OpenAPI document names every failure cause and warning code`() throws {
    let text = try String(contentsOf: Self.openAPI, encoding: .utf8)
    let names = FailureCause.allCases.map(\.rawValue) + WarningCode.allCases.map(\.rawValue)
    for name in names { #expect(text.contains("- \(name)\n"), "\(name)") }
  }
}
