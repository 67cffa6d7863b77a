"""Which tokens of a chat belong to an answer: transformers' masks for templates with {% generation %}.

    $TRAITLAB_PYTHON test/goldens/tokenizer/make_answers.py   (after make_tokenizer.py, whose tokenizers it takes)

Every template is written twice, without marks (`plain`) and with them (`marked`); both render the same text.
"""

import json
import sys
from pathlib import Path

import transformers
from transformers import PreTrainedTokenizerFast

here = Path(__file__).parent


def marked(template):
    """«…» stands around what is an answer."""
    return template.replace("«", "{% generation %}").replace("»", "{% endgeneration %}")


def plain(template):
    return template.replace("«", "").replace("»", "")


chatml = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|start|>system\\nYou are helpful.<|end|>\\n' }}{% endif %}"
    "{% for m in messages %}{{ '<|start|>' + m['role'] + '\\n' }}"
    "{% if m['role'] == 'assistant' %}«{{ m['content'] + '<|end|>\\n' }}»{% else %}{{ m['content'] + '<|end|>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}"
)
llama = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start|>' + m['role'] + '\\n\\n' }}"
    "{% if m['role'] == 'assistant' %}«{{ m['content'] | trim + '<|end|>' }}»{% else %}{{ m['content'] | trim + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n\\n' }}{% endif %}"
)
# thoughts are written in answers after the last question only, and as an empty block in the last one where there are none
thoughts = (
    "{%- set ns = namespace(last=-1) %}\n"
    "{%- for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}\n"
    "{%- for m in messages %}\n"
    "    {%- if m.role == 'assistant' %}\n"
    "        {%- set content = m.content %}\n"
    "        {%- set thought = '' %}\n"
    "        {%- if '</think>' in content %}\n"
    "            {%- set thought = content.split('</think>')[0].split('<think>')[-1].strip('\\n') %}\n"
    "            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
    "        {%- endif %}\n"
    "        {{- '<|start|>assistant\\n' }}«\n"
    "        {%- if loop.index0 > ns.last and (loop.last or thought) %}\n"
    "            {{- '<think>\\n' + thought + '\\n</think>\\n\\n' + content.lstrip('\\n') }}\n"
    "        {%- else %}\n"
    "            {{- content }}\n"
    "        {%- endif %}\n"
    "        {{- '<|end|>\\n' }}»\n"
    "    {%- else %}\n"
    "        {{- '<|start|>' + m.role + '\\n' + m.content + '<|end|>\\n' }}\n"
    "    {%- endif %}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|start|>assistant\\n' }}\n{%- endif %}\n"
)
# nothing but text between the turns
words_only = (
    "{% for m in messages %}{% if not loop.first %}{{ '\\n' }}{% endif %}"
    "{% if m['role'] == 'assistant' %}{{ 'Answer: ' }}«{{ m['content'] }}»{% else %}{{ 'Question: ' + m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\\nAnswer: ' }}{% endif %}"
)
gemma = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{{ '<start>' + ('model' if m['role'] == 'assistant' else m['role']) + '\\n' }}"
    "{% if m['role'] == 'assistant' %}«{{ m['content'] | trim + '<end>\\n' }}»{% else %}{{ m['content'] | trim + '<end>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start>model\\n' }}{% endif %}"
)
# the system prompt stands in the last question; no generation prompt
mistral = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}{% else %}{% set turns = messages %}{% endif %}"
    "{{ bos_token }}{% for m in turns %}{% if m['role'] == 'user' %}{{ '<start>' }}"
    "{% if system is defined and m == (turns | selectattr('role', 'equalto', 'user') | list)[-1] %}{{ system + '\\n\\n' }}{% endif %}{{ m['content'] + '<end>' }}"
    "{% else %}«{{ ' ' + m['content'] + eos_token }}»{% endif %}{% endfor %}"
)
words = (
    "{{ bos_token }}{% for m in messages %}{{ ' <' + m.role + '> ' }}"
    "{% if m.role == 'assistant' %}«{{ m.content + ' </s>' }}»{% else %}{{ m.content + ' </s>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ ' <assistant>' }}{% endif %}"
)
# marks that leave the end of the turn out, with white space around the tags
narrow = (
    "{% for m in messages %}\n"
    "    {{- '<|start|>' + m.role + '\\n' }}\n"
    "    {% if m.role == 'assistant' %}\n"
    "        {%- generation -%}\n"
    "            {{ m.content }}\n"
    "        {%- endgeneration %}\n"
    "    {% else %}\n"
    "        {{- m.content }}\n"
    "    {%- endif -%}\n"
    "    {{ '<|end|>\\n' -}}\n"
    "{% endfor %}\n"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}\n"
)
templates = [
    ("chatml", "default-system", plain(chatml), marked(chatml)),
    ("llama", "headers", plain(llama), marked(llama)),
    ("thoughts", "default-system", plain(thoughts), marked(thoughts)),
    ("words-only", "default-system", plain(words_only), marked(words_only)),
    ("words-only-sp", "no-system", plain(words_only), marked(words_only)),
    ("gemma", "no-system", plain(gemma), marked(gemma)),
    ("mistral", "instructions", plain(mistral), marked(mistral)),
    ("words", "words", plain(words), marked(words)),
    ("narrow", "default-system", None, narrow),
]


