"""Write tiny pipelines of diffusers with random weights, and make a clip with one.

`make_tiny.py PIPELINE FOLDER` writes one, `make_tiny.py --make JSON` makes a clip like the server.
It runs in an environment with torch and diffusers, and without the packages of our tests.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

WIDTH = 32
"""Numbers in the meaning of a word."""


def _words(folder: Path) -> tuple[Any, Any]:
    """Make a tokenizer of letters and a text encoder."""
    transformers: Any = import_module("transformers")
    tokenizers: Any = import_module("tokenizers")
    letters = ["<pad>", "</s>", "<unk>", *"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    model = tokenizers.models.Unigram([(letter, -1.0) for letter in letters], 2)
    known = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(model),
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
    )
    kept = folder / "words"
    known.save_pretrained(kept)
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(kept)
    config = transformers.T5Config(
        vocab_size=64, d_model=WIDTH, d_kv=8, d_ff=37, num_layers=2, num_heads=4
    )
    return tokenizer, transformers.T5EncoderModel(config).eval()


def wan(diffusers: Any, folder: Path) -> Any:
    tokenizer, encoder = _words(folder)
    transformer = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=16,
        out_channels=16,
        text_dim=WIDTH,
        freq_dim=256,
        ffn_dim=32,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )
    vae = diffusers.AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )
    return diffusers.WanPipeline(
        tokenizer=tokenizer,
        text_encoder=encoder,
        vae=vae,
        scheduler=diffusers.UniPCMultistepScheduler(flow_shift=3.0),
        transformer=transformer,
    )


def ltx(diffusers: Any, folder: Path) -> Any:
    tokenizer, encoder = _words(folder)
    transformer = diffusers.LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=1,
        caption_channels=WIDTH,
    )
    vae = diffusers.AutoencoderKLLTXVideo(
        in_channels=3,
        out_channels=3,
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, False, False),
        decoder_spatio_temporal_scaling=(True, True, False, False),
        decoder_inject_noise=(False, False, False, False, False),
        upsample_residual=(False, False, False, False),
        upsample_factor=(1, 1, 1, 1),
        timestep_conditioning=False,
        patch_size=1,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
    )
    return diffusers.LTXPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        transformer=transformer,
    )


def make(wanted: dict[str, Any]) -> None:
    """Load the pipeline as the server does, and encode a clip of a second."""
    main: Any = import_module("gpu_worker.open_weights.__main__")
    film: Any = import_module("gpu_worker.open_weights.film")
    shares: list[float] = []
    made = main.loaded(wanted["config"])(film.Order("A fox", 1.0, 64, 32), shares.append)
    film.encode(made, Path(wanted["clip"]))
    assert shares == sorted(shares)
    assert shares, "it reports its progress"


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make(json.loads(sys.argv[2]))
    else:
        place = Path(sys.argv[2])
        write = {"WanPipeline": wan, "LTXPipeline": ltx}[sys.argv[1]]
        write(import_module("diffusers"), place).save_pretrained(place)
