//! `interpret`, which is there with the feature `interpreter`.

super::accepted! {
    interpret: interpreted
        "/// `out = x + y`.
         #[grid(n.div_ceil(BLOCK))]
         pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    interpret_with_the_callers_grid: interpreted
        "pub add_kernel;";
    interpret_of_descriptors: interpreted
        "attention;";
    interpret_of_scalars: interpreted
        "all_scalars;";
    interpret_of_variants: interpreted
        "#[grid(rows)] #[requires(n_cols <= BLOCK_SIZE)] pub fn softmax(x: &[f32], out: &mut [f32], rows: i32, n_cols: u64);";
    interpret_of_variants_with_the_callers_grid: interpreted
        "#[interchangeable(BLOCK_M, EVEN_K, type)] pub gemm;";
    interpret_of_variants_that_the_caller_chooses: interpreted
        "#[grid(rows)] #[chosen(BLOCK_SIZE)] pub softmax;";
    interpret_of_variants_with_and_without_pointers: interpreted
        "#[grid(n)] fn linear(x: &[f16], bias: Option<&[f32]>, out: &mut [f16], sums: Option<&mut [f32]>, n: i32);";
}

#[test]
fn a_kernel_without_ttir_has_no_interpret_and_says_why() {
    assert_eq!(super::interpreted("pub unsafe copy_ptx;"), "");
    let text = super::whole("pub unsafe copy_ptx;");
    assert!(
        text.contains("It has no `interpret`: it needs TTIR, and what there is of it is `kernels/copy_ptx.json`"),
        "{text}"
    );
}
