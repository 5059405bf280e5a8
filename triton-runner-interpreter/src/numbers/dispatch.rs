//! Loops that are compiled twice: for every processor of the target, and for x86-64 with AVX2, FMA and F16C.
//!
//! Both give the same bits: fused operations are fused in either, so a result doesn't depend on the machine.

#[cfg(test)]
thread_local! {
    /// Set by tests that hold the two compilations against each other.
    static PLAIN: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// What `f` gives where there is no AVX2.
#[cfg(test)]
pub(crate) fn plainly<T>(f: impl FnOnce() -> T) -> T {
    PLAIN.set(true);
    let result = f();
    PLAIN.set(false);
    result
}

/// Whether the loops for AVX2, FMA and F16C run here.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
pub(crate) fn wide() -> bool {
    #[cfg(test)]
    if PLAIN.get() {
        return false;
    }
    // The standard library keeps the answer; after the first time this is one load each.
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("f16c")
}

/// Defines functions whose body the compiler vectorises for the processor that is there. A second body after `=> wide` is
/// used in place of the first where AVX2, FMA and F16C are: it must give the same results.
macro_rules! vectorised {
    ($(
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block
        $(=> wide $wide:block)?
    )*) => {$(
        $(#[$meta])*
        $vis fn $name($($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn for_any($($argument: $kind),*) $(-> $result)? $body

            #[cfg(all(target_arch = "x86_64", not(miri)))]
            if $crate::numbers::dispatch::wide() {
                vectorised!(@wide ($($argument: $kind),*) ($($result)?) $($wide)?);
                // SAFETY: `wide()` has seen that this processor has all three.
                return unsafe { for_avx2($($argument),*) };
            }
            for_any($($argument),*)
        }
    )*};
    (@wide ($($argument:ident: $kind:ty),*) ($($result:ty)?)) => {
        #[target_feature(enable = "avx2,fma,f16c")]
        fn for_avx2($($argument: $kind),*) $(-> $result)? {
            for_any($($argument),*)
        }
    };
    (@wide ($($argument:ident: $kind:ty),*) ($($result:ty)?) $wide:block) => {
        #[target_feature(enable = "avx2,fma,f16c")]
        fn for_avx2($($argument: $kind),*) $(-> $result)? $wide
    };
}
