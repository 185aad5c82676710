"""SDK-HMAC-SHA256, our own reading of contract/clients.md section 5, with the standard library."""
import datetime
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
UNRESERVED = "~"  # besides letters, digits, - . _ which quote() keeps anyway


def timestamp(offset_s=0):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_s)
    return now.strftime("%Y%m%dT%H%M%SZ")


def canonical_path(path):
    encoded = "/".join(quote(unquote(part), safe=UNRESERVED) for part in path.split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


def canonical_query(query):
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe=UNRESERVED)}={quote(value, safe=UNRESERVED)}" for name, value in pairs)


def signature(secret_key, method, target, headers, body, signed):
    """The hex signature over the named headers (lower case, sorted)."""
    path, _, query = target.partition("?")
    values = {name.lower(): value.strip() for name, value in headers.items()}
    canonical = "\n".join([
        method, canonical_path(path), canonical_query(query),
        "".join(f"{name}:{values[name]}\n" for name in signed), ";".join(signed),
        values.get("x-sdk-content-sha256") or hashlib.sha256(body).hexdigest()])
    text = "\n".join([ALGORITHM, values["x-sdk-date"], hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(access_key, secret_key, method, target, headers, body, date=None):
    """The headers with X-Sdk-Date and Authorization added; every header given is signed."""
    headers = {"X-Sdk-Date": date or timestamp(), **headers}
    signed = sorted(name.lower() for name in headers)
    value = signature(secret_key, method, target, headers, body, signed)
    headers["Authorization"] = (f"{ALGORITHM} Access={access_key}, "
                                f"SignedHeaders={';'.join(signed)}, Signature={value}")
    return headers
