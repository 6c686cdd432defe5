"""Bodies that are forms, as browsers and SMS packages send them."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl

FORM = "application/x-www-form-urlencoded"
form_fields_max = 16


def read_form(content_type: str, body: bytes) -> dict[str, str] | None:
    """The fields by name, or None if the body is not a form in UTF-8 or names a field twice."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        return None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=form_fields_max)
    except ValueError:
        return None
    if any(count > 1 for count in Counter(name for name, _ in pairs).values()):
        return None
    return dict(pairs)
