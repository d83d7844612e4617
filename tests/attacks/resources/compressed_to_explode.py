"""An image and a table that are small as they come and huge when they are opened: nobody opens them."""

OWN = {
    "setup": """
import base64, struct, zlib
from IPython.display import Image, display


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
body = chunk(b"IDAT", zlib.compress(bytes(60_000_000), 9))
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + head + body + chunk(b"IEND", b"")))
"""
}
