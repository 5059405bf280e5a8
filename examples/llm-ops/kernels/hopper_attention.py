"""Attention for GPUs of the Hopper generation, in Gluon: warps with different work in one program.

One warp loads; two or three groups of four warps have 64 queries each. While one group has the tensor cores, another one
computes its weights, and each group starts the next product of queries and keys before it needs the last one of weights
and values, as in "FlashAttention-3" (Shah and others, 2024, arXiv:2407.08608).
"""

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared, mbarrier, tma, warpgroup_mma, warpgroup_mma_wait)

# Queries of a group of warps: what its tensor cores take at once.
ROWS = gl.constexpr(64)


@gluon.jit
def item(number, tiles, heads, BAND: gl.constexpr, CAUSAL: gl.constexpr):
    """The tile of queries and the head (of all sequences) of a piece of work.

    Without a mask, tile by tile: neighbours share keys and values in the L2 cache. With one, tiles differ in length: of
    BAND heads the longest first, and programs take theirs now from the left and now from the right, so that all end
    at about the same time.
    """
    if not CAUSAL:
        return number % tiles, number // tiles
    programs = gl.num_programs(0)
    start = number // programs * programs
    place = number - start
    if number // programs % 2 == 1:
        place = gl.minimum(tiles * heads - start, programs) - 1 - place
    band = (start + place) // (tiles * BAND)
    rest = (start + place) % (tiles * BAND)
    width = gl.minimum(heads - band * BAND, BAND)
    return tiles - 1 - rest // width, band * BAND + rest % width


@gluon.jit
def end_of_keys(first, length, TILE_M: gl.constexpr, CAUSAL: gl.constexpr):
    """The first key that no query of the tile sees."""
    if CAUSAL:
        return gl.minimum(first + TILE_M, length)
    return length


@gluon.jit
def flat(tile):
    """A block of the descriptors, which have four dimensions, as a matrix."""
    return tile.reshape((tile.shape[2], tile.shape[3]))


