//! The Rust blocks of the Markdown files, as documentation tests of a package that has the kernels which they call.
//!
//! `tests/e2e/tests/repository/docs` checks that no file with such blocks is missing here, and everything in the files that is
//! not Rust.

macro_rules! documents {
    ($($name:ident: $path:literal;)*) => { $(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../", $path))]
        pub mod $name {}
    )* };
}

documents! {
    readme: "README.md";
    build_readme: "triton-runner-build/README.md";
    macros_readme: "triton-runner-macros/README.md";
    rt_readme: "triton-runner-rt/README.md";
    tutorial: "triton-runner-rt/src/tutorial.md";
    interpret: "triton-runner-rt/src/interpret.md";
    triton_kernel: "triton-runner-rt/src/triton_kernel.md";
    first_kernel: "docs/first-kernel.md";
    bring_your_kernel: "docs/bring-your-kernel.md";
    choosing_by_size: "docs/choosing-by-size.md";
    measure_and_profile: "docs/measure-and-profile.md";
    streams_graphs_gpus: "docs/streams-graphs-gpus.md";
    contract: "docs/contract.md";
    how_it_works: "docs/how-it-works.md";
    troubleshooting: "docs/troubleshooting.md";
    test_without_a_gpu: "docs/test-without-a-gpu.md";
}
