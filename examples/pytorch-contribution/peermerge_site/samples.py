"""A site's samples as the backbone takes them: a folder class/image, or a table of texts (CSV, JSON lines)."""
import csv
import json
from pathlib import Path

import numpy
import torch

EXTENSIONS = {'.jpg', '.jpeg', '.png', '.webp', '.bmp', '.gif'}


def load_images(folder, backbone, classes, side):
    """pixels (n, 3, side, side), upright, square, normalised as the backbone's preprocessor_config.json says; labels (n)."""
    from PIL import Image, ImageOps
    config = json.loads(Path(backbone, 'preprocessor_config.json').read_text())
    mean, std = (numpy.array(config.get(key, [0.5] * 3), dtype=numpy.float32) for key in ('image_mean', 'image_std'))
    pixels, labels = [], []
    for path in sorted(path for path in Path(folder).glob('*/*') if path.suffix.lower() in EXTENSIONS):
        image = ImageOps.exif_transpose(Image.open(path)).convert('RGB').resize((side, side), Image.Resampling.BICUBIC)
        levels = numpy.asarray(image, dtype=numpy.float32) * config.get('rescale_factor', 1 / 255)
        pixels.append(((levels - mean) / std).transpose(2, 0, 1))
        labels.append(_row(classes, path.parent.name, path))
    return {'pixel_values': torch.from_numpy(numpy.stack(pixels))}, torch.tensor(labels)


def load_texts(table, backbone, classes, max_tokens, text='text', label='label'):
    """input_ids and attention_mask (n, length); filling follows the tokens."""
    from transformers import AutoTokenizer
    with open(table, newline='', encoding='utf-8-sig') as file:
        rows = [json.loads(line) for line in file] if str(table).endswith('l') else list(csv.DictReader(file))
    labels = [_row(classes, row[label], table) for row in rows]
    tokenizer = AutoTokenizer.from_pretrained(backbone, padding_side='right')
    return dict(tokenizer([row[text] for row in rows], padding=True, truncation=True, max_length=max_tokens, return_tensors='pt')), torch.tensor(labels)


def _row(classes, name, where):
    if name not in classes:
        raise SystemExit(f'{where}: class {name!r} is none of the charter: {", ".join(classes)}')
    return classes.index(name)
