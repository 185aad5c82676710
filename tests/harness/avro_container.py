"""Avro container files taken apart and put together, so that tests can forge manifests out of true ones."""
import zlib

MAGIC = b"Obj\x01"
SYNC_BYTES = 16


def encode_long(number):
    raw, out = (number << 1) ^ (number >> 63), b""
    while raw > 0x7F:
        out += bytes([raw & 0x7F | 0x80])
        raw >>= 7
    return out + bytes([raw])


def encode_bytes(data):
    return encode_long(len(data)) + data


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def long(self):
        raw = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            raw |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (raw >> 1) ^ -(raw & 1)

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]


def read(data):
    """The head of a file by key, and its blocks as (count, bytes), inflated."""
    reader, head, blocks = _Reader(data), {}, []
    assert reader.take(4) == MAGIC
    while count := reader.long():
        if count < 0:
            reader.long()
        for _ in range(abs(count)):
            key = reader.take(reader.long()).decode()
            head[key] = reader.take(reader.long())
    reader.take(SYNC_BYTES)
    while reader.at < len(data):
        count = reader.long()
        block = reader.take(reader.long())
        blocks.append((count, zlib.decompress(block, -15) if head.get("avro.codec") == b"deflate" else block))
        reader.take(SYNC_BYTES)
    return head, blocks


def write(head, blocks, codec="null"):
    head, sync = {**head, "avro.codec": codec.encode()}, b"s" * SYNC_BYTES
    out = MAGIC + encode_long(len(head))
    out += b"".join(encode_bytes(key.encode()) + encode_bytes(value) for key, value in head.items())
    out += encode_long(0) + sync
    for count, block in blocks:
        if codec == "deflate":
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            block = deflate.compress(block) + deflate.flush()
        out += encode_long(count) + encode_bytes(block) + sync
    return out


def text_of(data):
    """All that is in the blocks, to look for names in."""
    return str([block for _, block in read(data)[1]])


def forge(data, replacements, codec="null"):
    """The file with texts replaced by others, which are padded to the same length by slashes in front."""
    head, blocks = read(data)
    for old, new in replacements.items():
        assert len(new) <= len(old), (old, new)
        padded = new.rjust(len(old), "/")
        blocks = [(count, block.replace(old.encode(), padded.encode())) for count, block in blocks]
    return write(head, blocks, codec)
