"""Tokens that lie scattered over the files of a tokenizer, and what AutoTokenizer makes of them: ids, flags, encodings, decodings.

    $TRAITLAB_PYTHON test/goldens/tokens/make_tokens.py

Each case changes the files of ../tokenizer/default-system. Where a file gives a token another id than AutoTokenizer, `contradicts` names that file:
those are to be refused.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import transformers
from transformers import AutoTokenizer

transformers.logging.set_verbosity_error()
here = Path(__file__).parent
source = here.parent / "tokenizer" / "default-system"
base = json.loads((source / "tokenizer.json").read_text())
size = len(base["model"]["vocab"])
ids = {token["content"]: token["id"] for token in base["added_tokens"]}
texts = ["<|im_start|>user\nhi <|im_end|> there<|end|> ", "<x>a <|bos|>the quick<y> fox", "See <m>  a doctor<|tool|>, rest"]


def token(content, **more):
    flags = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    return {"content": content, **flags, **more}


own = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in base["added_tokens"]}
im = {str(size): token("<|im_start|>"), str(size + 1): token("<|im_end|>")}
cases = {
    # only tokenizer_config.json names them
    "decoder": {"config": {"added_tokens_decoder": {**own, **im}, "eos_token": "<|im_end|>"}},
    "decoder, plain and stripping": {
        "config": {"added_tokens_decoder": {**own, str(size): token("<x>", special=False, rstrip=True), str(size + 1): token("<y>", lstrip=True)}}
    },
    "decoder changes flags": {"config": {"added_tokens_decoder": {**own, str(ids["<|end|>"]): token("<|end|>", lstrip=True, special=False)}, "eos_token": None, "pad_token": None}},
    "decoder of a named token": {"config": {"added_tokens_decoder": {**own, str(ids["<|end|>"]): token("<|end|>", lstrip=True, special=False)}}},
    "decoder of a word": {"config": {"added_tokens_decoder": {**own, "100": token(next(t for t, i in base["model"]["vocab"].items() if i == 100))}}},
    "decoder with a hole": {"config": {"added_tokens_decoder": {**own, str(size): token("<x>"), str(size + 4): token("<y>")}}},
    "decoder the other way round": {"config": {"added_tokens_decoder": {**own, str(ids["<|end|>"]): token("<|start|>"), str(ids["<|start|>"]): token("<|end|>")}}},
    # added_tokens.json
    "legacy": {"added": {"<|im_start|>": size, "<|im_end|>": size + 1}, "config": {"eos_token": "<|im_end|>"}},
    "legacy, out of order": {"added": {"<|im_end|>": size + 1, "<x>": size}, "config": {"extra_special_tokens": ["<x>"]}},
    "legacy that agrees": {"added": {"<|end|>": ids["<|end|>"]}},
    "legacy that does not": {"added": {"<|end|>": size}},
    "legacy beside a decoder": {"added": {"<y>": size}, "config": {"added_tokens_decoder": {**own, str(size): token("<x>")}}},
    # special_tokens_map.json
    "map over config": {"map": {"eos_token": "<|start|>", "pad_token": "<|user|>"}},
    "map with new ones": {"map": {"eos_token": {**token("<m>", rstrip=True, lstrip=True)}, "additional_special_tokens": ["<x>", "<|tool|>"]}},
    "map beside a decoder": {"map": {"eos_token": "<|start|>", "unk_token": "<|user|>"}, "config": {"added_tokens_decoder": own}},
    "map alone": {"map": {"bos_token": "<|bos|>", "eos_token": "<|end|>"}, "config": {"eos_token": None, "bos_token": None, "pad_token": None}},
    # extra tokens
    "extra": {"config": {"extra_special_tokens": ["<x>", "<y>"], "unk_token": "<m>"}},
    "additional": {"config": {"additional_special_tokens": ["<x>", "<|end|>", "<y>"]}},
    "additional beside extra": {"config": {"additional_special_tokens": ["<x>"], "extra_special_tokens": ["<y>"]}},
    "named by a model": {"config": {"tool_token": "<|tool|>", "extra_special_tokens": {"x_token": "<x>"}}},
    "eos of the vocabulary": {"config": {"eos_token": "the"}},
    "eos with flags": {"config": {"eos_token": {"__type": "AddedToken", **token("<m>", lstrip=True)}}},
    # tokenizer.json itself
    "json with a hole": {"tokens": [{"id": size + 7, **token("<x>")}]},
    "json of a word": {"tokens": [{"id": 3, **token("the")}]},
}


def run(case):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shutil.copy(source / "tokenizer.json", folder)
        tokenizer_json = {**base, "added_tokens": [*base["added_tokens"], *case.get("tokens", [])]}
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json))
        config = {**json.loads((source / "tokenizer_config.json").read_text()), **case.get("config", {})}
        config = {key: value for key, value in config.items() if value is not None}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        for key, name in (("added", "added_tokens.json"), ("map", "special_tokens_map.json")):
            if key in case:
                (folder / name).write_text(json.dumps(case[key]))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        vocabulary = tokenizer.get_vocab()
        files = {"tokenizer.json": {t["content"]: t["id"] for t in tokenizer_json["added_tokens"]}}
        decoder = {t["content"]: int(i) for i, t in config.get("added_tokens_decoder", {}).items()}
        files["tokenizer_config.json"] = decoder
        files["added_tokens.json"] = case.get("added", {})
        wrong = [name for name, said in files.items() if any(vocabulary.get(t) != i for t, i in said.items())]
        encoded = [tokenizer(text).input_ids for text in texts]
        return {
            "config": config,
            "contradicts": wrong,
            "ids": {key[:-6]: getattr(tokenizer, f"{key}_id") for key in ("bos_token", "eos_token", "pad_token", "unk_token")},
            "added": {t.content: i for i, t in tokenizer.added_tokens_decoder.items()},
            "encoded": encoded,
            "decoded": [tokenizer.decode(one, skip_special_tokens=True) for one in encoded],
            **{key: case[key] for key in ("added", "map", "tokens") if key in case and key != "added"},
            **({"addedFile": case["added"]} if "added" in case else {}),
        }


out = {name: run(case) for name, case in cases.items()}
facts = {"generator": Path(sys.argv[0]).name, "transformers": transformers.__version__}
text = json.dumps({**facts, "texts": texts, "cases": out}, ensure_ascii=False, separators=(",", ":"))
(here / "tokens.json").write_text(text + "\n")
print(len(text) // 1024, "KiB", {name: (case["contradicts"], case["ids"]["eos"]) for name, case in out.items()})
