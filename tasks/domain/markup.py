"""Remove markup (HTML, SSML) from a text, so that it is neither spoken nor shown.

Only tags of these languages count: "x < y" and "<3" stay. Users choose the text, so every
pattern matches in linear time.
"""

from __future__ import annotations

import html
import re
from typing import Final

_BLOCKS: Final = "p|div|h[1-6]|li|ul|ol|table|tr|blockquote|section|article|par|seq"
_NAMES: Final = (
    rf"{_BLOCKS}|speak|break|prosody|emphasis|say-as|phoneme|sub|voice|s|w|audio|mark|lang|media"
    r"|(?:amazon|mstts|google):[a-z-]{1,20}|html|head|body|span|br|hr|b|i|u|em|strong|a|img|td|th"
    r"|script|style|sup|small|code|pre|font|center|iframe|video|button|input|form|label|title|meta"
    r"|link|svg|q|cite|del|ins|tt|big"
)
_ATTRIBUTES: Final = r"(?:\s+[\w:-]{1,40}\s?=[^<>]{0,1000})?"
_TAG: Final = re.compile(rf"</?(?:{_NAMES}){_ATTRIBUTES}\s?/?>", re.IGNORECASE)
_BLOCK: Final = re.compile(rf"</(?:{_BLOCKS})>|<(?:{_BLOCKS}){_ATTRIBUTES}\s?>", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"<[?!](?:xml|doctype)[^<>]{0,1000}>", re.IGNORECASE)
_UNSPOKEN: Final = re.compile(
    r"<(script|style)\b[^<>]{0,1000}>[^<]{0,20000}</\1\s?>|<!--[^<>]{0,20000}-->", re.IGNORECASE
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)


def strip_markup(text: str) -> str:
    """Return the text without tags; what they separate stays apart.

    >>> strip_markup('<speak>Hi <break time="1s"/>there &amp; here, x < y.</speak>')
    ' Hi  there & here, x < y. '
    """
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
        text = _without_tags(text) if "<" in text else text
    return text


def has_markup(text: str) -> bool:
    """Return whether a text contains tags.

    >>> has_markup("<b>Hello</b>"), has_markup("I <3 you, a < b > c")
    (True, False)
    """
    return "<" in text and any(p.search(text) for p in (_TAG, _DECLARATION, _UNSPOKEN))


def _without_tags(text: str) -> str:
    text = _DECLARATION.sub(" ", _UNSPOKEN.sub(" ", text))
    return _TAG.sub(" ", _BLOCK.sub("\n\n", text))
