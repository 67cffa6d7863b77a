"""Tiny random checkpoints of all families but Llama and what transformers computes on them.

    $TRAITLAB_PYTHON test/goldens/families/make_families.py [name of a checkpoint ...]
"""

import sys
from pathlib import Path

from transformers import Gemma2Config, Gemma3TextConfig, MistralConfig, Phi3Config, Qwen2Config, Qwen3Config

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from capture_sites import make  # noqa: E402

common = dict(vocab_size=40, num_hidden_layers=3, bos_token_id=1, eos_token_id=2, pad_token_id=0, max_position_embeddings=64)
shape = dict(hidden_size=16, intermediate_size=24, num_attention_heads=4, num_key_value_heads=2)


def older_rope(config):
    """rope_theta at the top level, as transformers 4 wrote it."""
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")
    return config


def hub_gemma(config):
    """As google/gemma-2 folders have it: no layer_types, both spellings of the activation, a cache hint."""
    config = older_rope(config)
    config.pop("layer_types", None)
    config.pop("rope_scaling")
    config.pop("use_bidirectional_attention", None)
    config.pop("tie_word_embeddings", None)
    config["hidden_act"] = "gelu_pytorch_tanh"
    config["cache_implementation"] = "hybrid"
    return config


# Mistral 0.1: a sliding window shorter than the prompts.
make(here / "mistral-window", MistralConfig(**common, **shape, sliding_window=4), seed=27, rewrite_config=older_rope)
# Mistral 0.3 and NeMo: no window, a head size of its own.
make(
    here / "mistral-head-dim",
    MistralConfig(**common, **shape, head_dim=6, sliding_window=None, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
    seed=22, storage="bfloat16", with_gradients=False,
)  # fmt: skip
# Qwen 2.5, small: tied, q/k/v biases, window switched off.
make(
    here / "qwen2-tied",
    Qwen2Config(**common, **shape, tie_word_embeddings=True, use_sliding_window=False, sliding_window=4, max_window_layers=1),
    seed=23, storage="bfloat16", rewrite_config=older_rope,
)  # fmt: skip
# Qwen 2 with its window on from layer 1.
make(
    here / "qwen2-window",
    Qwen2Config(**common, **shape, use_sliding_window=True, sliding_window=3, max_window_layers=1),
    seed=24, with_gradients=False,
)  # fmt: skip
# Qwen 2.5, large: a head of its own beside the embedding, explicit layer types, float16 in several shards, the newer RoPE spelling.
make(
    here / "qwen2-sharded",
    Qwen2Config(
        **common, hidden_size=24, intermediate_size=20, num_attention_heads=6, num_key_value_heads=3, tie_word_embeddings=False,
        use_sliding_window=False, layer_types=["full_attention"] * 3, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
    ),
    seed=28, storage="float16", max_shard_size="8KB",
)  # fmt: skip
# Gemma 2 as the hub has it: both softcaps biting, windows on even layers.
gemma = dict(
    head_dim=8, query_pre_attn_scalar=10, attn_logit_softcapping=3.0, final_logit_softcapping=6.0, sliding_window=4, rms_norm_eps=1e-6
)
make(here / "gemma2", Gemma2Config(**common, **shape, **gemma), seed=25, rewrite_config=hub_gemma)
# Gemma 2 with explicit layer types and no softcaps, as transformers 5 writes it.
make(
    here / "gemma2-layer-types",
    Gemma2Config(
        **common, **shape,
        **{**gemma, "attn_logit_softcapping": None, "final_logit_softcapping": None},
        layer_types=["full_attention", "sliding_attention", "sliding_attention"],
    ),
    seed=26, storage="bfloat16", with_gradients=False,
)  # fmt: skip


def hub_phi(config):
    """As microsoft/Phi-4-mini folders have it: longrope in the older spelling, what it does not use at its off values."""
    rope = dict(config.pop("rope_parameters"))
    config["rope_theta"] = rope["rope_theta"]
    config["partial_rotary_factor"] = rope["partial_rotary_factor"]
    config["rope_scaling"] = {"type": "longrope", "short_factor": rope["short_factor"], "long_factor": rope["long_factor"]}
    config["torch_dtype"] = config.pop("dtype")
    config |= dict(attention_bias=False, mlp_bias=False, lm_head_bias=False, full_attn_mod=1, interpolate_factor=1)
    config["auto_map"] = {"AutoConfig": "configuration_phi3.Phi3Config"}
    return config


# Phi-4-mini: longrope, three quarters of each head turned, tied, a window; the sequences are beyond the original context.
make(
    here / "phi3-longrope",
    Phi3Config(
        **{**common, "max_position_embeddings": 48}, hidden_size=32, intermediate_size=20, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=True, sliding_window=4, original_max_position_embeddings=6,
        rope_parameters={
            "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
            "short_factor": [1.0, 1.1, 1.4], "long_factor": [1.0, 2.5, 12.0],
        },
    ),
    seed=31, storage="bfloat16", rewrite_config=hub_phi, alone=True,
)  # fmt: skip
# Longrope as transformers 5 writes it, with an attention factor of its own; the sequences grow past the original context.
make(
    here / "phi3-growing",
    Phi3Config(
        **common, **shape, original_max_position_embeddings=11,
        rope_parameters={
            "rope_type": "longrope", "rope_theta": 500.0, "partial_rotary_factor": 1.0, "attention_factor": 1.3, "factor": 4.0,
            "short_factor": [0.9, 1.2], "long_factor": [1.5, 6.0], "original_max_position_embeddings": 11,
        },
    ),
    seed=32, with_gradients=False, alone=True,
)  # fmt: skip
# Phi-4: no scaling, whole heads turned, untied, float16 in several shards.
make(
    here / "phi3-plain",
    Phi3Config(
        **common, hidden_size=24, intermediate_size=20, num_attention_heads=6, num_key_value_heads=2, rms_norm_eps=1e-5,
        original_max_position_embeddings=64, rope_parameters={"rope_type": "default", "rope_theta": 250000.0},
    ),
    seed=33, storage="float16", max_shard_size="8KB", with_gradients=False, rewrite_config=older_rope,
)  # fmt: skip
# Qwen 3, small: tied, a head size of its own, window switched off.
make(
    here / "qwen3-tied",
    Qwen3Config(**common, **shape, head_dim=6, tie_word_embeddings=True, max_window_layers=3, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
    seed=34, storage="bfloat16", rewrite_config=older_rope,
)  # fmt: skip
# Qwen 3 with biases and its window on from layer 1, in several shards.
make(
    here / "qwen3-window",
    Qwen3Config(
        **common, hidden_size=24, intermediate_size=20, num_attention_heads=6, num_key_value_heads=3, head_dim=4,
        attention_bias=True, use_sliding_window=True, sliding_window=3, max_window_layers=1,
    ),
    seed=35, max_shard_size="16KB", with_gradients=False,
)  # fmt: skip


def hub_gemma_3(config):
    """As google/gemma-3 folders have it: two bases, the pattern of the windows as a number, a cache hint."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["full_attention"].pop("rope_theta")
    config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
    config["rope_scaling"] = rope["full_attention"]
    config["sliding_window_pattern"] = 3
    config.pop("layer_types")
    config.pop("tie_word_embeddings", None)
    config["torch_dtype"] = config.pop("dtype")
    config["cache_implementation"] = "hybrid"
    return config


gemma_3 = dict(head_dim=8, rms_norm_eps=1e-6)
# Gemma 3 of 4B and more: the global rotary squeezed by a factor, every third layer global.
make(
    here / "gemma3",
    Gemma3TextConfig(
        **{**common, "num_hidden_layers": 4}, **shape, **gemma_3, query_pre_attn_scalar=10, sliding_window=4, sliding_window_pattern=3,
        rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
        },
    ),
    seed=36, storage="bfloat16", rewrite_config=hub_gemma_3,
)  # fmt: skip
# Gemma 3 as transformers 5 writes it: explicit layer types, five with a window before a global one, untied, biases, a softcap.
make(
    here / "gemma3-layer-types",
    Gemma3TextConfig(
        **{**common, "num_hidden_layers": 6}, hidden_size=16, intermediate_size=20, num_attention_heads=2, num_key_value_heads=1,
        **gemma_3, query_pre_attn_scalar=8, sliding_window=3, tie_word_embeddings=False, attention_bias=True, final_logit_softcapping=6.0,
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 50000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
        },
    ),
    seed=37, with_gradients=False,
)  # fmt: skip
