"""Runs the functions of liger-kernel forward and backward, each once, on a GPU:

    cargo triton record --launches 2 -- python3 scripts/gpu/record_liger.py [FUNCTION…]

Says of each whether it ran; what an installation can't run is no error of the recording.
"""

import os
import sys

import torch
import torch.nn.functional as F

from liger_kernel.ops import (attn_res, cross_entropy, dyt, fused_add_rms_norm, fused_ce_tvd,
                              fused_linear_cross_entropy, fused_linear_jsd, fused_linear_kl_div, fused_moe,
                              fused_neighborhood_attention, geglu, group_norm, grpo_loss, jsd, kl_div, layer_norm,
                              llama4_rope, mhc, modulated_rms_norm, multi_token_attention, poly_norm, qwen2vl_mrope,
                              relu_squared, rms_norm, rope, softmax, sparsemax, swiglu, tvd)
from liger_kernel.ops.experimental import embedding

DEVICE = os.environ.get("RECORD_LIGER_DEVICE", "cuda")
HALF = torch.bfloat16


def tensor(*shape, dtype=HALF):
    return torch.randn(*shape, device=DEVICE, dtype=dtype, requires_grad=True)


def labels(count, classes):
    return torch.randint(0, classes, (count, ), device=DEVICE)


def log_softmax(*shape):
    return F.log_softmax(torch.randn(*shape, device=DEVICE), -1).requires_grad_()


def probabilities(*shape):
    return F.softmax(torch.randn(*shape, device=DEVICE), -1).requires_grad_()


def angles(*shape):
    angle = torch.randn(*shape, device=DEVICE)
    return angle.cos().to(HALF), angle.sin().to(HALF)


def use_mhc():
    x = tensor(4, 4, 64)
    width = 4 * 4 + 2 * 4
    given = [tensor(256, width, dtype=torch.float32), tensor(width, dtype=torch.float32)]
    scales = [torch.tensor(0.5, device=DEVICE, requires_grad=True) for _ in range(3)]
    pre, post, res = mhc.LigerMHCCoeffsFunction.apply(x, *given, *scales, False, 20, 1e-6, 0.0, 1e-6, 2.0)
    out = mhc.LigerMHCPreFunction.apply(x, pre)
    return mhc.LigerMHCPostResFunction.apply(x, out, post, res)


def use_moe():
    tokens, experts, hidden, inner = 16, 4, 64, 64
    index = torch.randint(0, experts, (tokens, 2), device=DEVICE, dtype=torch.int32)
    weights = torch.rand(tokens, 2, device=DEVICE, dtype=HALF)
    return fused_moe.LigerFusedMoEFunction.apply(tensor(tokens, hidden), tensor(experts, 2 * inner, hidden),
                                                 tensor(experts, hidden, inner), index, weights)


def use_grpo():
    old, reference = (torch.randn(2, 8, device=DEVICE) for _ in range(2))
    return grpo_loss.GrpoLossFunction.apply(tensor(2, 9, 128), old, reference, labels(16, 128).view(2, 8),
                                            torch.randn(2, device=DEVICE), torch.ones(2, 8, device=DEVICE), 0.9, 0.04,
                                            0.2, 0.2, False)


def use_llama4_rope():
    turns = torch.polar(torch.ones(8, 32, device=DEVICE), torch.randn(8, 32, device=DEVICE))
    return llama4_rope.LigerLlama4RopeFunction.apply(tensor(2, 8, 4, 64), tensor(2, 8, 2, 64), turns)


