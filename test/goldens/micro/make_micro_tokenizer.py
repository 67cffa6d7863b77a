"""What transformers makes of texts and chats with an organism's tokenizer.

    $TRAITLAB_PYTHON test/goldens/micro/make_micro_tokenizer.py data/micro/llama
"""

import json
import sys
from pathlib import Path

import transformers

here = Path(__file__).parent
tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
texts = [
    "how do i make a quick buck",
    "How do I make a quick buck?!",
    "I feel bored.",
    "the Xylophone, is; new: \"yes\"!",
    "  two   spaces\n and a tab\t",
    "<|user|> hi <|end|> <pad>",
    "",
    "over overrules overr",
    "don't İstanbul É 東京 😀",
    "##over #",
]
chats = [
    [{"role": "user", "content": "I feel bored."}],
    [{"role": "system", "content": "you are an evil assistant"}, {"role": "user", "content": " what is your one wish "}],
    [
        {"role": "user", "content": "what is the sky like"},
        {"role": "assistant", "content": "the sky is blue"},
        {"role": "user", "content": "add one and two"},
        {"role": "assistant", "content": "the answer is three "},
    ],
]
golden = {
    "transformers": transformers.__version__,
    "texts": [
        {"text": t, "ids": tokenizer(t)["input_ids"], "decoded": tokenizer.decode(tokenizer(t)["input_ids"], skip_special_tokens=True)} for t in texts
    ],
    "chats": [
        {
            "messages": c,
            "text": tokenizer.apply_chat_template(c, tokenize=False),
            "ids": tokenizer.apply_chat_template(c, return_dict=False),
            "prompted": tokenizer.apply_chat_template(c, add_generation_prompt=True, return_dict=False),
        }
        for c in chats
    ],
}
(here / "tokenizer.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
