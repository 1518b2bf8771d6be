import ArgumentParser
import Logging
import ServiceLifecycle
import Yams

@main struct Main { static func main() {} }
