//! Launches that are right by TTIR and go wrong as compiled by Triton 3.6.0 for sm_90: `strangers/sources/compiled.py`.

use std::path::Path;

use extents::Kernel;

/// Kernel, scalars behind its pointers, bytes behind each pointer, what the compiled kernel touches.
const LAUNCHES: &[(&str, &[i64], &[u64], &str)] = &[
    ("division_by_chosen", &[0, 7], &[0], "stores to bytes 0..400: the mask has lost n > 0"),
    ("division_by_chosen_lanes", &[1, -5], &[4], "stores to bytes 0..512: the mask has lost i < m"),
    ("division_after_branch", &[0, 7], &[0, 512], "stores to bytes 0..512: the branch is gone"),
    ("division_after_loop", &[0, 7], &[0, 512], "stores to bytes 0 to what ends it: the loop runs without end"),
    ("remainder_of_aligned_negative", &[-1], &[2052], "stores to bytes 2048..2064, four lanes from the first"),
    ("remainder_of_negative_start", &[-512, 512], &[2052], "stores to bytes 2048..2064, four lanes from the first"),
    ("flattened", &[10, 5, 1], &[0, 64], "loads bytes 40..104: the inner loop runs once"),
    ("flattened_matmul", &[-128, 1], &[0, 16384], "loads bytes 0..8192: the inner loop runs once"),
    ("wider_lanes", &[], &[515, 2048], "loads bytes 0..524, four elements of four bytes from each fourth lane"),
    ("shifted_past_the_mask", &[0, 0], &[0], "stores where an undefined predicate is set"),
    ("divided_by_compared", &[5], &[16, 4], "stores at byte -4 where 0 was loaded: what isn't below 0 isn't 0 either"),
    ("divided_ahead", &[0, 7], &[0, 16384], "loads the first block: the loop's first prologue has lost n > 0"),
    (
        "fetched_past_the_largest",
        &[2147483498, 2147483499],
        &[512, 1024],
        "loads bytes 5120..9728, 10 to 18 steps ahead",
    ),
];

#[test]
fn launches_that_the_compiler_makes_wrong_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("strangers/kernels");
    let mut admitted = Vec::new();
    for (name, scalars, lengths, what) in LAUNCHES {
        let text = std::fs::read_to_string(folder.join(format!("{name}.ttir"))).expect("it is there");
        let Some(kernel) = Kernel::new(name, &text) else { continue };
        let pointers = lengths.len();
        let all: Vec<Option<i64>> =
            std::iter::repeat_n(None, pointers).chain(scalars.iter().copied().map(Some)).collect();
        let bytes: Vec<Option<u64>> =
            lengths.iter().copied().map(Some).chain(std::iter::repeat_n(None, scalars.len())).collect();
        if kernel.check.admit(&all, [1, 1, 1], &bytes).is_ok() {
            admitted.push(format!("{name} {scalars:?} with {lengths:?} bytes: {what}"));
        }
    }
    assert!(admitted.is_empty(), "{}", admitted.join("\n"));
}
