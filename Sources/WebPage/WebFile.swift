/// A file of the live page, embedded in the program when it is built.
///
/// The files themselves lie in `Resources/`, as HTML, CSS and JavaScript, so that editors and linters know them.
public struct WebFile: Sendable {
  /// Where it is served.
  public let path: String
  /// Its media type, with the character set where it is text.
  public let contentType: String
  /// Its content.
  public let bytes: [UInt8]

  init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
    self.path = path
    self.contentType = contentType
    self.bytes = bytes
  }
}

/// The live page: its parts, and the documentation that its warnings point to.
public enum WebPage {
  /// What the page loads, each under a path of its own.
  public static let files = [
    WebFile("/page/page.css", "text/css; charset=utf-8", PackageResources.page_css),
    script("page", PackageResources.page_js), script("say", PackageResources.say_js),
    script("elements", PackageResources.elements_js), script("charts", PackageResources.charts_js),
    script("explorer", PackageResources.explorer_js), script("commands", PackageResources.commands_js),
    script("live", PackageResources.live_js),
    WebFile("/page/icon.svg", "image/svg+xml", PackageResources.icon_svg),
  ]

  private static func script(_ name: String, _ bytes: [UInt8]) -> WebFile {
    WebFile("/page/\(name).js", "text/javascript; charset=utf-8", bytes)
  }

  /// The page itself, with `${name}` where a value belongs.
  public static let template = String(decoding: PackageResources.page_html, as: UTF8.self)

  /// `docs/warnings.md`.
  public static let warnings = String(decoding: PackageResources.warnings_md, as: UTF8.self)

  /// A browser asks only this server, runs only its files and shows the page in no frame.
  public static let contentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// A strong entity tag of these bytes, with its quotes: their 64-bit FNV-1a hash and count. Not for bytes that somebody may want to
  /// forge.
  public static func entityTag(of bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return "\"\(String(hash, radix: 16))-\(bytes.count)\""
  }
}
