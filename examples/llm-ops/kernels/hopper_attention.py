"""Attention for GPUs of the Hopper generation, in Gluon: warps with different work in one program.

One warp loads; two or three groups of four warps have 64 queries each. While one group has the tensor cores, another one
computes its weights, and each group starts the next product of queries and keys before it needs the last one of weights
and values, as in "FlashAttention-3" (Shah and others, 2024, arXiv:2407.08608); from one piece of work to the next, too.
Where results shrink lazily, it is only where a peak has grown much, as in "FlashAttention-4".
"""

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared, mbarrier, tma, warpgroup_mma, warpgroup_mma_wait)

# Queries of a group of warps: what its tensor cores take at once.
ROWS = gl.constexpr(64)


def lazily():
    """Multiplies 32 sums of a thread, of two rows in turn, unless no row of the warp has to shrink."""
    lines = ["{ .reg .pred p;", "setp.eq.f32 p, $64, 0f3F800000;", "setp.eq.and.f32 p, $66, 0f3F800000, p;",
             "vote.sync.all.pred p, p, -1;"]
    lines += [f"mov.f32 ${i}, ${32 + i};" for i in range(32)]
    lines += ["@p bra DONE;"]
    lines += [f"mul.f32 ${i}, ${i}, ${64 + (i & 2)};" for i in range(32)]
    return " ".join([*lines, "DONE: }"])


LAZILY = gl.constexpr(lazily())
LAZILY_CONSTRAINTS = gl.constexpr(",".join(["=f"] * 32 + ["f"] * 64))


@gluon.jit
def shrunk(acc, shrink, LAZY: gl.constexpr, result: gl.constexpr):
    """Sums of weights and values that are measured by a new peak. Where LAZY, warps without one skip that."""
    shrink = gl.convert_layout(shrink, gl.SliceLayout(1, result))[:, None]
    if LAZY:
        return gl.inline_asm_elementwise(
            LAZILY, LAZILY_CONSTRAINTS, [acc, shrink], dtype=gl.float32, is_pure=True, pack=32)
    else:
        return acc * shrink


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
def portions(length, heads, GROUPS: gl.constexpr, CAUSAL: gl.constexpr):
    """Whole tiles of a head, those of all heads that each go to one program, and pieces of 64 queries that are left.

    With a mask, all tiles go to programs. Without one, each program has the same number, so that all end at the same time;
    of what is left, the groups of a program share the keys.
    """
    TILE_M: gl.constexpr = GROUPS * ROWS
    if CAUSAL:
        tiles = gl.cdiv(length, TILE_M)
        return tiles, tiles * heads, 0
    tiles = length // TILE_M
    programs = gl.num_programs(0)
    whole = tiles * heads // programs * programs
    rest = gl.cdiv(length - tiles * TILE_M, ROWS)
    return tiles, whole, (tiles * heads - whole) * GROUPS + rest * heads


@gluon.jit
def piece(number, length, heads, tiles, whole, GROUPS: gl.constexpr):
    """The first query of a piece that is left, and its head: those of tiles that are left first, then what is no whole tile."""
    TILE_M: gl.constexpr = GROUPS * ROWS
    of_tiles = (tiles * heads - whole) * GROUPS
    if number < of_tiles:
        tile = whole + number // GROUPS
        first = tile % tiles * TILE_M + number % GROUPS * ROWS
        which = tile // tiles
    else:
        rest = gl.cdiv(length - tiles * TILE_M, ROWS)
        first = tiles * TILE_M + (number - of_tiles) % rest * ROWS
        which = (number - of_tiles) // rest
    return first, which


