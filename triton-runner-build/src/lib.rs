//! Build helper.

mod cubin;
mod entry;
mod ir;
mod llir;
mod lowering;
mod metadata;
mod ptx;
mod toolchain;
