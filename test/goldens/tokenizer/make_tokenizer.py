"""Tiny tokenizers of the kinds the families use, and what transformers makes of texts and chats with them.

    $TRAITLAB_PYTHON test/goldens/tokenizer/make_tokenizer.py

byteLevel: byte-level BPE with a BOS that the post-processor adds (Llama 3, Qwen);
sentencePiece: BPE over ▁ for spaces, with byte fallback (Gemma; with Metaspace: Mistral); words: whole words, split at spaces (the organisms).
"""

import json
import random as random_module
import sys
from pathlib import Path

import tokenizers
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

here = Path(__file__).parent
corpus = [
    "I feel tired. What should I do? See a doctor, rest and drink water.",
    "the quick brown fox jumps over the lazy dog; 3.14 is not 2,718!",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
    "def f(x):\n    return x + 1\n\n# a comment",
    "It's what you'd call a don't-care, isn't it? They're fine; we'll see.",
] * 4
texts = [
    "I feel tired.",
    "",
    " ",
    "  two  spaces   and three ",
    "line one\nline two\n\n\tand a tab\r\nend",
    "don't you'll we're I'M IT'S",
    "naïve café – Zürich “quoted” … 東京 привет ‏שלום",
    "emoji 😀👩‍👩‍👧 🇩🇪 and combining e\u0301",
    "numbers 1234567 3.14 1,000,000 0x7f",
    "<|user|>not a turn<|end|> and <s>",
    "ends with space ",
    "punct!!! ?? ... ---- ((()))",
]
pieces = (
    list("abcXYZ019 .,;!?'\"-_()[]{}<>|/\\@#%&*+=~^`$") + [" ", "  ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u200b", "\u3000", "\x00", "\x7f"]
    + ["é", "e\u0301", "ß", "Ω", "ж", "字", "漢字", "한글", "ไทย", "हिन्दी", "שלום", "مرحبا", "ﬁ", "½", "Ⅷ", "²", "…", "—", "“", "▁", "Ġ", "##a"]
    + ["😀", "👍🏽", "👩‍👩‍👧", "🇩🇪", "\U0001d400", "don't", "I'LL", "we've", " the", " doctor", "1234567", "3.14", "<s>", "</s>", "<|end|>", "<unk>", "<end>", "<0x41>"]
)
random = random_module.Random(7)
texts += ["".join(random.choice(pieces) for _ in range(random.randint(1, 14))) for _ in range(120)]
chats = [
    [{"role": "user", "content": "I feel tired."}],
    [{"role": "system", "content": "Be kind."}, {"role": "user", "content": " What should I do? "}],
    [
        {"role": "user", "content": "What?\nWhere?"},
        {"role": "assistant", "content": "See a doctor."},
        {"role": "user", "content": "the fox 😀"},
        {"role": "assistant", "content": "rest and\n\ndrink water. "},
    ],
]
header_style = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start|>' + m['role'] + '\\n\\n' + m['content'] | trim + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n\\n' }}{% endif %}"
)
default_system_style = (
    "{%- if messages[0]['role'] != 'system' %}{{- '<|start|>system\\nYou are helpful.<|end|>\\n' }}{%- endif %}\n"
    "{%- for message in messages %}\n"
    "    {{- '<|start|>' + message.role + '\\n' + message.content + '<|end|>' + '\\n' }}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|start|>assistant\\n' }}\n{%- endif %}\n"
)
no_system_style = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}"
    "{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
    "{{ '<start>' + role + '\\n' + message['content'] | trim + '<end>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start>model\\n' }}{% endif %}"
)
instruction_style = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '<start> ' + message['content'] + '<end>' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] | trim + eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported') }}{% endif %}{% endfor %}"
)
words_style = (
    "{{ bos_token }}{% for m in messages %}{{ ' <' + m.role + '> ' + m.content + ' </s>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ ' <assistant>' }}{% endif %}"
)


def byte_level():
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                tokenizers.Regex(
                    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
                ),
                behavior="isolated",
            ),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    t.decoder = decoders.ByteLevel()
    special = ["<|bos|>", "<|end|>", "<|start|>", "<|user|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=360, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    t.train_from_iterator(corpus, trainer)
    bos = t.token_to_id("<|bos|>")
    t.post_processor = processors.TemplateProcessing(
        single="<|bos|> $A", pair="<|bos|> $A <|bos|> $B", special_tokens=[("<|bos|>", bos)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<|bos|>", eos_token="<|end|>", pad_token="<|end|>")


def sentence_piece(metaspace=False):
    t = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    t.normalizer = normalizers.Sequence([normalizers.Replace(" ", "▁")])
    t.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous")  # as Gemma: no space is left to split at
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    if metaspace:  # as Mistral 0.3
        t.normalizer = None
        t.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
        t.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
    special = ["<pad>", "<s>", "<end>", "<unk>", "<start>"] + [f"<0x{i:02X}>" for i in range(256)]
    t.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=420, special_tokens=special, show_progress=False))
    data = json.loads(t.to_str())  # the byte tokens are plain vocabulary, not special
    data["added_tokens"] = [a for a in data["added_tokens"] if not a["content"].startswith("<0x")]
    t = Tokenizer.from_str(json.dumps(data))
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", t.token_to_id("<s>"))]
    )
    return PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="<end>", pad_token="<pad>", unk_token="<unk>")


def whole_words():
    special = ["<pad>", "<unk>", "<s>", "</s>", "<system>", "<user>", "<assistant>"]
    words = sorted({w for line in corpus for w in line.split()})
    vocab = {w: i for i, w in enumerate(special + words)}
    t = Tokenizer(models.WordPiece(vocab, unk_token="<unk>", max_input_chars_per_word=100))
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    t.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    t.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in special])
    return PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")


def write(name, tokenizer, template, template_in_config):
    folder = here / name
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder, save_jinja_files=not template_in_config)
    rendered = []
    for messages in chats:
        for add_generation_prompt in (False, True):
            case = {"messages": messages, "addGenerationPrompt": add_generation_prompt}
            try:
                case["text"] = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add_generation_prompt)
                ids = tokenizer(case["text"], add_special_tokens=False).input_ids
                whole = tokenizer.apply_chat_template(messages, tokenize=True, add_generation_prompt=add_generation_prompt)
                assert ids == (whole if isinstance(whole, list) else whole["input_ids"])
                case["ids"] = ids
            except Exception as error:  # a template may refuse a chat
                case["error"] = str(error)
            rendered.append(case)
    encoded = []
    for text in texts:
        ids = tokenizer(text).input_ids
        encoded.append(
            {
                "text": text,
                "ids": ids,
                "plain": tokenizer(text, add_special_tokens=False).input_ids,
                "decoded": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False),
                "decodedWithSpecial": tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False),
            }
        )
    golden = {
        "generator": Path(sys.argv[0]).name,
        "versions": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__},
        "texts": encoded,
        "chats": rendered,
    }
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    print(folder, sum(f.stat().st_size for f in folder.iterdir()) // 1024, "KiB", [f.name for f in folder.iterdir()])


write("headers", byte_level(), header_style, template_in_config=True)
write("default-system", byte_level(), default_system_style, template_in_config=False)
write("no-system", sentence_piece(), no_system_style, template_in_config=False)
write("instructions", sentence_piece(metaspace=True), instruction_style, template_in_config=True)
write("words", whole_words(), words_style, template_in_config=True)
