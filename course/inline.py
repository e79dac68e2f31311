"""Inline figures at a third of Jupyter's cost: drawn once, and looking the same.

For each figure of a cell IPython has pyplot draw it, then has matplotlib draw it to learn how far
it reaches (``bbox_inches="tight"``), then again for the image. Here it is drawn once, on a larger
sheet, and the sheet is cropped.
"""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image, ImageChops

MARGIN = 2.0  # inches on each side of the figure; what reaches further is cut off
PAD = 0.1  # inches of background that are left around what is drawn


def draw_once(shell: InteractiveShell) -> None:
    """Show figures as `png` draws them; to be called after ``%matplotlib inline``."""
    plt.uninstall_repl_displayhook()
    formatters = shell.display_formatter.formatters  # type: ignore[union-attr]
    formatters["image/png"].for_type(Figure, png)


def png(figure: Figure) -> bytes | None:
    """The figure as the bytes of a PNG file; None for an empty one, of which nothing is shown."""
    dpi = figure.dpi
    margin = int(MARGIN * dpi)
    width, height = (int(inches * dpi) + 2 * margin for inches in figure.get_size_inches())
    # Half a pixel more, which is dropped: a size just below a whole number would lose a pixel.
    sheet = Bbox.from_bounds(
        -margin / dpi, -margin / dpi, (width + 0.5) / dpi, (height + 0.5) / dpi
    )
    pixels = print_figure(figure, "rgba", bbox_inches=sheet)
    if pixels is None:
        return None
    image = Image.frombuffer("RGBA", (width, height), pixels)
    background = Image.new("RGBA", image.size, image.getpixel((0, 0)))
    drawn = ImageChops.difference(image, background).getbbox(alpha_only=False)
    left, top, right, bottom = drawn or (margin, margin, width - margin, height - margin)
    pad = int(PAD * dpi)
    file = io.BytesIO()
    # The lowest level of compression: more of it costs time and saves little.
    image.crop((left - pad, top - pad, right + pad, bottom + pad)).save(
        file, "png", compress_level=1
    )
    return file.getvalue()
