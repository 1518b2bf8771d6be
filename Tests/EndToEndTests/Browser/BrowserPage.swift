import Foundation
import Glibc
import TestSupport
import Testing

/// One tab of the suite's browser. Goes away with its owner.
final class BrowserPage {
  private let browser: Chromium
  private let target: String
  private let session: String

  /// Opens an address, in a window of this size and with this colour scheme.
  init(_ address: String, width: Int = 1280, height: Int = 900, dark: Bool = false, scripts: Bool = true) throws {
    browser = try #require(Chromium.current)
    target = try #require(
      try browser.call("Target.createTarget", ["url": .string("about:blank")])["targetId"].string)
    let attached = try browser.call(
      "Target.attachToTarget", ["targetId": .string(target), "flatten": .bool(true)])
    session = try #require(attached["sessionId"].string)
    for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
    if !scripts { try call("Emulation.setScriptExecutionDisabled", ["value": .bool(true)]) }
    try resize(width: width, height: height)
    let scheme: JSON = .object(["name": .string("prefers-color-scheme"), "value": .string(dark ? "dark" : "light")])
    try call("Emulation.setEmulatedMedia", ["features": .array([scheme])])
    try call("Page.navigate", ["url": .string(address)])
  }

  deinit { _ = try? browser.call("Target.closeTarget", ["targetId": .string(target)]) }

  @discardableResult
  func call(_ method: String, _ parameters: [String: JSON] = [:]) throws -> JSON {
    try browser.call(method, parameters, session: session)
  }

  func resize(width: Int, height: Int) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      [
        "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": .number(1),
        "mobile": .bool(width < 600),
      ])
  }

  /// The value of a JavaScript expression; a promise is awaited.
  @discardableResult
  func value(_ expression: String) throws -> JSON {
    let answer = try call(
      "Runtime.evaluate",
      ["expression": .string(expression), "returnByValue": .bool(true), "awaitPromise": .bool(true)])
    if answer["exceptionDetails"] != .null { throw ServerError("\(expression): \(answer["exceptionDetails"])") }
    return answer["result"]["value"]
  }

  /// Waits until an expression is true.
  func shows(_ expression: String, within seconds: Double = 10) async -> Bool {
    await eventually(within: seconds) { (try? value(expression)) == .bool(true) }
  }

  /// Presses and releases a key.
  func press(_ key: String, code: Double, text: String? = nil) throws {
    var down: [String: JSON] = [
      "type": .string("keyDown"), "key": .string(key), "windowsVirtualKeyCode": .number(code),
    ]
    if let text { down["text"] = .string(text) }
    try call("Input.dispatchKeyEvent", down)
    try call(
      "Input.dispatchKeyEvent",
      ["type": .string("keyUp"), "key": .string(key), "windowsVirtualKeyCode": .number(code)])
  }

  /// Errors and warnings of the console, exceptions, and violations of the content security policy.
  var complaints: [String] {
    let logged = browser.events(of: session, named: "Log.entryAdded").map { $0["entry"] }
      .filter { ["error", "warning"].contains($0["level"].string) }.compactMap { $0["text"].string }
    let thrown = browser.events(of: session, named: "Runtime.exceptionThrown").map { "\($0)" }
    let console = browser.events(of: session, named: "Runtime.consoleAPICalled").map { "\($0)" }
    return logged + thrown + console
  }

  /// The addresses that were asked for.
  var requests: [String] {
    browser.events(of: session, named: "Network.requestWillBeSent").compactMap { $0["request"]["url"].string }
  }

  /// Writes a picture of the whole page into the directory that the environment variable `SCREENSHOTS` names, if any.
  func screenshot(_ name: String) throws {
    guard let directory = unsafe getenv("SCREENSHOTS").map({ unsafe String(cString: $0) }) else { return }
    let answer = try call("Page.captureScreenshot", ["captureBeyondViewport": .bool(true)])
    let picture = try #require(answer["data"].string.flatMap { Data(base64Encoded: $0) })
    try picture.write(to: URL(filePath: "\(directory)/\(name).png"))
  }
}

/// Gives a suite one browser, in ``Chromium/current``, and ends it afterwards.
struct BrowserTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let browser = try Chromium()
    defer { browser.end() }
    try await Chromium.$current.withValue(browser) { try await function() }
  }
}

extension Trait where Self == BrowserTrait {
  /// One browser for all tests of the suite.
  static var inBrowser: Self { BrowserTrait() }
}
