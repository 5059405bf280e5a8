"""Attention in TLX: one group of warps copies tiles of K and V, two groups multiply, each for half of the block's rows."""

import triton
import triton.language as tl
import triton.language.extra.tlx as tlx


@triton.jit
def tlx_attention(queries, keys, values, out, sums, scale, N_CTX, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
                  HEAD: tl.constexpr, STAGES: tl.constexpr):
    HALF: tl.constexpr = ROWS // 2
    BYTES: tl.constexpr = 2 * HEAD * COLUMNS
    query_tiles = tlx.local_alloc((HALF, HEAD), tlx.dtype_of(queries), 2)
    key_tiles = tlx.local_alloc((COLUMNS, HEAD), tlx.dtype_of(keys), STAGES)
    value_tiles = tlx.local_alloc((COLUMNS, HEAD), tlx.dtype_of(values), STAGES)
    queries_there = tlx.alloc_barriers(num_barriers=2)
    keys_there = tlx.alloc_barriers(num_barriers=STAGES)
    values_there = tlx.alloc_barriers(num_barriers=STAGES)
    keys_free = tlx.alloc_barriers(num_barriers=STAGES, arrive_count=2)
    values_free = tlx.alloc_barriers(num_barriers=STAGES, arrive_count=2)

    with tlx.async_tasks():
        with tlx.async_task("default"):
            first = tl.program_id(1) * N_CTX
            row = first + tl.program_id(0) * ROWS
            for half in tl.static_range(2):
                tlx.barrier_expect_bytes(queries_there[half], 2 * HALF * HEAD)
                tlx.async_descriptor_load(queries, query_tiles[half], [row + half * HALF, 0], queries_there[half])
            step = 0
            for start in tl.range(0, N_CTX, COLUMNS):
                stage = step % STAGES
                # The first round waits for nobody: a barrier counts the phase before its first as done.
                free = ((step // STAGES) & 1) ^ 1
                tlx.barrier_wait(keys_free[stage], free)
                tlx.barrier_expect_bytes(keys_there[stage], BYTES)
                tlx.async_descriptor_load(keys, key_tiles[stage], [first + start, 0], keys_there[stage])
                tlx.barrier_wait(values_free[stage], free)
                tlx.barrier_expect_bytes(values_there[stage], BYTES)
                tlx.async_descriptor_load(values, value_tiles[stage], [first + start, 0], values_there[stage])
                step += 1

        with tlx.async_task(num_warps=4, registers=232, replicate=2):
            half: tl.constexpr = tlx.async_task_replica_id()
            first = tl.program_id(1) * N_CTX
            row = tl.program_id(0) * ROWS + half * HALF
            largest = tl.full([HALF], float("-inf"), tl.float32)
            total = tl.zeros([HALF], tl.float32)
            result = tl.zeros([HALF, HEAD], tl.float32)
            factor = scale * 1.4426950408889634
            tlx.barrier_wait(queries_there[half], 0)
            step = 0
            for _ in tl.range(0, N_CTX, COLUMNS):
                stage = step % STAGES
                there = (step // STAGES) & 1
                tlx.barrier_wait(keys_there[stage], there)
                scores = tlx.async_dot(query_tiles[half], tlx.local_trans(key_tiles[stage]))
                scores = tlx.async_dot_wait(0, scores)
                tlx.barrier_arrive(keys_free[stage])
                new = tl.maximum(largest, tl.max(scores, 1) * factor)
                weights = tl.math.exp2(scores * factor - new[:, None])
                shrink = tl.math.exp2(largest - new)
                total = total * shrink + tl.sum(weights, 1)
                result = result * shrink[:, None]
                largest = new
                tlx.barrier_wait(values_there[stage], there)
                result = tlx.async_dot(weights.to(tlx.dtype_of(values)), value_tiles[stage], result)
                result = tlx.async_dot_wait(0, result)
                tlx.barrier_arrive(values_free[stage])
                step += 1
            rows = tl.arange(0, HALF)
            tl.store(sums + first + row + rows, largest + tl.math.log2(total))
            out.store([first + row, 0], (result / total[:, None]).to(tlx.dtype_of(out)))