def chat(*contents, first="user"):
    roles = ["user", "assistant"] if first == "user" else ["assistant", "user"]
    return [{"role": roles[i % 2], "content": content} for i, content in enumerate(contents)]


system = {"role": "system", "content": "Be kind."}
chats = [
    chat("What should I do?", "See a doctor."),
    chat("Read it.", "\nimport io\nopen(1)"),
    chat("Read it.", "\n\n\n  x"),
    chat("Hi", " two  spaces "),
    chat("Hi", ""),
    chat("Hi", "\t", "And?", "the fox\n"),
    chat("the fox 😀", "😀 rest 👩‍👩‍👧\n", "naïve?", "e\u0301a drink"),
    chat("Hi e", "\u0301accent first"),
    chat("a", "b", "c", "d", "e", "f"),
    chat("e\u0301e\u0301e\u0301 fine", "e\u0301", "u\u0308e\u0301", "x\n", "n\u0303", "dog"),
    [system, *chat("What?\n", "\nSee a doctor.\n\n", "I feel tired.", " rest")],
    chat("I feel tired.", "What?", "\nrest", "the dog", first="assistant"),
    [*chat("Hi", "one"), {"role": "assistant", "content": "\ntwo"}],
    chat("Hi", "<think>\nso\n</think>\n\nyes", "And?", "<think>\n\nno\n</think>\n\n\nwell"),
    chat("Hi", "<|end|> inside", "x <end> y", "</s><s>"),
]
cases = []
for name, folder, plain_template, marked_template in templates:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(here / folder)
    rows = []
    for messages in chats:
        try:
            out = tokenizer.apply_chat_template(
                messages, chat_template=marked_template, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
            )
        except Exception as error:
            rows.append({"error": str(error)})
            continue
        if plain_template is not None:
            assert out["input_ids"] == tokenizer.apply_chat_template(messages, chat_template=plain_template, tokenize=True)["input_ids"]
        rows.append({"ids": out["input_ids"], "mask": "".join(map(str, out["assistant_masks"]))})
    cases.append({"name": name, "tokenizer": folder, "plain": plain_template, "marked": marked_template, "answers": rows})
golden = {
    "generator": Path(sys.argv[0]).name,
    "versions": {"transformers": transformers.__version__},
    "chats": chats,
    "cases": cases,
}
(here / "answers.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
print((here / "answers.json").stat().st_size // 1024, "KiB")
for case in cases:
    print(case["name"], sum("1" in row.get("mask", "") for row in case["answers"]), "with answers,", [r["error"] for r in case["answers"] if "error" in r])
