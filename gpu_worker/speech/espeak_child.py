"""espeak-ng in a process of its own: text on stdin, events and sound on stdout.

    python espeak_child.py LIBRARY DATA VOICE

The library has one global state, which also makes Piper's phonemes, so it is never called
inside a worker. The file is run by its path, so it imports only the standard library.
The answer is a line of JSON, followed by 16-bit samples.
"""

from __future__ import annotations

import ctypes
import json
import sys

UNKNOWN_VOICE = 3
_RETRIEVAL, _PHONEMES_AS_IPA = 1, 1 | 2
_WORDS_PER_MINUTE = 150
_RATE_PARAMETER, _UTF8, _FROM_START = 1, 1, 1
_END, _WORD, _PHONEME = 0, 1, 7


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def main(library: str, data: str, voice: str) -> int:
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_RETRIEVAL, 0, data.encode() or None, _PHONEMES_AS_IPA)
    if espeak.espeak_SetVoiceByName(voice.encode()):
        return UNKNOWN_VOICE
    sound = bytearray()
    phonemes: list[tuple[str, int]] = []
    words: list[tuple[int, int]] = []

    def on_audio(samples: ctypes._Pointer[ctypes.c_short], count: int, events: object) -> int:
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, count * 2))
        for event in events:  # type: ignore[attr-defined]
            if event.type == _END:
                break
            if event.type == _WORD:
                words.append((event.text_position - 1, event.sample))
            elif event.type == _PHONEME:
                name = bytes(event.id.string).split(b"\0", 1)[0].decode(errors="ignore")
                phonemes.append((name, event.sample))
        return 0

    callback = _CALLBACK(on_audio)
    espeak.espeak_SetSynthCallback(callback)
    espeak.espeak_SetParameter(_RATE_PARAMETER, _WORDS_PER_MINUTE, 0)
    text = sys.stdin.buffer.read()
    espeak.espeak_Synth(text, len(text) + 1, 0, _FROM_START, 0, _UTF8, None, None)
    espeak.espeak_Synchronize()
    header = {"rate": rate, "phonemes": phonemes, "words": words}
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + bytes(sound))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
