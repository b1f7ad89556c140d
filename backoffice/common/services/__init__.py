from backoffice.common.services.attachments import AttachmentError, add_attachment, read_attachment
from backoffice.common.services.people import (
    PeopleError,
    create_store,
    disable_member,
    enable_member,
    invite_member,
    password_link_token,
    set_roles,
)
from backoffice.common.services.stores import save_store_settings
from backoffice.common.services.tokens import TokenError, create_token, find_token, revoke_token

__all__ = [
    "AttachmentError",
    "PeopleError",
    "TokenError",
    "add_attachment",
    "create_store",
    "create_token",
    "disable_member",
    "enable_member",
    "find_token",
    "invite_member",
    "password_link_token",
    "read_attachment",
    "revoke_token",
    "save_store_settings",
    "set_roles",
]
