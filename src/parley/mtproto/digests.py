"""SHA-1 where MTProto prescribes it: key ids, fingerprints and the key exchange. Nothing here rests on its strength
against collisions; messages are authenticated with SHA-256."""

from __future__ import annotations

import hashlib
from functools import partial

sha1 = partial(hashlib.sha1, usedforsecurity=False)
