"""Inline figures at a third of Jupyter's cost: drawn once, and looking the same.

For each figure of a cell IPython has pyplot draw it, then has matplotlib draw it to learn how far
it reaches (``bbox_inches="tight"``), then again for the image. Here it is drawn once, on a larger
sheet, and the sheet is cropped.
"""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

MARGIN = 2.0, 0.75  # inches beside the figure, and above and below; what reaches further is cut off
PAD = 0.1  # inches of background that are left around what is drawn


def draw_once(shell: InteractiveShell) -> None:
    """Show figures as `png` draws them; to be called after ``%matplotlib inline``."""
    plt.uninstall_repl_displayhook()
    formatters = shell.display_formatter.formatters  # type: ignore[union-attr]
    formatters["image/png"].for_type(Figure, png)


def png(figure: Figure) -> bytes | None:
    """The figure as the bytes of a PNG file; None for an empty one, of which nothing is shown."""
    dpi = figure.dpi
    x, y = (int(inches * dpi) for inches in MARGIN)
    width, height = (
        int(inches * dpi) for inches in figure.get_size_inches() + 2 * np.array(MARGIN)
    )
    # Half a pixel more, which is dropped: a size just below a whole number would lose a pixel.
    sheet = Bbox.from_bounds(-x / dpi, -y / dpi, (width + 0.5) / dpi, (height + 0.5) / dpi)
    data = print_figure(figure, "rgba", bbox_inches=sheet)
    if data is None:
        return None
    pixels = np.frombuffer(data, np.uint32).reshape(height, width)
    drawn = pixels != pixels[0, 0]
    if not drawn.any():
        drawn[y:-y, x:-x] = True
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    pad = int(PAD * dpi)
    box = (columns[0] - pad, rows[0] - pad, columns[-1] + 1 + pad, rows[-1] + 1 + pad)
    image = Image.frombuffer("RGBA", (width, height), data).crop(box)
    if image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")  # opaque: without the fourth channel it is encoded faster
    file = io.BytesIO()
    # The lowest level of compression: more of it costs time and saves little.
    image.save(file, "png", compress_level=1)
    return file.getvalue()
