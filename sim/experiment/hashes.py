"""Hashes that name runs and folders."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def hash_of(content: Any) -> str:
    """Return 16 hexadecimal digits that stand for any JSON-like content."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
