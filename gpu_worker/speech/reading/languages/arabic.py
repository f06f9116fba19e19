"""How Arabic is read aloud."""

from __future__ import annotations

from typing import Final

from gpu_worker.speech.reading.language import Language

_KILOMETRE: Final = ("كيلومتر", "كيلومتران", "كيلومترات", "كيلومتراً")
_METRE: Final = ("متر", "متران", "أمتار", "متراً")
_CENTIMETRE: Final = ("سنتيمتر", "سنتيمتران", "سنتيمترات", "سنتيمتراً")
_MILLIMETRE: Final = ("مليمتر", "مليمتران", "مليمترات", "مليمتراً")
_KILOGRAM: Final = ("كيلوغرام", "كيلوغرامان", "كيلوغرامات", "كيلوغراماً")
_GRAM: Final = ("غرام", "غرامان", "غرامات", "غراماً")
_LITRE: Final = ("لتر", "لتران", "لترات", "لتراً")
_DEGREE: Final = ("درجة", "درجتان", "درجات", "درجة")
_CELSIUS: Final = tuple(f"{form} مئوية" for form in _DEGREE)
_FAHRENHEIT: Final = tuple(f"{form} فهرنهايت" for form in _DEGREE)
_MINUTE: Final = ("دقيقة", "دقيقتان", "دقائق", "دقيقة")
_PER_CENT: Final = ("بالمئة",) * 4
_DOLLAR: Final = ("دولار", "دولاران", "دولارات", "دولاراً")
_CENT: Final = ("سنت", "سنتان", "سنتات", "سنتاً")
_EURO: Final = ("يورو",) * 4
_POUND: Final = ("جنيه", "جنيهان", "جنيهات", "جنيهاً")
_PIASTRE: Final = ("قرش", "قرشان", "قروش", "قرشاً")
_PENNY: Final = ("بنس", "بنسان", "بنسات", "بنساً")
_RIYAL: Final = ("ريال", "ريالان", "ريالات", "ريالاً")
_HALALA: Final = ("هللة", "هللتان", "هللات", "هللة")
_DIRHAM: Final = ("درهم", "درهمان", "دراهم", "درهماً")
_FILS: Final = ("فلس", "فلسان", "فلوس", "فلساً")
_THOUSAND: Final = ("ألف", "ألفا", "آلاف", "ألف")
_MILLION: Final = ("مليون", "مليونا", "ملايين", "مليون")
_BILLION: Final = ("مليار", "مليارا", "مليارات", "مليار")

ARABIC: Final = Language(
    numbers="ar",
    point=".",
    point_word="فاصلة",
    minus="سالب",
    to="إلى",
    months=(
        *("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر"),
        *("أكتوبر", "نوفمبر", "ديسمبر"),
    ),
    abbreviations={
        "د.": "دكتور",
        "أ.د.": "الأستاذ الدكتور",
        "إلخ.": "إلى آخره",
        "إلخ": "إلى آخره",
        "ص.ب.": "صندوق بريد",
        "ق.م.": "قبل الميلاد",
        "هـ.": "هجري",
    },
    units={
        **{"km/h": tuple(f"{form} في الساعة" for form in _KILOMETRE)},
        **{"كم/س": tuple(f"{form} في الساعة" for form in _KILOMETRE)},
        **{"km²": tuple(f"{form} مربع" for form in _KILOMETRE)},
        **{"م²": tuple(f"{form} مربع" for form in _METRE)},
        **dict.fromkeys(("km", "كم"), _KILOMETRE),
        **dict.fromkeys(("cm", "سم"), _CENTIMETRE),
        **dict.fromkeys(("mm", "مم"), _MILLIMETRE),
        **dict.fromkeys(("m", "م"), _METRE),
        **dict.fromkeys(("kg", "كجم", "كغ", "كغم"), _KILOGRAM),
        **dict.fromkeys(("g", "غ", "جم"), _GRAM),
        **dict.fromkeys(("l", "ل"), _LITRE),
        **dict.fromkeys(("°C", "°م"), _CELSIUS),
        "°F": _FAHRENHEIT,
        "°": _DEGREE,
        "min": _MINUTE,
        **dict.fromkeys(("%", "٪"), _PER_CENT),
        "MB": ("ميغابايت",) * 4,
        "GB": ("غيغابايت",) * 4,
    },
    currencies={
        **dict.fromkeys(("$", "USD"), (_DOLLAR, _CENT)),
        **dict.fromkeys(("€", "EUR"), (_EURO, _CENT)),
        **dict.fromkeys(("£", "GBP"), (_POUND, _PENNY)),
        **dict.fromkeys(("ج.م.", "EGP"), (_POUND, _PIASTRE)),
        **dict.fromkeys(("ر.س.", "SAR"), (_RIYAL, _HALALA)),
        **dict.fromkeys(("د.إ.", "AED"), (_DIRHAM, _FILS)),
    },
    signs={
        ".": "نقطة",
        "/": "شرطة مائلة",
        "-": "شرطة",
        "_": "شرطة سفلية",
        "@": "آت",
        "&": "و",
        "+": "زائد",
        "=": "يساوي",
        "%": "بالمئة",
        "#": "هاشتاغ",
        "No": "رقم",
        ":": "نقطتان",
        "?": "علامة استفهام",
        "§": "مادة",
    },
    with_cents="و",
    of="",
    magnitudes={
        **dict.fromkeys(("ألف", "آلاف"), _THOUSAND),
        **dict.fromkeys(("مليون", "ملايين"), _MILLION),
        **dict.fromkeys(("مليار", "مليارات"), _BILLION),
    },
    ordinal_ends=r"º(?!\w)",
    fractions={
        "1/2": "نصف",
        "1/3": "ثلث",
        "2/3": "ثلثان",
        "1/4": "ربع",
        "3/4": "ثلاثة أرباع",
    },
    feminine=frozenset(("درجة", "درجة مئوية", "درجة فهرنهايت", "دقيقة", "هللة")),
)
