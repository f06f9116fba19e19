"""`python -S sdk_calls.py SDK URL`: send the requests of `test_sdks.py` by a provider's package.

It runs outside of this project's environments, with nothing but that package and what it requires.
"""

from __future__ import annotations

import base64
import sys
from importlib import import_module
from typing import Any, Final

PROMPT: Final = "A fox in the snow"
KEY: Final = "s3cret"
SEED: Final = 7
PNG: Final = b"\x89PNG"
DATA: Final = base64.b64encode(PNG).decode()
DATA_URL: Final = f"data:image/png;base64,{DATA}"
DOWNSTREAM: Final = "models/veo-3.1/operations/op1"
"""The task of `google` that is asked for."""


def runway(url: str) -> None:
    client: Any = import_module("runwayml").RunwayML(api_key=KEY, base_url=url, max_retries=0)
    same = {"prompt_text": PROMPT, "duration": 5, "ratio": "1280:720", "seed": SEED}
    pictures = [{"uri": DATA_URL, "position": "first"}]
    client.image_to_video.create(model="gen4.5", prompt_image=pictures, **same)
    client.text_to_video.create(model="gen4.5", **same)
    client.tasks.retrieve("t1")
    client.tasks.delete("t1")
    client.organization.retrieve()


def openai_videos(url: str) -> None:
    openai: Any = import_module("openai")
    client = openai.OpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    same = {"prompt": PROMPT, "model": "sora-2", "seconds": "5", "size": "1280x720"}
    client.videos.create(input_reference=("input_reference.png", PNG, "image/png"), **same)
    client.videos.create(**same)
    client.videos.retrieve("v1")
    client.videos.delete("v1")
    client.videos.list(limit=1)


def replicate(url: str) -> None:
    client: Any = import_module("replicate").Client(api_token=KEY, base_url=url)
    same = {"prompt": PROMPT, "aspect_ratio": "16:9", "duration": 5, "seed": SEED}
    client.models.predictions.create("wan/wan-2.2", input={**same, "image": DATA_URL})
    client.models.predictions.create("wan/wan-2.2", input=same)
    client.predictions.get("p1")
    client.predictions.cancel("p1")
    client.accounts.current()


def fal(url: str) -> None:
    module: Any = import_module("fal_client.client")
    module.QUEUE_URL_FORMAT = f"{url}/"  # it has no setting for another scheme
    client: Any = module.SyncClient(key=KEY)
    same = {"prompt": PROMPT, "aspect_ratio": "16:9", "duration": 5, "seed": SEED}
    client.submit("fal-ai/wan/v2.2", arguments={**same, "image_url": DATA_URL})
    client.submit("fal-ai/wan/v2.2", arguments=same)
    handle = client.get_handle("fal-ai/wan/v2.2", "f1")
    handle.get()
    handle.cancel()


def seedance(url: str) -> None:
    ark: Any = import_module("volcenginesdkarkruntime")
    tasks = ark.Ark(api_key=KEY, base_url=url, max_retries=0).content_generation.tasks
    same = {"ratio": "16:9", "duration": 5, "watermark": False, "seed": SEED}
    words = {"type": "text", "text": PROMPT}
    picture = {"type": "image_url", "image_url": {"url": DATA_URL}, "role": "first_frame"}
    tasks.create(model="seedance-2-5", content=[words, picture], **same)
    tasks.create(model="seedance-2-5", content=[words], **same)
    tasks.get(task_id="s1")
    tasks.delete("s1")
    tasks.list(page_size=1)


def veo(url: str) -> None:
    genai: Any = import_module("google.genai")
    types: Any = genai.types
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url))
    config = types.GenerateVideosConfig(aspect_ratio="16:9", duration_seconds=5, number_of_videos=1)
    picture = types.Image(image_bytes=PNG, mime_type="image/png")
    client.models.generate_videos(model="veo-3.1", prompt=PROMPT, image=picture, config=config)
    client.models.generate_videos(model="veo-3.1", prompt=PROMPT, config=config)
    client.operations.get(types.GenerateVideosOperation(name=DOWNSTREAM))
    client.models.get(model="veo-3.1")


def omni(url: str) -> None:
    genai: Any = import_module("google.genai")
    options = genai.types.HttpOptions(base_url=url)
    client = genai.Client(api_key=KEY, http_options=options)
    words = {"type": "text", "text": PROMPT}
    picture = {"type": "image", "data": DATA, "mime_type": "image/png"}
    video = {"type": "video", "aspect_ratio": "16:9", "duration": "5s", "delivery": "uri"}
    same = {
        "model": "gemini-omni-1.1-flash",
        "background": True,
        "store": True,
        "response_format": video,
    }
    client.interactions.create(input=[words, picture], **same)
    client.interactions.create(input=[words], **same)
    client.interactions.get("i1")
    client.interactions.cancel("i1")


CALLS: Final = {
    call.__name__: call for call in (runway, openai_videos, replicate, fal, seedance, veo, omni)
}

if __name__ == "__main__":
    CALLS[sys.argv[1]](sys.argv[2])
