//! `triton_kernel!`, which hands its input on with the path of this crate.

#[cfg_attr(not(doctest), doc = include_str!("triton_kernel.md"))]
#[macro_export]
macro_rules! triton_kernel {
    ($($tokens:tt)*) => {
        $crate::__private::v1::triton_kernel! { crate = ($crate) ; $($tokens)* }
    };
}

/// Items of generated code that are there with the feature `interpreter` alone: TTIR is embedded by them.
#[cfg(feature = "interpreter")]
#[doc(hidden)]
#[macro_export]
macro_rules! __interpreted {
    ($($items:tt)*) => { $($items)* };
}

/// The same without the feature.
#[cfg(not(feature = "interpreter"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __interpreted {
    ($($items:tt)*) => {};
}

/// Items of a kernel whose images come from outside the binary, for which the feature `read` is needed.
#[cfg(feature = "read")]
#[doc(hidden)]
#[macro_export]
macro_rules! __external {
    ($($items:tt)*) => { $($items)* };
}

/// The same without the feature.
#[cfg(not(feature = "read"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __external {
    ($($items:tt)*) => {
        ::core::compile_error!(
            "`#[external]` needs the feature `read` of triton-runner-rt\nhelp: write `features = [\"read\"]` for it in Cargo.toml"
        );
    };
}
