"""Read networks in the format of ncnn.

A text file lists the layers (`kind name inputs outputs blobs key=value ...`), a binary
file holds their weights in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

_HALF = 0x01306B47
"""The tag before 16 bit weights; 0 stands before 32 bit ones."""


class UnknownLayer(ValueError):
    """The file contains a layer that Real-ESRGAN does not have."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A line of the text file."""

    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    options: dict[str, str]

    def integer(self, key: str, default: str = "0") -> int:
        return int(self.options.get(key, default))

    def numbers(self, key: str) -> list[float]:
        """Return an array option, stored as `-233KK=count,first,second`."""
        return [float(number) for number in self.options[key].split(",")[1:]]


def layers(structure: Path) -> Iterator[Layer]:
    """Yield the layers of the text file in order."""
    for line in structure.read_text("ascii").splitlines()[2:]:
        kind, name, takes, gives, *rest = line.split()
        first, last = int(takes), int(takes) + int(gives)
        options = dict(pair.split("=", 1) for pair in rest[last:])
        yield Layer(kind, name, rest[:first], rest[first:last], options)


@dataclass(slots=True)
class Weights:
    """The binary file, read in order."""

    content: bytes
    at: int = 0

    def convolution(self, layer: Layer) -> tuple[Numbers, Numbers]:
        """Read the kernel (filters x channels x side x side) and bias of a convolution."""
        filters, side = layer.integer("0"), layer.integer("1")
        half = self._tag() == _HALF
        kernel = self._read(layer.integer("6"), half=half).reshape(filters, -1, side, side)
        return kernel, self._read(filters)

    def slopes(self, layer: Layer) -> Numbers:
        """Read the slopes of a PReLU, one for each channel."""
        return self._read(layer.integer("0"))

    def end(self) -> None:
        """Raise if there are weights that no layer has read."""
        if self.at != len(self.content):
            raise UnknownLayer(f"{len(self.content) - self.at} bytes of weights are unused")

    def _read(self, count: int, *, half: bool = False) -> Numbers:
        """Read the next numbers; 16-bit ones are padded to whole words."""
        import numpy as np

        kind = np.float16 if half else np.float32
        values = np.frombuffer(self.content, kind, count, self.at)
        self.at += -(-values.nbytes // 4) * 4
        return values.astype(np.float32)

    def _tag(self) -> int:
        self.at += 4
        return int.from_bytes(self.content[self.at - 4 : self.at], "little")
