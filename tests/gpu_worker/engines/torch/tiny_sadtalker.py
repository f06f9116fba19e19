"""`PYTHON -m tests.gpu_worker.engines.torch.tiny_sadtalker CHECKOUT TARGET [full]`: SadTalker,
untaught.

The code is that of the checkout, by links; its configurations are made smaller and its
weights are random numbers, for faces of 64 pixels. What is left of it in full size is the
network that measures faces and the decoder of the pictures, whose sizes are in its code.
With `full` nothing is smaller: it takes the time and memory of the published networks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

SIZE, FULL_SIZE = 64, 256
SMALLER: dict[str, dict[str, Any]] = {
    "kp_detector_params": {
        "block_expansion": 8,
        "max_features": 64,
        "reshape_channel": 256,  # max_features * reshape_depth
        "reshape_depth": 4,
        "num_blocks": 3,
    },
    "he_estimator_params": {"block_expansion": 8, "max_features": 64},
    "mapping_params": {"descriptor_nc": 32},
}


def main(checkout: Path, target: Path, *, full: bool) -> None:
    home, checkpoints = target / "home", target / "checkpoints"
    checkpoints.mkdir(parents=True)
    _link(checkout, home)
    config = home / "src" / "config"
    rendering = config / "facerender_still.yaml"
    wanted = yaml.safe_load(rendering.read_text())
    if not full:
        wanted = _shrunk(wanted)
        rendering.unlink()
        rendering.write_text(yaml.safe_dump(wanted))
    sys.path.insert(0, str(home))
    networks = checkpoints / f"SadTalker_V0.0.2_{FULL_SIZE if full else SIZE}.safetensors"
    _write_weights(config, wanted["model_params"], networks)


def _link(checkout: Path, home: Path) -> None:
    """Every file of `src`, in folders of its own: a configuration is replaced, not changed."""
    for path in (checkout / "src").rglob("*"):
        if path.is_file():
            link = home / path.relative_to(checkout)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)


def _shrunk(config: dict[str, Any]) -> dict[str, Any]:
    params = config["model_params"]
    for part, smaller in SMALLER.items():
        params[part] |= smaller
    params["generator_params"]["num_resblocks"] = 1
    params["generator_params"]["dense_motion_params"] |= {
        "block_expansion": 8,
        "max_features": 32,
        "num_blocks": 3,
    }
    return config


def _write_weights(config: Path, params: dict[str, Any], target: Path) -> None:
    import torch
    from safetensors.torch import save_file
    from yacs.config import CfgNode

    from gpu_worker.sadtalker import compat

    compat.patch_upstream()
    from src.audio2exp_models.networks import SimpleWrapperV2
    from src.audio2pose_models.audio2pose import Audio2Pose
    from src.face3d.models.networks import define_net_recon
    from src.facerender.modules.generator import OcclusionAwareSPADEGenerator
    from src.facerender.modules.keypoint_detector import KPDetector
    from src.facerender.modules.mapping import MappingNet

    torch.manual_seed(0)
    with (config / "auido2pose.yaml").open() as file:
        pose = CfgNode.load_cfg(file)
    common = params["common_params"]
    parts = {
        "face_3drecon": define_net_recon("resnet50", use_last_fc=False, init_path=""),
        "audio2pose": Audio2Pose(pose, None, device="cpu"),
        "audio2exp": SimpleWrapperV2(),
        "generator": OcclusionAwareSPADEGenerator(**params["generator_params"], **common),
        "kp_extractor": KPDetector(**params["kp_detector_params"], **common),
    }
    values = {
        f"{part}.{name}": value.clone()
        for part, network in parts.items()
        for name, value in network.state_dict().items()
    }
    save_file(values, target)
    mapping = MappingNet(**params["mapping_params"])
    checkpoint = {"mapping": mapping.state_dict(), "epoch": 0}
    torch.save(checkpoint, target.with_name("mapping_00109-model.pth.tar"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), full="full" in sys.argv[3:])
