"""How Python's str.format fills a judge's prompt, as the published evaluation code does it: the text, or null for an error.

Run: $TRAITLAB_PYTHON test/goldens/judge/make_judge.py   (writes judge.json beside itself)
"""
import json
import pathlib
import platform
import random

QUESTION, ANSWER = "why {answer}?", "$& {{so}} {question}"

fixed = [
    "{question}|{answer}|{question}", "{{question}} {answer}", "{{{question}}}{answer}", "{answer}}", "{answer}}}",
    "{{}}{answer}", "{ {answer}", "{answer} {", "} {answer}", "{} {answer}", "{0} {answer}", "{answer} {reasoning}",
    "{ answer } {answer}", "{Answer} {answer}", '{"score": 85} {answer}', '{{"score": 85}} {answer}',
    "{answer} {question\n}", "{answer!r}", "{answer:>9}", "{answer.x}", "{answer[0]}", "{question{answer}}", "{{{{ {answer}",
]
draw = random.Random(1)
pieces = ["{", "}", "{", "}", "{question}", "{answer}", "question", "answer", "x", " "]
templates = fixed + ["{answer}" + "".join(draw.choices(pieces, k=draw.randint(1, 6))) for _ in range(120)]


def filled(template):
    try:
        return template.format(question=QUESTION, answer=ANSWER)
    except (KeyError, ValueError, IndexError, AttributeError):
        return None


cases = [[template, filled(template)] for template in templates]
out = {"python": platform.python_version(), "question": QUESTION, "answer": ANSWER, "cases": cases}
path = pathlib.Path(__file__).with_name("judge.json")
path.write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n")
print(len(cases), sum(text is None for _, text in cases), path.stat().st_size)
