//! Addresses that are kept in memory.

use super::*;

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
