"""What a mail says, and its form on the wire: plain text, and the same as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from html import escape
from typing import Final

from web.notifications.kinds import Kind

_LINK: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one address."""

    to: str
    subject: str
    text: str
    """Paragraphs, with an empty line between them."""
    kind: Kind = "account"
    user_id: str | None = None
    """Whose choice decides whether a mail of this kind is wanted."""
    once: str | None = None
    """A name under which only one mail is ever queued, such as `credits_low:usr_1:2026-11`."""


def message(
    mail: Mail, sender: str, *, message_id: str = "", unsubscribe: str = "", page: str = ""
) -> EmailMessage:
    """Build the message. `unsubscribe` is the address of a one-click unsubscription."""
    built = EmailMessage()
    built["From"], built["To"] = sender, mail.to
    built["Subject"], built["Date"] = one_line(mail.subject), formatdate()
    domain = sender.rpartition("@")[2]
    built["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain)
    built["Auto-Submitted"] = "auto-generated"
    text = mail.text.rstrip() + "\n"
    if unsubscribe:
        built["List-Unsubscribe"] = f"<{unsubscribe}>"
        built["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        text += f"\n-- \nTo stop mails of this kind, open {page}\n"
    built.set_content(text)
    built.add_alternative(_html(mail.subject, text), subtype="html")
    return built


def one_line(text: str) -> str:
    """Return a text that cannot start another header."""
    return _UNPRINTABLE.sub(" ", text).strip()[:_LONGEST_SUBJECT]


def _html(title: str, text: str) -> str:
    paragraphs = "\n".join(
        f'<p style="margin:0 0 1em">{_linked(one)}</p>' for one in text.strip().split("\n\n")
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{escape(one_line(title))}</title></head>\n"
        '<body style="font:16px/1.5 sans-serif;max-width:36em;margin:2em auto;padding:0 1em">\n'
        f"{paragraphs}\n</body>\n</html>\n"
    )


def _linked(paragraph: str) -> str:
    """Escape a paragraph and make links of its addresses."""
    parts, end = [], 0
    for found in _LINK.finditer(paragraph):
        address = escape(found[0])
        parts += [escape(paragraph[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    parts.append(escape(paragraph[end:]))
    return "".join(parts).replace("\n", "<br>\n")
