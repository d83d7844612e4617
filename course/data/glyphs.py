"""Letters and digits drawn with the fonts that matplotlib ships: images without a download (multiclass)."""

from functools import cache
from pathlib import Path

import numpy as np

SIZE = 16  # pixels along each side of an image
CHARACTERS = {"letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "digits": "0123456789"}
EACH = 250  # images of each character, by default
FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique",
    "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique",
    "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic",
    "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta",
    "cmr10", "cmb10", "cmss10", "cmtt10",
)  # fmt: skip
_SHEET = 40  # pixels along each side of a glyph before it is rotated and scaled
_TALL = 28  # its height there, in pixels
_FINE = 2  # sampling points along each side of a pixel


def load(seed: int = 0, n: int | None = None, kind: str = "letters") -> tuple[np.ndarray, np.ndarray]:
    """`n` drawn characters of one kind, "letters" (6500 by default) or "digits" (2500), each about equally often.

    X: uint8 (n, 16, 16, 1), white on black: 0 is the background, 255 full ink.
    y: int64 (n,), the index in CHARACTERS[kind]: 0 for A or for 0.

    Each image shows a character in one of FONTS, chosen at random. It is scaled to a fixed height, rotated by up to
    17°, slanted, stretched by up to a fifth in each direction, moved by up to two pixels, and overlaid with noise of
    standard deviation 12. The same seed gives the same images with every matplotlib that has the same fonts and the
    same version of FreeType.

    Raises ValueError for an unknown kind, or if `n` is below 1.
    """
    if kind not in CHARACTERS:
        raise ValueError(f"kind={kind!r}, but there are {' and '.join(map(repr, CHARACTERS))}.")
    characters = CHARACTERS[kind]
    n = EACH * len(characters) if n is None else n
    if n < 1:
        raise ValueError(f"n={n}, but a set has at least one image. Ask for n=1 or more.")
    rng = np.random.default_rng([seed, len(characters)])
    y = rng.permutation(np.arange(n) % len(characters))
    sheets = _sheets(kind)[rng.integers(len(FONTS), size=n), y]
    X = _read(sheets, _places(rng, n)) + rng.normal(0, 12, (n, SIZE, SIZE))
    return np.clip(np.round(X), 0, 255).astype("uint8")[..., None], y.astype("int64")


@cache
def _sheets(kind: str) -> np.ndarray:
    """float32 (fonts, characters, 40, 40): every character in every font, upright and centered, ink from 0 to 255."""
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    folder = Path(get_data_path(), "fonts", "ttf")
    found = np.zeros((len(FONTS), len(CHARACTERS[kind]), _SHEET, _SHEET), "float32")
    for font, name in enumerate(FONTS):
        face = FT2Font(str(folder / f"{name}.ttf"))
        for place, character in enumerate(CHARACTERS[kind]):
            found[font, place] = _sheet(face, character)
    return found


def _sheet(face, character: str) -> np.ndarray:
    """One glyph in the middle of its sheet, as large as 28 pixels of height and 32 of width allow."""
    size = 24.0
    for _ in range(3):  # the nominal size of a font says little about the height of its capitals
        face.set_size(size, 72)
        face.set_text(character)
        face.draw_glyphs_to_bitmap(antialiased=True)
        ink = np.asarray(face.get_image(), "float32")
        ink = ink[ink.any(axis=1)][:, ink.any(axis=0)]
        size *= min(_TALL / ink.shape[0], (_TALL + 4) / ink.shape[1])
    ink = ink[:_SHEET, :_SHEET]
    sheet = np.zeros((_SHEET, _SHEET), "float32")
    top, left = ((_SHEET - side) // 2 for side in ink.shape)
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def _places(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The positions where each image samples its sheet: rows and columns, (n, 32, 32) each, in pixels of the sheet."""
    angle, slant = rng.uniform(-0.3, 0.3, n), rng.uniform(-0.25, 0.25, n)
    tall, wide = rng.uniform(0.8, 1.2, (2, n))
    down, right = rng.uniform(-2, 2, (2, n))
    step = _SHEET / SIZE
    ticks = (np.arange(SIZE * _FINE) + 0.5) / _FINE - SIZE / 2
    v, u = ((ticks[:, None] - down[:, None, None]), (ticks[None, :] - right[:, None, None]))
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    rows = (cosine * v - sine * u) / tall[:, None, None]
    columns = (sine * v + cosine * u) / wide[:, None, None] + slant[:, None, None] * rows
    return step * rows + (_SHEET - 1) / 2, step * columns + (_SHEET - 1) / 2


def _read(sheets: np.ndarray, places: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """float (n, 16, 16): the sheets sampled at these positions by linear interpolation; black outside."""
    padded = np.pad(sheets, ((0, 0), (1, 1), (1, 1)))
    rows, columns = (np.clip(place + 1, 0, _SHEET + 0.999) for place in places)
    top, left = rows.astype(int), columns.astype(int)
    low, aside = rows - top, columns - left
    image = np.arange(len(sheets))[:, None, None]
    found = 0.0
    for row, weight in ((top, 1 - low), (top + 1, low)):
        for column, share in ((left, 1 - aside), (left + 1, aside)):
            found = found + weight * share * padded[image, row, column]
    return found.reshape(len(sheets), SIZE, _FINE, SIZE, _FINE).mean(axis=(2, 4))
