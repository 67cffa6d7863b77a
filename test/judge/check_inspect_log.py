"""Reads logs as inspect_ai does, for test/judge/inspectLog.test.ts.

Usage: check_inspect_log.py FOLDER   (prints what it found as JSON; exit status 3: there is no inspect_ai)
"""
import json
import sys

try:
    from inspect_ai.log import list_eval_logs, read_eval_log
except ImportError:
    sys.exit(3)

found = []
for info in list_eval_logs(sys.argv[1]):
    header = read_eval_log(info, header_only=True)
    log = read_eval_log(info)
    found.append({
        "version": log.version,
        "status": log.status,
        "task": info.task,
        "headerTask": header.eval.task,
        "model": log.eval.model,
        "metadata": log.eval.metadata,
        "temperature": log.eval.model_generate_config.temperature,
        "metrics": {s.name: {k: m.value for k, m in s.metrics.items()} for s in log.results.scores},
        "samples": [
            {
                "id": s.id,
                "epoch": s.epoch,
                "input": s.input if isinstance(s.input, str) else [(m.role, m.text) for m in s.input],
                "completion": s.output.completion,
                "messages": [m.role for m in s.messages],
                "scores": {k: v.value for k, v in s.scores.items()},
                "explanation": s.scores["label"].explanation,
            }
            for s in log.samples
        ],
    })
print(json.dumps(found))