@gluon.jit
def load(
    q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length,
    HEAD: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr, BAND: gl.constexpr,
    CAUSAL: gl.constexpr,
):
    """The warp that loads: the queries of a piece of work, then its keys and values from the last to the first."""
    TILE_M: gl.constexpr = GROUPS * ROWS
    tiles = gl.cdiv(length, TILE_M)
    step = 0
    turn = 0
    for number in range(gl.program_id(0), tiles * all_heads, gl.num_programs(0)):
        tile, which = item(number, tiles, all_heads, BAND, CAUSAL)
        sequence = which // heads
        head = which % heads
        first = tile * TILE_M
        count = gl.cdiv(end_of_keys(first, length, TILE_M, CAUSAL), TILE_N)
        for group in gl.static_range(GROUPS):
            mbarrier.wait(q_empty.index(group), (turn & 1) ^ 1)
            mbarrier.expect(q_full.index(group), ROWS * HEAD * 2)
            place = [sequence, head, first + group * ROWS, 0]
            tma.async_copy_global_to_shared(q_map, place, q_full.index(group), q.index(group))
        turn += 1
        for index in range(count):
            place = [sequence, head, (count - 1 - index) * TILE_N, 0]
            slot = step % STAGES
            phase = (step // STAGES) & 1
            mbarrier.wait(k_empty.index(slot), phase ^ 1)
            mbarrier.expect(k_full.index(slot), TILE_N * HEAD * 2)
            tma.async_copy_global_to_shared(k_map, place, k_full.index(slot), k.index(slot))
            mbarrier.wait(v_empty.index(slot), phase ^ 1)
            mbarrier.expect(v_full.index(slot), TILE_N * HEAD * 2)
            tma.async_copy_global_to_shared(v_map, place, v_full.index(slot), v.index(slot))
            step += 1


@gluon.jit
def named_barrier(instruction: gl.constexpr):
    """A barrier of the hardware between two groups of warps, which Gluon has no name for."""
    threads: gl.constexpr = gl.BlockedLayout([1], [32], [4], [0])
    zero = gl.full([128], 0, gl.int32, threads)
    gl.inline_asm_elementwise(instruction, "=r,r", [zero], dtype=gl.int32, is_pure=False, pack=1)


@gluon.jit
def await_turn(GROUP: gl.constexpr):
    """Waits until the group before this one has started its products: groups take the tensor cores in turn."""
    if GROUP == 0:
        named_barrier("bar.sync 8, 256; mov.b32 $0, $1;")
    elif GROUP == 1:
        named_barrier("bar.sync 9, 256; mov.b32 $0, $1;")
    else:
        named_barrier("bar.sync 10, 256; mov.b32 $0, $1;")


@gluon.jit
def give_turn(GROUP: gl.constexpr):
    """It is this group's turn."""
    if GROUP == 0:
        named_barrier("bar.arrive 8, 256; mov.b32 $0, $1;")
    elif GROUP == 1:
        named_barrier("bar.arrive 9, 256; mov.b32 $0, $1;")
    else:
        named_barrier("bar.arrive 10, 256; mov.b32 $0, $1;")


@gluon.jit
def weigh(
    score, peak, total, scale, start, row, length,
    MASK: gl.constexpr, CAUSAL: gl.constexpr, TILE_N: gl.constexpr, scores: gl.constexpr,
):
    """The weights of a tile of keys, the new peak and total, and what earlier results shrink by."""
    if MASK:
        key = start + gl.arange(0, TILE_N, gl.SliceLayout(0, scores))
        seen = (key < length)[None, :]
        if CAUSAL:
            seen = seen & (key[None, :] <= row[:, None])
        score = gl.where(seen, score, float("-inf"))
    new_peak = gl.maximum(peak, gl.max(score, axis=1) * scale)
    shrink = gl.exp2(peak - new_peak)
    weight = gl.exp2(score * scale - new_peak[:, None])
    return weight, new_peak, total * shrink + gl.sum(weight, axis=1), shrink


@gluon.jit
def keys_from_to(
    begin, end, count, acc, p, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length, scale,
    MASK: gl.constexpr, GROUP: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    CAUSAL: gl.constexpr, element: gl.constexpr, scores: gl.constexpr, result: gl.constexpr, operand: gl.constexpr,
):
    """Takes in the tiles of keys from `begin` to `end` of `count`, the last keys first, each with the values before."""
    for index in range(begin, end):
        before = step % STAGES
        phase_before = (step // STAGES) & 1
        step += 1
        slot = step % STAGES
        mbarrier.wait(k_full.index(slot), (step // STAGES) & 1)
        await_turn(GROUP)
        score = warpgroup_mma(query, flat(k.index(slot)).permute((1, 0)), zero, use_acc=False, is_async=True)
        mbarrier.wait(v_full.index(before), phase_before)
        acc = warpgroup_mma(p, flat(v.index(before)), acc, is_async=True)
        give_turn((GROUP + 1) % GROUPS)
        score = warpgroup_mma_wait(1, [score])
        mbarrier.arrive(k_empty.index(slot), count=1)
        weight, peak, total, shrink = weigh(
            score, peak, total, scale, (count - 1 - index) * TILE_N, row, length, MASK, CAUSAL, TILE_N, scores)
        acc, p = warpgroup_mma_wait(0, [acc, p])
        mbarrier.arrive(v_empty.index(before), count=1)
        acc = acc * gl.convert_layout(shrink, gl.SliceLayout(1, result))[:, None]
        p = gl.convert_layout(weight.to(element), operand)
    return acc, p, peak, total, step


@gluon.jit
def attend(
    out, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length,
    out_batch, out_head, out_token, scale,
    GROUP: gl.constexpr, HEAD: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    BAND: gl.constexpr, CAUSAL: gl.constexpr,
):
    """A group of four warps, with 64 queries of each piece of work."""
    TILE_M: gl.constexpr = GROUPS * ROWS
    scores: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, TILE_N, 16])
    result: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, HEAD, 16])
    operand: gl.constexpr = gl.DotOperandLayout(0, result, 2)
    each_row: gl.constexpr = gl.SliceLayout(1, scores)
    element: gl.constexpr = out.dtype.element_ty
    # exp(x) is computed as exp2(x * log2(e)), which is what the GPU has.
    scale = scale * 1.4426950408889634
    tiles = gl.cdiv(length, TILE_M)
    step = 0
    turn = 0
    if GROUP == GROUPS - 1:
        give_turn(0)
    for number in range(gl.program_id(0), tiles * all_heads, gl.num_programs(0)):
        tile, which = item(number, tiles, all_heads, BAND, CAUSAL)
        first = tile * TILE_M
        count = gl.cdiv(end_of_keys(first, length, TILE_M, CAUSAL), TILE_N)
        row = first + GROUP * ROWS + gl.arange(0, ROWS, each_row)
        # Below every score but those that are masked.
        peak = gl.full([ROWS], -1e30, gl.float32, each_row)
        total = gl.full([ROWS], 0.0, gl.float32, each_row)
        acc = gl.zeros([ROWS, HEAD], gl.float32, result)
        zero = gl.zeros([ROWS, TILE_N], gl.float32, scores)
        mbarrier.wait(q_full.index(GROUP), turn & 1)
        query = flat(q.index(GROUP))

        edge = 1
        if CAUSAL and TILE_N % TILE_M != 0:
            # Some tiles of keys are for later groups alone.
            mine = gl.minimum((first + GROUP * ROWS + ROWS - 1) // TILE_N + 1, count)
            for _ in range(mine, count):
                slot = step % STAGES
                mbarrier.wait(k_full.index(slot), (step // STAGES) & 1)
                mbarrier.arrive(k_empty.index(slot), count=1)
                mbarrier.wait(v_full.index(slot), (step // STAGES) & 1)
                mbarrier.arrive(v_empty.index(slot), count=1)
                await_turn(GROUP)
                give_turn((GROUP + 1) % GROUPS)
                step += 1
            count = mine
            # And more than one has keys after the first query.
            edge = gl.maximum(count - (first + GROUP * ROWS) // TILE_N, 1)

        slot = step % STAGES
        mbarrier.wait(k_full.index(slot), (step // STAGES) & 1)
        score = warpgroup_mma(query, flat(k.index(slot)).permute((1, 0)), zero, use_acc=False, is_async=True)
        score = warpgroup_mma_wait(0, [score])
        mbarrier.arrive(k_empty.index(slot), count=1)
        weight, peak, total, _ = weigh(
            score, peak, total, scale, (count - 1) * TILE_N, row, length, True, CAUSAL, TILE_N, scores)
        p = gl.convert_layout(weight.to(element), operand)
        if CAUSAL and TILE_N % TILE_M != 0:
            acc, p, peak, total, step = keys_from_to(
                1, edge, count, acc, p, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length,
                scale, True, GROUP, GROUPS, TILE_N, STAGES, CAUSAL, element, scores, result, operand)
        acc, p, peak, total, step = keys_from_to(
            edge, count, count, acc, p, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length,
            scale, False, GROUP, GROUPS, TILE_N, STAGES, CAUSAL, element, scores, result, operand)
        mbarrier.arrive(q_empty.index(GROUP), count=1)
        slot = step % STAGES
        mbarrier.wait(v_full.index(slot), (step // STAGES) & 1)
        acc = warpgroup_mma(p, flat(v.index(slot)), acc, is_async=True)
        acc, p = warpgroup_mma_wait(0, [acc, p])
        mbarrier.arrive(v_empty.index(slot), count=1)
        step += 1
        turn += 1

        acc = acc * (1.0 / gl.convert_layout(total, gl.SliceLayout(1, result)))[:, None]
        place = first + GROUP * ROWS + gl.arange(0, ROWS, gl.SliceLayout(1, result))
        depth = gl.arange(0, HEAD, gl.SliceLayout(0, result))
        base = out + (which // heads).to(gl.int64) * out_batch + (which % heads).to(gl.int64) * out_head
        target = base + place.to(gl.int64)[:, None] * out_token + depth[None, :]
        gl.store(target, acc.to(element), mask=(place < length)[:, None])


# Lengths change from call to call, so nothing is compiled for a value of theirs.
@gluon.jit(do_not_specialize=["batch", "heads", "length"])
def hopper_attention(
    q_map, k_map, v_map, out, batch, heads, length, out_batch, out_head, out_token, scale,
    HEAD: gl.constexpr, CAUSAL: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    BAND: gl.constexpr, REGISTERS: gl.constexpr,
):
    """As many programs as there are multiprocessors, which go from one piece of work to the next: GROUPS * 64 queries of a head.

    The descriptors are of batch x heads x length x HEAD numbers, and cut into 64 queries, or TILE_N keys or values. `out`
    starts a sequence every `out_batch` elements, a head every `out_head` and a token every `out_token`. With CAUSAL, a token
    sees those before it and itself. Sums are in fp32.
    """
    element: gl.constexpr = out.dtype.element_ty
    q = gl.allocate_shared_memory(element, [GROUPS, 1, 1, ROWS, HEAD], q_map.layout)
    k = gl.allocate_shared_memory(element, [STAGES, 1, 1, TILE_N, HEAD], k_map.layout)
    v = gl.allocate_shared_memory(element, [STAGES, 1, 1, TILE_N, HEAD], v_map.layout)
    q_full = gl.allocate_shared_memory(gl.int64, [GROUPS, 1], mbarrier.MBarrierLayout())
    q_empty = gl.allocate_shared_memory(gl.int64, [GROUPS, 1], mbarrier.MBarrierLayout())
    k_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    k_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    v_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    v_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    for group in gl.static_range(GROUPS):
        mbarrier.init(q_full.index(group), count=1)
        mbarrier.init(q_empty.index(group), count=1)
    for slot in gl.static_range(STAGES):
        mbarrier.init(k_full.index(slot), count=1)
        mbarrier.init(k_empty.index(slot), count=GROUPS)
        mbarrier.init(v_full.index(slot), count=1)
        mbarrier.init(v_empty.index(slot), count=GROUPS)
    fence_async_shared()
    gl.thread_barrier()
    all_heads = batch * heads
    if GROUPS == 2:
        gl.warp_specialize([
            (attend, (out, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length, out_batch,
                      out_head, out_token, scale, 0, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
            (attend, (out, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length, out_batch,
                      out_head, out_token, scale, 1, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
            (load, (q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads,
                    length, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
        ], [4, 1], [REGISTERS, 24])
    else:
        gl.warp_specialize([
            (attend, (out, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length, out_batch,
                      out_head, out_token, scale, 0, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
            (attend, (out, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length, out_batch,
                      out_head, out_token, scale, 1, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
            (attend, (out, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length, out_batch,
                      out_head, out_token, scale, 2, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
            (load, (q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads,
                    length, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
        ], [4, 4, 1], [REGISTERS, REGISTERS, 24])
