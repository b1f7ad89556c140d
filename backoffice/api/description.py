"""What the schema says of the API as a whole. Markdown; `docs/API.md` shows the same with examples."""

DESCRIPTION = """
The API does what the pages do, through the same services, rights and gates.

**Authentication.** `Authorization: Bearer <token>`. A token is made on the page *Settings → Keys*, or with
`manage.py create_token`. It belongs to one person and one store, has scopes and an expiry, and never does more than the
role of its owner allows at the time of the call. Only its hash is stored. Each operation names its scope below.

**Lists** answer `{results, next, previous}`. `next` and `previous` are whole addresses, or null. A cursor is opaque and
belongs to the sort it was made for.

**Refusals** are `{code, detail}`; `detail` is a sentence in the language of the token's owner. 400: the request cannot
be read. 401: no live token. 403: the scopes or the role do not include the operation. 404: not there, or not yours.
409: the state or the `version` does not allow it (`current` holds the order, the case or the review as it is now). 410:
a file whose time is over. 413: too large. 422: a gate (a hold, a quota) or a bad field (`fields` names each). 503:
busy, try again.

**Idempotency.** Any POST takes an `Idempotency-Key` header of up to 120 visible ASCII characters. The same key with the
same request within 24 hours acts once and gets the first answer again, marked `Idempotent-Replay: true`. The same key
with another request is refused. A refusal is not kept: send it again with the same key.

**Versions.** An order has a `version`. Acts take it as an option; a stale one is refused with 409, nothing is changed.

**Money** is a string in CNY, **times** are ISO 8601 with their offset, **days** are business days in Asia/Shanghai.
**Personal data** is masked everywhere but in the answer of `reveal`.

**Changes.** The version is in the path. Within `v1` fields, operations, optional parameters and codes may be added;
clients ignore what they do not know. Nothing is renamed or removed, no type or meaning changes: that is `v2`, and both
are then served for at least six months. What is going to end is marked `deprecated` in this schema first.
"""
