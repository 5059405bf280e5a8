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

/// Items of generated code that compressed images need. Without the feature `compress`, the error that says so.
#[cfg(feature = "compress")]
#[doc(hidden)]
#[macro_export]
macro_rules! __compressed {
    ($without:literal $($items:tt)*) => { $($items)* };
}

/// The same without the feature.
#[cfg(not(feature = "compress"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __compressed {
    ($without:literal $($items:tt)*) => {
        ::core::compile_error! { $without }
    };
}

/// How an image is compressed.
#[cfg(feature = "compress")]
#[doc(hidden)]
#[macro_export]
macro_rules! __packed {
    ($($packed:tt)*) => { ::core::option::Option::Some($crate::__private::v1::Packed::$($packed)*) };
}

/// The same without the feature, where the one error of [`__compressed`] is enough.
#[cfg(not(feature = "compress"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __packed {
    ($($packed:tt)*) => {
        ::core::option::Option::None
    };
}