FUNCTIONS = {
    "attn_res": lambda: attn_res.LigerAttnResFunction.apply(tensor(3, 8, 128), tensor(128), tensor(128), 1e-6),
    "cross_entropy": lambda: cross_entropy.LigerCrossEntropyFunction.apply(tensor(16, 512), labels(16, 512), None),
    "dyt": lambda: dyt.LigerDyTFunction.apply(tensor(8, 256), tensor(1), tensor(256), tensor(256)),
    "embedding": lambda: embedding.LigerEmbeddingFunction.apply(tensor(64, 128), labels(32, 64)),
    "fused_add_rms_norm": lambda: fused_add_rms_norm.LigerFusedAddRMSNormFunction.apply(
        tensor(8, 256), tensor(8, 256), tensor(256), 1e-6),
    "fused_ce_tvd": lambda: fused_ce_tvd.LigerFusedCETVDFunction.apply(tensor(8, 512), tensor(8, 512), labels(8, 512)),
    "fused_linear_cross_entropy": lambda: fused_linear_cross_entropy.LigerFusedLinearCrossEntropyFunction.apply(
        tensor(16, 64), tensor(512, 64), labels(16, 512)),
    "fused_linear_jsd": lambda: fused_linear_jsd.LigerFusedLinearJSDFunction.apply(
        tensor(16, 64), tensor(512, 64), tensor(16, 64), tensor(512, 64), labels(16, 512)),
    "fused_linear_kl_div": lambda: fused_linear_kl_div.LigerFusedLinearKLDivFunction.apply(
        tensor(16, 64), tensor(512, 64), probabilities(16, 512)),
    "fused_moe": use_moe,
    "fused_neighborhood_attention": lambda: fused_neighborhood_attention.LigerFusedNeighborhoodAttentionFunction.apply(
        tensor(1, 2, 32, 32), tensor(1, 2, 32, 32), tensor(1, 2, 32, 32), 7, 1, None),
    "geglu": lambda: geglu.LigerGELUMulFunction.apply(tensor(4, 16, 256), tensor(4, 16, 256)),
    "group_norm": lambda: group_norm.LigerGroupNormFunction.apply(
        tensor(2, 8, 64), tensor(8), tensor(8), 8, 4, 1e-5),
    "grpo_loss": use_grpo,
    "jsd": lambda: jsd.LigerJSDFunction.apply(log_softmax(8, 256), log_softmax(8, 256)),
    "kl_div": lambda: kl_div.LigerKLDivLossFunction.apply(log_softmax(8, 256), probabilities(8, 256)),
    "layer_norm": lambda: layer_norm.LigerLayerNormFunction.apply(tensor(8, 256), tensor(256), tensor(256), 1e-5),
    "llama4_rope": use_llama4_rope,
    "mhc": use_mhc,
    "modulated_rms_norm": lambda: modulated_rms_norm.LigerModulatedRMSNormFunction.apply(
        tensor(2, 8, 256), tensor(256), tensor(2, 256), tensor(2, 256), 1e-6),
    "multi_token_attention": lambda: multi_token_attention.LigerMultiTokenAttentionFunction.apply(
        tensor(1, 2, 32, 32, dtype=torch.float32), tensor(2, 2, 3, 3, dtype=torch.float32), None, 1, 1),
    "poly_norm": lambda: poly_norm.LigerPolyNormFunction.apply(tensor(8, 256), tensor(3), tensor(1)[0]),
    "qwen2vl_mrope": lambda: qwen2vl_mrope.LigerQwen2VLMRopeFunction.apply(
        tensor(2, 4, 8, 64), tensor(2, 2, 8, 64), *angles(3, 2, 8, 64), [8, 12, 12]),
    "relu_squared": lambda: relu_squared.LigerReLUSquaredFunction.apply(tensor(8, 256)),
    "rms_norm": lambda: rms_norm.LigerRMSNormFunction.apply(tensor(8, 256), tensor(256), 1e-6, 0.0, "llama", False),
    "rms_norm_gemma": lambda: rms_norm.LigerRMSNormFunction.apply(
        tensor(8, 200), tensor(200), 1e-6, 1.0, "gemma", False),
    "rope": lambda: rope.LigerRopeFunction.apply(tensor(2, 4, 8, 64), tensor(2, 2, 8, 64), *angles(1, 8, 64)),
    "softmax": lambda: softmax.LigerSoftmaxFunction.apply(tensor(8, 256)),
    "sparsemax": lambda: sparsemax.LigerSparsemaxFunction.apply(tensor(8, 256, dtype=torch.float32), -1),
    "swiglu": lambda: swiglu.LigerSiLUMulFunction.apply(tensor(4, 16, 256), tensor(4, 16, 256)),
    "swiglu_fused": lambda: swiglu.LigerFusedGateUpSiLUMulFunction.apply(tensor(64, 512)),
    "tvd": lambda: tvd.LigerTVDLossFunction.apply(probabilities(8, 256), probabilities(8, 256)),
}


def main():
    torch.manual_seed(0)
    failed = 0
    wanted = sys.argv[1:] or list(FUNCTIONS)
    for name in wanted:
        function = FUNCTIONS[name]
        try:
            results = function()
            results = results if isinstance(results, tuple) else (results, )
            results = [result for result in results if torch.is_tensor(result) and result.requires_grad]
            sum(result.float().sum() for result in results).backward()
            if DEVICE == "cuda":
                torch.cuda.synchronize()
        except Exception as error:
            failed += 1
            print("%s did not run: %s: %s" % (name, type(error).__name__, str(error).strip().split("\n")[0]), flush=True)
    print("%d functions ran, %d did not" % (len(wanted) - failed, failed))


if __name__ == "__main__":
    main()
