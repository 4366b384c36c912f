"""Addresses people and feeds write: checking, showing without secrets, resolving, and telling two apart.

Only http and https. A host is written as IDNA where it is not ASCII. Nothing here opens a connection;
whether an address is public is decided on the socket, in `collectors.network`.
"""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

import idna

from errors import InputError

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_UNSAFE = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$", re.I)
_TRACKING = re.compile(
    r"(?:utm_[\w.-]*|ga_[\w.-]*|pk_[\w.-]*|mtm_[\w.-]*|piwik_[\w.-]*|matomo_[\w.-]*|hsa_[\w.-]*|__hs\w*|_hsenc|_hsmi|"
    r"hsctatracking|fbclid|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|"
    r"mkt_tok|spm|spm_id_from|scm|vd_source|share_source|share_medium|share_plat|share_session_id|share_tag|"
    r"share_times|share_token|unique_k|xhsshare|weibo_id|wfr|bdshare|bd_vid|cmpid|icid|ncid|ocid|smid|smtyp|"
    r"xtor|oly_anon_id|oly_enc_id|vero_id|wickedid|rb_clickid|s_cid|_openstat|ref_src|ref_url|from_source|srsltid)=?",
    re.I,
)
_SECRET = re.compile(r"(?:key|apikey|api_key|token|access_token|secret|sign|signature|password|passwd|pwd|auth)$", re.I)


@dataclass(frozen=True)
class Address:
    """A checked address, ready to be asked. `url` holds no credentials and no fragment."""

    url: str
    scheme: str
    host: str  # ASCII, lower case, IPv6 without brackets
    port: int
    authorization: str | None = None

    @property
    def netloc(self) -> str:
        """`host:port`, as allow lists and per-host gaps name it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(url: str) -> Address:
    """The parts to connect with. Raises InputError when it is not an http(s) address."""
    shown = masked(url)
    try:
        split = urlsplit(_CONTROL.sub("", url.strip()))
        port = split.port
    except ValueError as error:
        raise InputError(f"'{shown}' is not a web address: {error}") from error
    scheme = split.scheme.lower()
    if scheme not in ("http", "https"):
        raise InputError(f"'{shown}' is not a web address; only http:// and https:// are fetched")
    host = ascii_host(split.hostname or "") if "\\" not in split.netloc else None
    if host is None or port == 0:
        raise InputError(f"'{shown}' has no {'valid port' if port == 0 else 'host that could exist'}")
    port = port or (443 if scheme == "https" else 80)
    netloc = f"[{host}]" if ":" in host else host
    if port != (443 if scheme == "https" else 80):
        netloc += f":{port}"
    path = _quoted(split.path) or "/"
    return Address(
        urlunsplit((scheme, netloc, path, _quoted(split.query), "")), scheme, host, port, _authorization(split)
    )


@lru_cache(maxsize=4096)
def ascii_host(host: str) -> str | None:
    """The host in ASCII, or None when no host can be called so."""
    host = host.strip().rstrip(".").lower()
    if not host or len(host) > 253:
        return None
    if ":" in host:  # IPv6; a zone id names an interface of this machine and is never public
        return host if re.fullmatch(r"[0-9a-f:.]+", host) else None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    return host if _HOST.match(host) else None


def names_a_user(url: str) -> bool:
    """Whether an address holds credentials; a path may hold an @ as well (`/@ann`)."""
    return "@" in _split_netloc(url.partition("://")[2])[0]


def with_credentials(url: str, *, of: str) -> str:
    """`url` with the credentials of the address `of`, when both are on one host and `url` has none of its own."""
    try:
        ours, theirs = urlsplit(of), urlsplit(url)
        same = (ours.scheme, ours.hostname, ours.port) == (theirs.scheme, theirs.hostname, theirs.port)
    except ValueError:
        return url
    if not same or "@" not in ours.netloc or "@" in theirs.netloc:
        return url
    return urlunsplit(theirs._replace(netloc=f"{ours.netloc.rpartition('@')[0]}@{theirs.netloc}"))


def _authorization(split: SplitResult) -> str | None:
    if split.username is None and split.password is None:
        return None
    pair = f"{unquote(split.username or '')}:{unquote(split.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _quoted(part: str) -> str:
    return quote(part, safe="!#$%&'()*+,/:;=?@[]~-._|") if _UNSAFE.search(part) else part


def masked(url: str) -> str:
    """The URL as it may be shown or logged: no password, no user name, no value of a parameter that is a key."""
    url = "".join(char for char in url.strip() if char.isprintable())[:2_000]
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    netloc, slash, path = _split_netloc(rest)
    if "@" in netloc:
        netloc = "***@" + netloc.rpartition("@")[2]
    address, question, query = path.partition("?")
    if question:
        query = "&".join(_masked_pair(pair) for pair in query.split("&"))
    return f"{scheme}://{netloc}{slash}{address}{question}{query}"


def _split_netloc(rest: str) -> tuple[str, str, str]:
    match = re.search(r"[/?#\\]", rest)
    if match is None:
        return rest, "", ""
    return (rest[: match.start()], "/", rest[match.end() :]) if match.group() == "/" else (
        rest[: match.start()], "", rest[match.start() :])  # fmt: skip


def _masked_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}=***" if equals and _SECRET.search(name) else pair


def host_of(url: str) -> str:
    """`host:port` of a URL, '' when it has none."""
    try:
        return read_address(url).netloc
    except InputError:
        return ""


def absolute(base: str, url: str | None) -> str | None:
    """`url` against `base`, when that gives an absolute http(s) address; else None. Never shows credentials."""
    if not url:
        return None
    text = _CONTROL.sub("", url.strip()).replace(" ", "%20")[:4_000]
    if not text or text.startswith("#") or text.rstrip("/").lower() in ("http:", "https:"):
        return None
    if len(text) > 8 and text[:7].lower() in ("http://", "https:/") and "@" not in text and text.isascii():
        scheme, colon, rest = text.partition(":")
        return scheme.lower() + colon + rest if _plausible(text) else None
    try:
        joined = urljoin(base, text)
        split = urlsplit(joined)
        _ = split.port
    except ValueError:
        return None
    if split.scheme not in ("http", "https") or not split.hostname:
        return None
    if "@" in split.netloc:
        joined = urlunsplit(split._replace(netloc=split.netloc.rpartition("@")[2]))
    return joined if _plausible(joined) else None


@lru_cache(maxsize=1024)
def _good_host(netloc: str) -> bool:
    try:
        split = urlsplit(f"http://{netloc}")
        return split.port != 0 and ascii_host(split.hostname or "") is not None
    except ValueError:
        return False


def _plausible(url: str) -> bool:
    netloc = _split_netloc(url.partition("://")[2])[0]
    return bool(netloc) and _good_host(netloc)


def identity(url: str) -> str:
    """A link as it tells two entries apart: host in lower case, no tracking parameters, no fragment but a route's."""
    try:
        split = urlsplit(url)
    except ValueError:
        return url
    query = split.query
    if query:
        query = "&".join(pair for pair in query.split("&") if not _TRACKING.match(pair) and pair)
    fragment = split.fragment if split.fragment.startswith(("!", "/")) else ""
    if fragment.startswith("/") and not split.path.strip("/") and not fragment.strip("/"):
        fragment = ""
    netloc = split.netloc.rpartition("@")[2].lower()
    default = ":443" if split.scheme == "https" else ":80"
    return urlunsplit((split.scheme.lower(), netloc.removesuffix(default), split.path or "/", query, fragment))
