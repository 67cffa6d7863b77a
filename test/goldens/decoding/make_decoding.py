"""What transformers decodes from sequences of ids, with each tokenizer of ../tokenizer (and one with ▁ decoded by Metaspace) and each flag.

    $TRAITLAB_PYTHON test/goldens/decoding/make_decoding.py

Sequences: ids of texts cut anywhere (characters of several bytes broken), random ids, special and added tokens between others, ids of no token.
"""

import json
import random as random_module
import shutil
import sys
import tempfile
from pathlib import Path

import transformers
from transformers import AutoTokenizer

transformers.logging.set_verbosity_error()
here = Path(__file__).parent
random = random_module.Random(11)
texts = [
    "x != y and f(a , b) . c",
    "the word 'social' , he said . do n't they 've it 's ?",
    "  two  spaces   and three ",
    "naïve café – Zürich “quoted” … 東京 привет 😀👩‍👩‍👧 \ufeff\ufeffend",
    "\tline one\r\n\nline two",
    "emoji 😀 and combining e\u0301 <s> <|end|> <end> </s>",
]
added = [
    {"content": "<tool>", "special": False, "normalized": False},
    {"content": "é▁Ġ", "special": False, "normalized": False},  # its characters stand for bytes, or are not in the table at all
    {"content": "日本", "special": True, "normalized": False},
]


def sequences(tokenizer):
    size = len(tokenizer)
    out = []
    for text in texts:
        ids = tokenizer(text).input_ids
        out.append(ids)
        for _ in range(4):
            start = random.randrange(len(ids))
            out.append(ids[start : start + random.randint(1, len(ids))])
    plain = [i for i in range(size) if i not in tokenizer.added_tokens_decoder]
    special = sorted(tokenizer.added_tokens_decoder)
    for _ in range(40):
        pool = random.choice([range(size), plain, [*special, *random.sample(plain, 8)]])
        out.append([random.choice(pool) for _ in range(random.randint(1, 16))])
    out.append([0, size + 3, 1, 10**6, 2])  # ids of no token
    out.append([size + 1])
    return out


def golden(name, source, change=lambda json: None, config=None):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shutil.copytree(source, folder, dirs_exist_ok=True)
        (folder / "golden.json").unlink(missing_ok=True)
        tokenizer_json = json.loads((folder / "tokenizer.json").read_text())
        change(tokenizer_json)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json))
        settings = json.loads((folder / "tokenizer_config.json").read_text())
        settings.pop("chat_template", None)
        settings.update(config or {})
        tokens = [{"lstrip": False, "rstrip": False, "single_word": False, **token} for token in added]
        own = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in tokenizer_json["added_tokens"]}
        size = max(len(tokenizer_json["model"]["vocab"]), *[t["id"] + 1 for t in tokenizer_json["added_tokens"]])
        settings["added_tokens_decoder"] = {**own, **{str(size + i): token for i, token in enumerate(tokens)}}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        cases = []
        for ids in sequences(tokenizer):
            clean, whole = (tokenizer.decode(ids, skip_special_tokens=skip) for skip in (True, False))
            cases.append([ids, clean, whole])
        return {"source": source.name, "decoder": tokenizer_json["decoder"], "config": settings, "cases": cases}


def by_metaspace(scheme):
    def change(tokenizer_json):
        tokenizer_json["decoder"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": False}

    return change


tokenizers = here.parent / "tokenizer"
cleaned = {"clean_up_tokenization_spaces": True}
forced = {**cleaned, "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": True}
goldens = {
    "byte-level": golden("byte-level", tokenizers / "headers"),
    "byte-level, cleaned": golden("byte-level, cleaned", tokenizers / "default-system", config=cleaned),
    "byte-level, cleaned by force": golden("byte-level, forced", tokenizers / "default-system", config=forced),
    "byte fallback": golden("byte fallback", tokenizers / "no-system", config={"spaces_between_special_tokens": True}),
    "byte fallback, cleaned": golden("byte fallback, cleaned", tokenizers / "no-system", config=cleaned),
    "leading space": golden("leading space", tokenizers / "instructions"),
    "metaspace always": golden("metaspace", tokenizers / "instructions", change=by_metaspace("always")),
    "metaspace never": golden("metaspace", tokenizers / "instructions", change=by_metaspace("never")),
    "words": golden("words", tokenizers / "words"),
    "words, cleaned": golden("words, cleaned", tokenizers / "words", config=cleaned),
}
facts = {"generator": Path(sys.argv[0]).name, "transformers": transformers.__version__}
(here / "decoding.json").write_text(json.dumps({**facts, "goldens": goldens}, ensure_ascii=False, separators=(",", ":")) + "\n")
print((here / "decoding.json").stat().st_size // 1024, "KiB", {name: len(g["cases"]) for name, g in goldens.items()})
