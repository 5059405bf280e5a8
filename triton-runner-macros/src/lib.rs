//! `triton_kernel!`.
