import NIOPosix
import NIOCore
import NIOSSL
public enum PlaceholderC {}
