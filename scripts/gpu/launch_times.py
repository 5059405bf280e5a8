"""GPU time of launches, measured as `triton_runner_rt::bench` does it: what the comparisons beside this file share."""

import torch


def event():
    return torch.cuda.Event(enable_timing=True)


def times(launch, flush, warmup, repeat):
    """Milliseconds of each launch; `warmup` and `repeat` in milliseconds. The steps are those of the example."""
    launch()
    torch.cuda.synchronize()
    start, end = event(), event()
    start.record()
    for _ in range(5):
        flush.zero_()
        launch()
    end.record()
    torch.cuda.synchronize()
    estimate = start.elapsed_time(end) / 5
    for _ in range(max(1, int(warmup / estimate))):
        launch()
    events = [(event(), event()) for _ in range(max(1, int(repeat / estimate)))]
    for start, end in events:
        flush.zero_()
        start.record()
        launch()
        end.record()
    torch.cuda.synchronize()
    return [start.elapsed_time(end) for start, end in events]
