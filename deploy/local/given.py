"""Parts that somebody else runs: each answers, or one sentence says which does not and what to do.

A secured Kafka or SMTP server is not spoken to here: that a port accepts connections is enough.
"""

import re
from urllib.parse import urlsplit

from deploy.local import ports
from deploy.local.errors import PlatformError

DEFAULT_SMTP_PORTS = {"smtp": 25, "smtps": 465}
MONGODB_SECONDS = 5


def kafka(bootstrap: str) -> str:
    """`bootstrap` itself, if one of its servers can be reached."""
    if any(ports.accepts(address.strip()) for address in bootstrap.split(",")):
        return bootstrap
    raise _unreachable("Kafka", "KAFKA_BOOTSTRAP_SERVERS", bootstrap)


def mongodb(uri: str) -> str:
    """`uri` itself, if the server answers a ping."""
    from pymongo import MongoClient  # noqa: PLC0415 - slow, and only where a server is given
    from pymongo.errors import PyMongoError  # noqa: PLC0415

    try:
        with MongoClient[dict[str, object]](
            uri, serverSelectionTimeoutMS=MONGODB_SECONDS * 1000
        ) as client:
            client.admin.command("ping")
    except PyMongoError as error:
        raise _unreachable("MongoDB", "MONGODB_URI", uri) from error
    return uri


def smtp(url: str) -> str:
    """`url` itself, if its port accepts connections."""
    parts = urlsplit(url)
    port = parts.port or DEFAULT_SMTP_PORTS.get(parts.scheme)
    if parts.hostname and port and ports.accepts(f"{parts.hostname}:{port}"):
        return url
    raise _unreachable("the SMTP server", "SMTP_URL", url)


def without_password(address: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"//[^@/]*@", "//", address)


def _unreachable(part: str, variable: str, address: str) -> PlatformError:
    shown = without_password(address)
    return PlatformError(
        f"Cannot reach {part} at {shown} (given by {variable}): start it, correct the address, "
        f"or unset {variable} to have one started here."
    )