@gluon.jit
def first_row(tile, tiles, length, GROUPS: gl.constexpr, TILE_N: gl.constexpr, CAUSAL: gl.constexpr):
    """Of a tile. With a mask, where tiles of queries don't fit into those of keys, the first tile has what is left, which
    sees the fewest keys: its first rows may be none."""
    TILE_M: gl.constexpr = GROUPS * ROWS
    first = tile * TILE_M
    if CAUSAL:
        if TILE_N % TILE_M != 0:
            first -= tiles * TILE_M - gl.cdiv(length, ROWS) * ROWS
    return first


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
def load_piece(
    q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, step, turn, first, which, heads, count,
    SHARED: gl.constexpr, HEAD: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
):
    """Queries, for each group its own or where SHARED the same, then keys and values from the last to the first."""
    sequence = which // heads
    head = which % heads
    for group in gl.static_range(GROUPS):
        slot = turn % 2 * GROUPS + group
        mbarrier.wait(q_empty.index(slot), (turn // 2 & 1) ^ 1)
        mbarrier.expect(q_full.index(slot), ROWS * HEAD * 2)
        row = first if SHARED else first + group * ROWS
        tma.async_copy_global_to_shared(q_map, [sequence, head, row, 0], q_full.index(slot), q.index(slot))
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
    return step


@gluon.jit
def load(
    q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads, length,
    HEAD: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr, BAND: gl.constexpr,
    CAUSAL: gl.constexpr,
):
    """The warp that loads, for one piece of work after the other: two tiles of queries ahead."""
    TILE_M: gl.constexpr = GROUPS * ROWS
    tiles, whole, pieces = portions(length, all_heads, GROUPS, CAUSAL)
    step = 0
    turn = 0
    for number in range(gl.program_id(0), whole, gl.num_programs(0)):
        tile, which = item(number, tiles, all_heads, BAND, CAUSAL)
        first = first_row(tile, tiles, length, GROUPS, TILE_N, CAUSAL)
        count = gl.cdiv(end_of_keys(first, length, TILE_M, CAUSAL), TILE_N)
        step = load_piece(
            q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, step, turn, first, which,
            heads, count, False, HEAD, GROUPS, TILE_N, STAGES)
        turn += 1
    if not CAUSAL:
        for number in range(gl.program_id(0), pieces, gl.num_programs(0)):
            first, which = piece(number, length, all_heads, tiles, whole, GROUPS)
            step = load_piece(
                q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, step, turn, first, which,
                heads, gl.cdiv(length, TILE_N), True, HEAD, GROUPS, TILE_N, STAGES)
            turn += 1


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
def sums(weight):
    """What each of the four threads that have a row sums up: they put it together at the end."""
    parts = weight.reshape((weight.shape[0], weight.shape[1] // 8, 4, 2))
    return gl.sum(gl.sum(parts, axis=3), axis=1)


@gluon.jit
def whole_sum(total, each_row: gl.constexpr):
    """All of a row."""
    return gl.convert_layout(gl.sum(total, axis=1), each_row)


@gluon.jit
def grown(total, weight, shrink):
    """The sums with those of another tile of keys."""
    layout: gl.constexpr = gl.SliceLayout(1, total.type.layout)
    return total * gl.convert_layout(shrink, layout)[:, None] + sums(weight)


@gluon.jit
def masked(score, start, row, length, CAUSAL: gl.constexpr, TILE_N: gl.constexpr, scores: gl.constexpr):
    """Without what queries don't see."""
    key = start + gl.arange(0, TILE_N, gl.SliceLayout(0, scores))
    seen = (key < length)[None, :]
    if CAUSAL:
        seen = seen & (key[None, :] <= row[:, None])
    return gl.where(seen, score, float("-inf"))


@gluon.jit
def weigh(
    score, peak, total, scale, start, row, length,
    MASK: gl.constexpr, CAUSAL: gl.constexpr, TILE_N: gl.constexpr, LAZY: gl.constexpr, scores: gl.constexpr,
):
    """The weights of a tile of keys, the new peak and total, and what earlier results shrink by."""
    if MASK:
        score = masked(score, start, row, length, CAUSAL, TILE_N, scores)
    new_peak = gl.maximum(peak, gl.max(score, axis=1) * scale)
    if LAZY:
        # A peak that is a little too low does no harm: weights are below 2 ** 8 then.
        new_peak = gl.where(new_peak > peak + 8.0, new_peak, peak)
    shrink = gl.exp2(peak - new_peak)
    weight = gl.exp2(score * scale - new_peak[:, None])
    return weight, new_peak, grown(total, weight, shrink), shrink


@gluon.jit
def first_weights(
    score, scale, start, first, length, CAUSAL: gl.constexpr, TILE_N: gl.constexpr, scores: gl.constexpr,
):
    """The same of the first tile of keys, with which sums begin."""
    row = first + gl.arange(0, ROWS, gl.SliceLayout(1, scores))
    score = masked(score, start, row, length, CAUSAL, TILE_N, scores)
    # Below every score but those that are masked.
    peak = gl.maximum(gl.max(score, axis=1) * scale, -1e30)
    weight = gl.exp2(score * scale - peak[:, None])
    return weight, peak, sums(weight)


@gluon.jit
def keys_from_to(
    begin, end, count, acc, p, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length, scale,
    MASK: gl.constexpr, GROUP: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    CAUSAL: gl.constexpr, LAZY: gl.constexpr, element: gl.constexpr, scores: gl.constexpr, result: gl.constexpr,
    operand: gl.constexpr,
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
            score, peak, total, scale, (count - 1 - index) * TILE_N, row, length, MASK, CAUSAL, TILE_N, LAZY, scores)
        acc, p = warpgroup_mma_wait(0, [acc, p])
        mbarrier.arrive(v_empty.index(before), count=1)
        acc = shrunk(acc, shrink, LAZY, result)
        p = gl.convert_layout(weight.to(element), operand)
    return acc, p, peak, total, step


@gluon.jit
def pass_over(
    count, step, k_full, k_empty, v_full, v_empty, STAGES: gl.constexpr, TURNS: gl.constexpr, GROUP: gl.constexpr,
    GROUPS: gl.constexpr,
):
    """Leaves tiles of keys to the other groups."""
    for _ in range(count):
        slot = step % STAGES
        phase = (step // STAGES) & 1
        mbarrier.wait(k_full.index(slot), phase)
        mbarrier.arrive(k_empty.index(slot), count=1)
        if TURNS:
            await_turn(GROUP)
            give_turn((GROUP + 1) % GROUPS)
        mbarrier.wait(v_full.index(slot), phase)
        mbarrier.arrive(v_empty.index(slot), count=1)
        step += 1
    return step


@gluon.jit
def first_product(
    number, whole, tiles, all_heads, length, step, turn, q, k, q_full, k_full, k_empty, v_full, v_empty, zero,
    GROUP: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr, BAND: gl.constexpr,
    CAUSAL: gl.constexpr,
):
    """Begins the product of this group's queries of a tile and the last keys that they see, in its turn."""
    TILE_M: gl.constexpr = GROUPS * ROWS
    first = 0
    which = 0
    count = 1
    edge = 1
    slot = turn % 2 * GROUPS + GROUP
    if number < whole:
        tile, which = item(number, tiles, all_heads, BAND, CAUSAL)
        first = first_row(tile, tiles, length, GROUPS, TILE_N, CAUSAL)
        count = gl.cdiv(end_of_keys(first, length, TILE_M, CAUSAL), TILE_N)
        if CAUSAL:
            if TILE_N % TILE_M != 0:
                # The last tile of keys may be for later groups alone.
                mine = gl.minimum(gl.maximum(first + GROUP * ROWS + ROWS - 1, 0) // TILE_N + 1, count)
                step = pass_over(count - mine, step, k_full, k_empty, v_full, v_empty, STAGES, True, GROUP, GROUPS)
                count = mine
                # And more than one may have keys after the first query.
                edge = gl.maximum(count - gl.maximum(first + GROUP * ROWS, 0) // TILE_N, 1)
        mbarrier.wait(q_full.index(slot), turn // 2 & 1)
        mbarrier.wait(k_full.index(step % STAGES), (step // STAGES) & 1)
    await_turn(GROUP)
    # After the last tile of all, of what lies there.
    score = warpgroup_mma(
        flat(q.index(slot)), flat(k.index(step % STAGES)).permute((1, 0)), zero, use_acc=False, is_async=True)
    return score, first + GROUP * ROWS, which, count, edge, step


@gluon.jit
def store(
    out, acc, total, first, which, heads, length, out_batch, out_head, out_token,
    HEAD: gl.constexpr, result: gl.constexpr, element: gl.constexpr,
):
    """Results of 64 queries; `total` is of whole rows."""
    acc = acc * (1.0 / gl.convert_layout(total, gl.SliceLayout(1, result)))[:, None]
    place = first + gl.arange(0, ROWS, gl.SliceLayout(1, result))
    depth = gl.arange(0, HEAD, gl.SliceLayout(0, result))
    base = out + (which // heads).to(gl.int64) * out_batch + (which % heads).to(gl.int64) * out_head
    target = base + place.to(gl.int64)[:, None] * out_token + depth[None, :]
    gl.store(target, acc.to(element), mask=((place >= 0) & (place < length))[:, None])


@gluon.jit
def own_keys(
    begin, end, count, acc, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length, scale,
    MASK: gl.constexpr, GROUP: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    element: gl.constexpr, scores: gl.constexpr, result: gl.constexpr, operand: gl.constexpr,
):
    """Takes in every GROUPS-th tile of keys."""
    for own in range(begin, end):
        index = own * GROUPS + GROUP
        slot = step % STAGES
        phase = (step // STAGES) & 1
        mbarrier.wait(k_full.index(slot), phase)
        score = warpgroup_mma(query, flat(k.index(slot)).permute((1, 0)), zero, use_acc=False, is_async=True)
        score = warpgroup_mma_wait(0, [score])
        mbarrier.arrive(k_empty.index(slot), count=1)
        weight, peak, total, shrink = weigh(
            score, peak, total, scale, (count - 1 - index) * TILE_N, row, length, MASK, False, TILE_N, False, scores)
        acc = acc * gl.convert_layout(shrink, gl.SliceLayout(1, result))[:, None]
        p = gl.convert_layout(weight.to(element), operand)
        mbarrier.wait(v_full.index(slot), phase)
        acc = warpgroup_mma(p, flat(v.index(slot)), acc, is_async=True)
        acc, p = warpgroup_mma_wait(0, [acc, p])
        mbarrier.arrive(v_empty.index(slot), count=1)
        step += 1
        step = pass_over(gl.minimum(GROUPS - 1, count - 1 - index), step, k_full, k_empty, v_full, v_empty, STAGES, False,
                         GROUP, GROUPS)
    return acc, peak, total, step


@gluon.jit
def share(
    out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads, heads,
    length, out_batch, out_head, out_token, scale, tiles, whole, pieces, step, turn, zero,
    GROUP: gl.constexpr, HEAD: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    element: gl.constexpr, scores: gl.constexpr, result: gl.constexpr, operand: gl.constexpr, each_row: gl.constexpr,
):
    """What is left when each program has had as many tiles: 64 queries, of whose keys each group takes every GROUPS-th tile.
    The first group puts together what the others leave in `part` and `seen`."""
    count = gl.cdiv(length, TILE_N)
    own = gl.maximum(gl.cdiv(count - GROUP, GROUPS), 0)
    shared = 0
    for number in range(gl.program_id(0), pieces, gl.num_programs(0)):
        first, which = piece(number, length, all_heads, tiles, whole, GROUPS)
        row = first + gl.arange(0, ROWS, each_row)
        slot = turn % 2 * GROUPS + GROUP
        query = flat(q.index(slot))
        mbarrier.wait(q_full.index(slot), turn // 2 & 1)
        peak = gl.full([ROWS], -1e30, gl.float32, each_row)
        acc = gl.zeros([ROWS, HEAD], gl.float32, result)
        some = sums(zero)
        step = pass_over(gl.minimum(GROUP, count), step, k_full, k_empty, v_full, v_empty, STAGES, False, GROUP, GROUPS)
        acc, peak, some, step = own_keys(
            0, gl.minimum(own, 1), count, acc, peak, some, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row,
            length, scale, True, GROUP, GROUPS, TILE_N, STAGES, element, scores, result, operand)
        acc, peak, some, step = own_keys(
            1, own, count, acc, peak, some, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row,
            length, scale, False, GROUP, GROUPS, TILE_N, STAGES, element, scores, result, operand)
        mbarrier.arrive(q_empty.index(slot), count=1)
        turn += 1
        total = whole_sum(some, each_row)
        if GROUP > 0:
            mbarrier.wait(part_empty, (shared & 1) ^ 1)
            part.index(GROUP - 1).store(acc)
            seen.index(2 * (GROUP - 1)).store(peak)
            seen.index(2 * (GROUP - 1) + 1).store(total)
            mbarrier.arrive(part_full, count=1)
        else:
            mbarrier.wait(part_full, shared & 1)
            for other in gl.static_range(GROUPS - 1):
                other_peak = seen.index(2 * other).load(each_row)
                new_peak = gl.maximum(peak, other_peak)
                shrink = gl.exp2(peak - new_peak)
                other_shrink = gl.exp2(other_peak - new_peak)
                total = total * shrink + seen.index(2 * other + 1).load(each_row) * other_shrink
                rest = part.index(other).load(result)
                acc = (acc * gl.convert_layout(shrink, gl.SliceLayout(1, result))[:, None]
                       + rest * gl.convert_layout(other_shrink, gl.SliceLayout(1, result))[:, None])
                peak = new_peak
            mbarrier.arrive(part_empty, count=1)
            store(out, acc, total, first, which, heads, length, out_batch, out_head, out_token, HEAD, result, element)
        shared += 1


@gluon.jit
def attend(
    out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads, heads, length,
    out_batch, out_head, out_token, scale,
    GROUP: gl.constexpr, HEAD: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    BAND: gl.constexpr, CAUSAL: gl.constexpr, LAZY: gl.constexpr,
):
    """A group of four warps, with 64 queries of each piece of work."""
    scores: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, TILE_N, 16])
    result: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, HEAD, 16])
    operand: gl.constexpr = gl.DotOperandLayout(0, result, 2)
    each_row: gl.constexpr = gl.SliceLayout(1, scores)
    element: gl.constexpr = out.dtype.element_ty
    # exp(x) is computed as exp2(x * log2(e)), which is what the GPU has.
    scale = scale * 1.4426950408889634
    tiles, whole, pieces = portions(length, all_heads, GROUPS, CAUSAL)
    zero = gl.zeros([ROWS, TILE_N], gl.float32, scores)
    if GROUP == GROUPS - 1:
        give_turn(0)
    step = 0
    turn = 0
    score, first, which, count, edge, step = first_product(
        gl.program_id(0), whole, tiles, all_heads, length, step, turn, q, k, q_full, k_full, k_empty, v_full, v_empty, zero,
        GROUP, GROUPS, TILE_N, STAGES, BAND, CAUSAL)
    give_turn((GROUP + 1) % GROUPS)
    score = warpgroup_mma_wait(0, [score])
    if gl.program_id(0) < whole:
        mbarrier.arrive(k_empty.index(step % STAGES), count=1)
    weight, peak, total = first_weights(score, scale, (count - 1) * TILE_N, first, length, CAUSAL, TILE_N, scores)
    p = gl.convert_layout(weight.to(element), operand)
    for number in range(gl.program_id(0), whole, gl.num_programs(0)):
        row = first + gl.arange(0, ROWS, each_row)
        slot = turn % 2 * GROUPS + GROUP
        query = flat(q.index(slot))
        acc = gl.zeros([ROWS, HEAD], gl.float32, result)
        if CAUSAL:
            if TILE_N % (GROUPS * ROWS) != 0:
                acc, p, peak, total, step = keys_from_to(
                    1, edge, count, acc, p, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length,
                    scale, True, GROUP, GROUPS, TILE_N, STAGES, CAUSAL, LAZY, element, scores, result, operand)
        acc, p, peak, total, step = keys_from_to(
            edge, count, count, acc, p, peak, total, step, query, zero, k, v, k_full, k_empty, v_full, v_empty, row, length,
            scale, False, GROUP, GROUPS, TILE_N, STAGES, CAUSAL, LAZY, element, scores, result, operand)
        mbarrier.arrive(q_empty.index(slot), count=1)
        before = step % STAGES
        phase_before = (step // STAGES) & 1
        old_first = first
        old_which = which
        old_total = total
        step += 1
        turn += 1
        score, first, which, count, edge, step = first_product(
            number + gl.num_programs(0), whole, tiles, all_heads, length, step, turn, q, k, q_full, k_full, k_empty, v_full,
            v_empty, zero, GROUP, GROUPS, TILE_N, STAGES, BAND, CAUSAL)
        mbarrier.wait(v_full.index(before), phase_before)
        acc = warpgroup_mma(p, flat(v.index(before)), acc, is_async=True)
        give_turn((GROUP + 1) % GROUPS)
        score = warpgroup_mma_wait(1, [score])
        if number + gl.num_programs(0) < whole:
            mbarrier.arrive(k_empty.index(step % STAGES), count=1)
        weight, peak, total = first_weights(
            score, scale, (count - 1) * TILE_N, first, length, CAUSAL, TILE_N, scores)
        acc, p = warpgroup_mma_wait(0, [acc, p])
        mbarrier.arrive(v_empty.index(before), count=1)
        store(
            out, acc, whole_sum(old_total, each_row), old_first, old_which, heads, length, out_batch, out_head, out_token, HEAD,
            result, element)
        p = gl.convert_layout(weight.to(element), operand)
    if not CAUSAL:
        share(
            out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads, heads,
            length, out_batch, out_head, out_token, scale, tiles, whole, pieces, step, turn, zero, GROUP, HEAD, GROUPS, TILE_N,
            STAGES, element, scores, result, operand, each_row)


# Lengths change from call to call, so nothing is compiled for a value of theirs.
@gluon.jit(do_not_specialize=["batch", "heads", "length"])
def hopper_attention(
    q_map, k_map, v_map, out, batch, heads, length, out_batch, out_head, out_token, scale,
    HEAD: gl.constexpr, CAUSAL: gl.constexpr, GROUPS: gl.constexpr, TILE_N: gl.constexpr, STAGES: gl.constexpr,
    BAND: gl.constexpr, REGISTERS: gl.constexpr, LAZY: gl.constexpr,
):
    """As many programs as there are multiprocessors, which go from one piece of work to the next: GROUPS * 64 queries of
    a head.

    The descriptors are of batch x heads x length x HEAD numbers, and cut into 64 queries, or TILE_N keys or values. `out`
    starts a sequence every `out_batch` elements, a head every `out_head` and a token every `out_token`. With CAUSAL, a token
    sees those before it and itself. Sums are in fp32.
    """
    element: gl.constexpr = out.dtype.element_ty
    barrier: gl.constexpr = mbarrier.MBarrierLayout()
    q = gl.allocate_shared_memory(element, [2 * GROUPS, 1, 1, ROWS, HEAD], q_map.layout)
    k = gl.allocate_shared_memory(element, [STAGES, 1, 1, TILE_N, HEAD], k_map.layout)
    v = gl.allocate_shared_memory(element, [STAGES, 1, 1, TILE_N, HEAD], v_map.layout)
    q_full = gl.allocate_shared_memory(gl.int64, [2 * GROUPS, 1], barrier)
    q_empty = gl.allocate_shared_memory(gl.int64, [2 * GROUPS, 1], barrier)
    k_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], barrier)
    k_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], barrier)
    v_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], barrier)
    v_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], barrier)
    part_full = gl.allocate_shared_memory(gl.int64, [1], barrier)
    part_empty = gl.allocate_shared_memory(gl.int64, [1], barrier)
    # With a mask, no group leaves anything for another.
    PARTS: gl.constexpr = 1 if CAUSAL else GROUPS - 1
    DEPTH: gl.constexpr = 8 if CAUSAL else HEAD
    part = gl.allocate_shared_memory(gl.float32, [PARTS, ROWS, DEPTH], gl.NVMMASharedLayout(32 if CAUSAL else 128, 32, 2))
    seen = gl.allocate_shared_memory(gl.float32, [2 * PARTS, ROWS], gl.SwizzledSharedLayout(1, 1, 1, [0]))
    for group in gl.static_range(2 * GROUPS):
        mbarrier.init(q_full.index(group), count=1)
        mbarrier.init(q_empty.index(group), count=1)
    for slot in gl.static_range(STAGES):
        mbarrier.init(k_full.index(slot), count=1)
        mbarrier.init(k_empty.index(slot), count=GROUPS)
        mbarrier.init(v_full.index(slot), count=1)
        mbarrier.init(v_empty.index(slot), count=GROUPS)
    mbarrier.init(part_full, count=GROUPS - 1)
    mbarrier.init(part_empty, count=1)
    fence_async_shared()
    gl.thread_barrier()
    all_heads = batch * heads
    if GROUPS == 2:
        gl.warp_specialize([
            (attend, (out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads,
                      heads, length, out_batch, out_head, out_token, scale, 0, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL, LAZY)),
            (attend, (out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads,
                      heads, length, out_batch, out_head, out_token, scale, 1, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL, LAZY)),
            (load, (q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads,
                    length, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
        ], [4, 1], [REGISTERS, 24])
    else:
        gl.warp_specialize([
            (attend, (out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads,
                      heads, length, out_batch, out_head, out_token, scale, 0, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL, LAZY)),
            (attend, (out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads,
                      heads, length, out_batch, out_head, out_token, scale, 1, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL, LAZY)),
            (attend, (out, q, k, v, part, seen, q_full, q_empty, k_full, k_empty, v_full, v_empty, part_full, part_empty, all_heads,
                      heads, length, out_batch, out_head, out_token, scale, 2, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL, LAZY)),
            (load, (q_map, k_map, v_map, q, k, v, q_full, q_empty, k_full, k_empty, v_full, v_empty, all_heads, heads,
                    length, HEAD, GROUPS, TILE_N, STAGES, BAND, CAUSAL)),
        ], [4, 4, 1], [REGISTERS, REGISTERS, 24])
