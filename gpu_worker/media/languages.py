"""Convert language tags to the three letters that MP4 uses (ISO 639-2/T)."""

from __future__ import annotations

import re

_LETTERS = (
    "af:afr am:amh ar:ara az:aze be:bel bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu "
    "el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fr:fra ga:gle gl:glg gu:guj he:heb "
    "hi:hin hr:hrv hu:hun hy:hye id:ind is:isl it:ita ja:jpn ka:kat kk:kaz km:khm kn:kan ko:kor "
    "ky:kir la:lat lb:ltz lo:lao lt:lit lv:lav mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya "
    "nb:nob ne:nep nl:nld nn:nno no:nor or:ori pa:pan pl:pol ps:pus pt:por ro:ron ru:rus sd:snd "
    "si:sin sk:slk sl:slv so:som sq:sqi sr:srp su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha "
    "tk:tuk tl:tgl tr:tur tt:tat uk:ukr ur:urd uz:uzb vi:vie xh:xho yi:yid yo:yor zh:zho zu:zul"
)
_KNOWN = dict(pair.split(":") for pair in _LETTERS.split())
_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def three_letters(code: str) -> str:
    """Return the letters for a language tag: `deu` for `de-AT`, `und` for an unknown language.

    >>> three_letters("pt-BR"), three_letters("x")
    ('por', 'und')
    """
    first = code.split("-", maxsplit=1)[0].lower()
    return _KNOWN.get(first, first if len(first) == 3 and first.isalpha() else "und")


def tag(code: str) -> str:
    """Return the code if it has the form of BCP 47, else an empty string."""
    return code if _CODE.fullmatch(code) else ""
