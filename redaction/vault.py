"""Sealing: AES-256-GCM envelopes bound to the row they belong to, and keyed hashes to find again.

Each value gets a data key of its own, wrapped by the key-encryption key that lives outside the database
(see `desk.keys`). The row's identity is authenticated with both layers, so an envelope moved to another
row or column does not open. Layout of an envelope, in bytes::

    version 1 | key id 8 | wrap nonce 12 | wrapped data key 48 | nonce 12 | ciphertext + tag 16

Source of the design: NIST SP 800-38D (GCM); one data key seals one message, so a random 96-bit nonce
cannot repeat under it.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_HEADER = 1 + 8
_NONCE = 12
_WRAPPED = 32 + 16


class VaultError(Exception):
    """A sealed value could not be opened."""


class WrongKey(VaultError):
    """This value was sealed under another key than the one in use."""


class BrokenSeal(VaultError):
    """This value was changed, cut short, or moved from the row it was sealed for."""


def derive(master: bytes, purpose: str) -> bytes:
    """A 32-byte key for one `purpose`, derived from the 32-byte master key (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"voicedesk/{purpose}".encode()).derive(master)


def fingerprint(key: bytes) -> str:
    """16 hex digits that name a key without telling it."""
    return hashlib.sha256(b"voicedesk/fingerprint\0" + key).hexdigest()[:16]


class Vault:
    """Seals and opens values, and makes keyed hashes. Holds key material: never logged, `repr` is bare."""

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise ValueError("the master key must be 32 bytes")
        self._kek = AESGCM(derive(master, "vault"))
        self._index_key = derive(master, "index")
        self._key_id = hashlib.sha256(b"voicedesk/vault-id\0" + derive(master, "vault")).digest()[:8]

    @classmethod
    def ephemeral(cls) -> Vault:
        """A vault whose key exists only in this process: for filters, rehearsals and tests."""
        return cls(os.urandom(32))

    def __repr__(self) -> str:
        return "Vault(…)"

    def seal(self, plain: bytes, row: str) -> bytes:
        """Seal `plain` for `row`, a string naming table, row id and column ("mention|id|post")."""
        aad = _aad(row)
        data_key = os.urandom(32)
        wrap_nonce, nonce = os.urandom(_NONCE), os.urandom(_NONCE)
        wrapped = self._kek.encrypt(wrap_nonce, data_key, aad)
        return (
            _VERSION
            + self._key_id
            + wrap_nonce
            + wrapped
            + nonce
            + AESGCM(data_key).encrypt(nonce, plain, aad)
        )

    def open(self, envelope: bytes, row: str) -> bytes:
        """The value sealed for `row`.

        Raises:
            WrongKey: it was sealed under another key.
            BrokenSeal: it was altered, cut short or belongs to another row.
        """
        start = _HEADER + _NONCE + _WRAPPED
        if len(envelope) < start + _NONCE + 16 or envelope[:1] != _VERSION:
            raise BrokenSeal(BrokenSeal.__doc__)
        if envelope[1:_HEADER] != self._key_id:
            raise WrongKey(WrongKey.__doc__)
        aad = _aad(row)
        try:
            data_key = self._kek.decrypt(
                envelope[_HEADER : _HEADER + _NONCE], envelope[_HEADER + _NONCE : start], aad
            )
            return AESGCM(data_key).decrypt(envelope[start : start + _NONCE], envelope[start + _NONCE :], aad)
        except InvalidTag:
            raise BrokenSeal(BrokenSeal.__doc__) from None

    def index(self, value: str, purpose: str) -> str:
        """A keyed hash (HMAC-SHA256, 64 hex digits) to find `value` again without storing it."""
        message = purpose.encode() + b"\0" + value.encode("utf-8", "surrogatepass")
        return hmac.new(self._index_key, message, hashlib.sha256).hexdigest()


def _aad(row: str) -> bytes:
    return b"voicedesk1|" + row.encode()
