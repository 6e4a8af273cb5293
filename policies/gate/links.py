"""Links in a draft against the allow-list. What a network or a reader would follow counts as a link.

Bare domains count; e-mail addresses do not, unless one is a web address in disguise
(`nhs.uk@evil.example`). Hosts with look-alike letters, punycode, user names, back-slashes or ports are
refused whatever they claim to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policies.facts import GateFinding
from policies.vocabulary import ReasonName

_CANDIDATE = re.compile(r"[^\s<>\"“”()\[\]{}|,;]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,15}):/{0,3}(?=\S)", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w-]{1,63}[.。．｡]){1,8}[^\W\d_]{2,18}(?![\w-])")
_SPELLED = re.compile(
    r"\b([\w-]{2,63})\s{1,3}[\[(]?dot[\])]?\s{1,3}(com|org|net|co|uk|info|xyz|ly|me|io)\b", re.IGNORECASE
)
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE)
_OTHER_SCHEMES = frozenset(
    {"http", "https", "hxxp", "hxxps", "ftp", "javascript", "data", "file", "tel", "sms"}
)

_GENERIC = """
com net org edu gov mil int info biz name pro app dev web xyz top site online store shop blog club live news
world health care clinic doctor support help page link click chat cloud space website tech agency group team
today life fun guru expert legal law charity foundation community social media video tv art london wales scot
example test invalid localhost onion cymru nhs zip mov bio fit vip win bid loan work rip wiki email
"""
_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc
cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga
gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp
ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms
mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro
rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt
tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_ALSO_WORDS = """as at be by do in is it me my no so to us am id la pm care help team work today name"""
"""Endings that are words too: after a missing space ("sorry.It") they begin no link."""
_ENDINGS = frozenset(_GENERIC.split()) | frozenset(_COUNTRIES.split())
_WORDLIKE = frozenset(_ALSO_WORDS.split())

WORDS = "links to a site that is not on the allow-list; link to our own site, nhs.uk or gov.uk instead"


def check_links(draft: str, allowed: Iterable[str]) -> Iterator[GateFinding]:
    """A finding for each link whose host is neither on `allowed` nor below a host that is."""
    hosts = frozenset(host.lower() for host in allowed)
    for match in _CANDIDATE.finditer(draft):
        piece = match.group().rstrip(".,!?:'’")
        if piece and _forbidden(piece[:2100], hosts):
            yield _finding(match.start(), match.start() + len(piece))
    for match in _SPELLED.finditer(draft):
        if f"{match[1]}.{match[2]}".lower() not in hosts:
            yield _finding(match.start(), match.end())


def link_spans(draft: str) -> tuple[tuple[int, int], ...]:
    """Where `draft` has links at all, allowed or not."""
    found = []
    for match in _CANDIDATE.finditer(draft):
        piece = match.group().rstrip(".,!?:'’")
        if piece and _forbidden(piece[:2100], frozenset()):
            found.append((match.start(), match.start() + len(piece)))
    return tuple(found)


def mail_allowed(address: str, allowed: Iterable[str]) -> bool:
    """Whether an e-mail address belongs to one of the `allowed` hosts or below one."""
    host = address.rpartition("@")[2].lower()
    return _under(host, frozenset(allowed))


def _finding(start: int, end: int) -> GateFinding:
    return GateFinding(ReasonName.FORBIDDEN_LINK.value, True, start, end, WORDS)


def _forbidden(piece: str, hosts: frozenset[str]) -> bool:
    if _MAIL.fullmatch(piece):
        local = piece.removeprefix("mailto:").partition("@")[0].lower()
        return any(local == host or local.endswith(f".{host}") for host in hosts)
    scheme = _SCHEME.match(piece)
    if scheme and (scheme[1].lower() in _OTHER_SCHEMES or "://" in scheme.group()):
        if scheme[1].lower() == "tel":
            return False
        return scheme[1].lower() not in {"http", "https"} or _host_refused(piece[scheme.end() :], hosts)
    bare = _HOST.search(piece)
    return bool(
        bare and _is_domain(bare.group(), piece[bare.end() :]) and _host_refused(piece[bare.start() :], hosts)
    )


def _is_domain(name: str, rest: str) -> bool:
    """Whether a dotted word is a domain and not two sentences with the space left out."""
    ending = re.split(r"[.。．｡]", name)[-1]
    low = ending.lower()
    if name.lower().startswith("www.") or rest.startswith("/"):
        return True
    if low not in _ENDINGS and ending.isascii():
        return False
    return not (low in _WORDLIKE and ending[0].isupper())


def _host_refused(address: str, hosts: frozenset[str]) -> bool:
    authority = re.split(r"[/?#]", address, maxsplit=1)[0]
    if "\\" in address or "@" in authority or "%" in authority or ":" in authority:
        return True
    host = authority.rstrip(".").lower()
    if not host.isascii() or "xn--" in host:
        return True
    return not _under(host, hosts)


def _under(host: str, hosts: frozenset[str]) -> bool:
    return any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)
