//! What only TTGIR has: shared memory, descriptors in memory, warp specialization.

use super::written;

#[test]
fn regions_of_warp_specialization() {
    let body = "ttg.warp_specialize(%x, %out) attributes {warpGroupStartIds = array<i32: 4, 8>}\ndefault {\n  %0 = tt.load %y : p\n  ttg.warp_yield\n}\npartition0(%a: p, %b: p) num_warps(4) {\n  %0 = tt.load %a : p\n  tt.store %b, %0 : p\n\
        ttg.warp_return\n}\npartition1(%a: p, %b: p) num_warps(4) {\n  ttg.warp_return\n} : (p, p) -> ()";
    assert_eq!(written(body), ["out"]);
    let other = body.replace("(%x, %out) attributes", "(%x, %out, %y) attributes");
    assert_eq!(written(&other), ["x", "y", "out"]);
    let generic = "\"ttg.warp_specialize\"(%x) ({\n  \"ttg.warp_yield\"() : () -> ()\n}, {\n  \"ttg.warp_specialize.partitions\"(%y) ({\n  ^bb0(%a: p):\n    \"tt.store\"(%a, %v) : (p, f32) -> ()\n    \"ttg.warp_return\"() : () -> ()\n  }) : (p) -> ()\n}) : (p) -> ()";
    assert_eq!(written(generic), ["x", "y"]);
    let default = "ttg.warp_specialize()\ndefault {\n  tt.store %y, %v : p\n  ttg.warp_yield\n} : () -> ()";
    assert_eq!(written(default), ["y"]);
}

const TENSORMAPS: &str = "%a = ttg.global_scratch_alloc {alignment = 128 : i32, nbytes = 128 : i32} : !tt.ptr<i8>\n%b = ttg.global_scratch_alloc {alignment = 128 : i32, nbytes = 128 : i32} : !tt.ptr<i8>\n\
    %off = arith.constant 128 : i32\n%a1 = tt.addptr %a, %off : p, i32\n%b1 = tt.addptr %b, %off : p, i32\n\
    ttng.tensormap_create %a1, %x, [%n, %n], [%n], [%i], [%n] {elem_type = 1 : i32} : (p, p) -> ()\nttng.tensormap_fenceproxy_acquire %a1 : p\n\
    tt.experimental_tensormap_create %b1, %out, [%n, %n], [%n], [%i], [%n] {elem_type = 1 : i32} : (p, p) -> ()\ntt.experimental_tensormap_fenceproxy_acquire %b1 : p\n";

#[test]
fn descriptors_in_memory_hold_addresses() {
    let through = |scratch: &str| {
        written(&format!(
            "{TENSORMAPS}%d = ttng.reinterpret_tensor_descriptor {scratch} : p to q\nttng.async_tma_copy_global_to_local %d[%n] %n, %n, %c : a\nttng.async_tma_store %d[%n] %n : a"
        ))
    };
    assert_eq!(through("%a1"), ["x"]);
    assert_eq!(through("%b1"), ["out"]);
    // The same memory by another way.
    assert_eq!(through("%b"), ["out"]);
    assert_eq!(
        written(&format!(
            "{TENSORMAPS}%e = tt.addptr %a, %off : p, i32\nttng.async_tma_copy_local_to_global %e[%n] %n : p, q"
        )),
        ["x"]
    );
    // One memory for both descriptors.
    let shared = TENSORMAPS.replace("%b1 = tt.addptr %b,", "%b1 = tt.addptr %a,");
    assert_eq!(written(&format!("{shared}ttng.async_tma_copy_local_to_global %b1[%n] %n : p, q")), ["x", "out"]);
    // Memory of the caller's: it is written itself.
    let caller = TENSORMAPS.replace("%b1 = tt.addptr %b,", "%b1 = tt.addptr %y,");
    assert_eq!(written(&caller), ["y"]);
    assert_eq!(written(&format!("{caller}ttng.async_tma_copy_local_to_global %y[%n] %n : p, q")), ["y", "out"]);
}

#[test]
fn pointers_in_shared_memory_come_out_again() {
    let body = "%m = ttg.local_alloc : () -> !ttg.memdesc<4xi64>\n%w = ttg.memdesc_index %m[%n] : a -> b\n%r = ttg.memdesc_trans %m {order = array<i32: 0>} : a -> b\n%0 = tt.ptr_to_int %y : p -> i64\n\
        ttg.local_store %0, %w : i64 -> b\n%1 = ttg.local_load %r : b -> i64\n%2 = tt.int_to_ptr %1 : i64 -> p\n";
    assert_eq!(written(body), [""; 0]);
    assert_eq!(written(&format!("{body}tt.store %2, %v : p")), ["y"]);
    // A descriptor at an address that came out of memory: only `y` is written, but both may be there.
    assert_eq!(written(&format!("{body}ttng.tensormap_create %2, %x, [%n] : (p, p) -> ()")), ["x", "y"]);
    let alloc = "%0 = tt.splat %x : p -> t\n%m = ttg.local_alloc %0 : (t) -> b\n%1 = ttg.local_load %m : b -> t\ntt.store %1, %v : t";
    assert_eq!(written(alloc), ["x"]);
    // Data, not pointers.
    let data = "%0 = tt.load %x : p\n%m = triton_gpu.local_alloc %0 : (t) -> b\n%1 = triton_gpu.local_load %m : b -> t\ntt.store %out, %1 : t";
    assert_eq!(written(data), ["out"]);
    // Into nobody knows what memory.
    assert_eq!(written("ttg.local_store %x, %n : p -> b"), ["x"]);
}

#[test]
fn copies_of_a_pipeline_read() {
    let body = "%m = ttg.local_alloc : () -> b\n%0 = tt.splat %x : p -> t\n%1 = ttg.async_copy_global_to_local %0, %m mask %c other %v {contiguity = 8 : i32} : t -> <4xf32>\n%2 = ttg.async_commit_group tokens %1\n\
        %3 = ttg.async_wait %2 {num = 0 : i32}\n%4 = ttg.local_load %m token %3 : b -> t\nttg.local_dealloc %m : b\ntt.store %out, %4 : t";
    assert_eq!(written(body), ["out"]);
}
