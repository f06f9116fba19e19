"""Which letters no typeface that comes with the workers has, so that captions cannot show them."""

from __future__ import annotations

import unicodedata
from typing import Final

SCRIPTS_WITHOUT_FONT: Final = frozenset(
    (
        *("ADLAM", "AHOM", "ANATOLIAN", "AVESTAN", "BALINESE", "BAMUM", "BASSA", "BATAK"),
        *("BHAIKSUKI", "BRAHMI", "BUGINESE", "BUHID", "CANADIAN", "CARIAN", "CAUCASIAN"),
        *("CHAKMA", "CHAM", "CHEROKEE", "CHORASMIAN", "COPTIC", "CUNEIFORM", "CYPRIOT"),
        *("CYPRO-MINOAN", "DESERET", "DIVES", "DOGRA", "DUPLOYAN", "EGYPTIAN", "ELBASAN"),
        *("ELYMAIC", "GLAGOLITIC", "GOTHIC", "GRANTHA", "GUNJALA", "HANIFI", "HANUNOO"),
        *("HATRAN", "HENTAIGANA", "IMPERIAL", "INSCRIPTIONAL", "JAVANESE", "KAITHI", "KAYAH"),
        *("KHAROSHTHI", "KHITAN", "KHOJKI", "KHUDAWADI", "LEPCHA", "LIMBU", "LINEAR", "LISU"),
        *("LYCIAN", "LYDIAN", "MAHAJANI", "MAKASAR", "MANDAIC", "MANICHAEAN", "MARCHEN"),
        *("MASARAM", "MATHEMATICAL", "MEDEFAIDRIN", "MEETEI", "MENDE", "MEROITIC", "MIAO"),
        *("MODI", "MONGOLIAN", "MRO", "MULTANI", "NABATAEAN", "NANDINAGARI", "NEW", "NEWA"),
        *("NKO", "NUSHU", "NYIAKENG", "OGHAM", "OL", "OLD", "OSAGE", "OSMANYA", "PAHAWH"),
        *("PALMYRENE", "PAU", "PHAGS-PA", "PHOENICIAN", "PSALTER", "REJANG", "RUNIC"),
        *("SAMARITAN", "SAURASHTRA", "SHARADA", "SHAVIAN", "SIDDHAM", "SOGDIAN", "SORA"),
        *("SOYOMBO", "SUNDANESE", "SYLOTI", "SYRIAC", "TAGALOG", "TAGBANWA", "TAI", "TAKRI"),
        *("TANGSA", "TANGUT", "THAANA", "TIBETAN", "TIFINAGH", "TIRHUTA", "TOTO", "UGARITIC"),
        *("VAI", "VITHKUQI", "WANCHO", "WARANG", "YEZIDI", "YI", "ZANABAZAR"),
    )
)
"""First words of the Unicode names of letters that `gpu_worker.media.captions.fonts` lacks."""
_IN_NO_FONT: Final = ("Co", "Cn")
"""Private and unassigned characters."""


def without_font(text: str) -> list[str]:
    """Return the characters that captions cannot show, each once, in order.

    >>> without_font("Hello, ᚠᚢ and ᚠ!")
    ['ᚠ', 'ᚢ']
    """
    return [char for char in dict.fromkeys(text) if not char.isascii() and _is_missing(char)]


def _is_missing(char: str) -> bool:
    category = unicodedata.category(char)
    if category in _IN_NO_FONT:
        return True
    word = unicodedata.name(char, "").partition(" ")[0]
    return category.startswith("L") and word in SCRIPTS_WITHOUT_FONT
