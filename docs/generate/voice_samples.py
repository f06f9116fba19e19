"""`python -m docs.generate.voice_samples [VOICE ...]`: speak the sample of each voice.

The samples are committed, because making all of them takes minutes and every machine would
make the same. Run this again for a voice whose engine changed, and listen to the result.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from gpu_worker.engine import Engine, Inputs
from gpu_worker.media.ffmpeg import executable
from tasks.domain.voices import VOICES, Voice
from tests.gpu_worker.engines.workbench import Workbench
from web.workers.voice_samples import FOLDER

SENTENCES = {
    "ar": "مرحبا، هكذا يبدو صوتي. أهلا بكم في هذا الفيديو.",
    "cs": "Dobrý den, takto zní můj hlas. Vítejte u tohoto videa.",
    "da": "Hej, sådan lyder min stemme. Velkommen til denne video.",
    "de": "Hallo, so klingt meine Stimme. Willkommen zu diesem Video.",
    "el": "Γεια σας, έτσι ακούγεται η φωνή μου. Καλώς ήρθατε σε αυτό το βίντεο.",
    "en": "Hello, this is what my voice sounds like. Welcome to this video.",
    "es": "Hola, así suena mi voz. Les doy la bienvenida a este video.",
    "fi": "Hei, tältä ääneni kuulostaa. Tervetuloa katsomaan tätä videota.",
    "fr": "Bonjour, voici le son de ma voix. Bienvenue dans cette vidéo.",
    "hi": "नमस्ते, मेरी आवाज़ ऐसी है। इस वीडियो में आपका स्वागत है।",
    "hu": "Jó napot, így szól a hangom. Üdvözlöm ebben a videóban.",
    "id": "Halo, beginilah suara saya. Selamat datang di video ini.",
    "it": "Buongiorno, questa è la mia voce. Benvenuti in questo video.",
    "ja": "こんにちは、私の声はこんな感じです。この動画へようこそ。",
    "ko": "안녕하세요, 제 목소리는 이렇습니다. 이 영상에 오신 것을 환영합니다.",
    "nb": "Hei, slik høres stemmen min ut. Velkommen til denne videoen.",
    "nl": "Hallo, zo klinkt mijn stem. Welkom bij deze video.",
    "pl": "Dzień dobry, tak brzmi mój głos. Witam w tym filmie.",
    "pt": "Olá, esta é a minha voz. Seja bem-vindo a este vídeo.",
    "ro": "Bună ziua, așa sună vocea mea. Bine ați venit la acest videoclip.",
    "ru": "Здравствуйте, так звучит мой голос. Добро пожаловать в это видео.",
    "sv": "Hej, så här låter min röst. Välkommen till den här videon.",
    "tr": "Merhaba, sesim böyle geliyor. Bu videoya hoş geldiniz.",
    "uk": "Вітаю, так звучить мій голос. Ласкаво просимо до цього відео.",
    "vi": "Xin chào, đây là giọng nói của tôi. Chào mừng bạn đến với video này.",
    "zh": "你好，这是我的声音。欢迎观看这个视频。",
}


def main() -> None:
    chosen = [VOICES[name] for name in sys.argv[1:]] or list(VOICES.values())
    engines: dict[str, Engine] = {}
    FOLDER.mkdir(exist_ok=True)
    for voice in chosen:
        if voice.engine not in engines:
            module = importlib.import_module(f"gpu_worker.engines.voice.{voice.engine}")
            engines[voice.engine] = module.ENGINE()
            engines[voice.engine].load()
        sample = _sample(engines[voice.engine], voice)
        sys.stdout.write(f"{sample.name} {sample.stat().st_size} bytes\n")


def _sample(engine: Engine, voice: Voice) -> Path:
    language = voice.primary_language
    said = {"index": 0, "text": SENTENCES[language], "language": language, "estimated_seconds": 4.0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = folder / "scene.json"
        scene.write_text(json.dumps(said))
        params = {"language": voice.language, "match": False, "voice": voice.id}
        spoken = engine.run(Inputs(params, 1, 0, {"script/scene.json": scene}), Workbench(folder))
        target = FOLDER / f"{voice.id}.mp3"
        command = [executable(), "-v", "error", "-y", "-i", str(spoken.parts["speech.wav"])]
        command += ["-ac", "1", "-ar", "22050", "-b:a", "24k", "-map_metadata", "-1", str(target)]
        subprocess.run(command, check=True)  # noqa: S603 - our own command
    return target


if __name__ == "__main__":
    main()
