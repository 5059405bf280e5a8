//! Kernels in several variants.

use super::kernels;

super::accepted! {
    everything_of_variants: whole
        "/// `c = a @ a`.
         #[grid(m.div_ceil(BLOCK_M), if EVEN_K { 1 } else { k / BLOCK_K })]
         #[interchangeable(type)]
         pub fn gemm(a: &[f16], partial: &mut [f32], c: &mut [f32], m: i32, k: i64);";
    variants_with_the_callers_grid: launches
        "#[interchangeable(BLOCK_M, EVEN_K, type)] gemm;";
    a_grid_by_variant_over_arguments_of_the_ir: launches
        "#[grid(m / BLOCK_M)] #[interchangeable(EVEN_K)] #[interchangeable(r#type,)] gemm;";
    one_variant_of_several: outline
        "#[kernel = \"gemm@wide\"] #[grid(m.div_ceil(BLOCK_M))] pub fn gemm_wide(
            a: &[f16], partial: &[f32], c: &mut [f32], m: i32, k: i64);";
    variants_with_conditions: launches
        "#[grid(rows)] #[requires(n_cols <= BLOCK_SIZE)] fn softmax(x: &[f32], out: &mut [f32], rows: i32, n_cols: u64);";
    variants_with_conditions_that_may_overflow: launches
        "#[grid(rows)] #[requires(rows >= 1)] #[requires(2 * n_cols <= BLOCK_SIZE || !(n_cols % self::LIMIT != 0))] softmax;";
    variants_that_the_caller_chooses: whole
        "#[grid(rows)] #[chosen(BLOCK_SIZE)] pub softmax;";
    variants_with_and_without_pointers: launches
        "#[grid(n)] fn linear(x: &[f16], bias: Option<&[f32]>, out: &mut [f16], sums: Option<&mut [f32]>, n: i32);";
    variants_with_and_without_pointers_from_the_ir: whole
        "pub linear;";
    variants_with_blocks_of_their_own: launches
        "#[grid(n_ctx / ROWS)] #[interchangeable(ROWS)]
         fn tiles(x: &TensorMap<f16, 2>, #[name = \"N_CTX\"] n_ctx: i32);";
    one_of_unlike_variants: launches
        "#[kernel = \"unlike@long\"] unlike;";
}

/// The order in which a launch tries the variants.
fn tried(declaration: &str) -> Vec<String> {
    let manifest = kernels::manifest();
    let input = syn::parse_str::<crate::input::Input>(&format!("crate = (rt); {declaration}")).unwrap();
    let mut report = crate::report::Report::default();
    let resolved = crate::resolve::resolve(&input.declarations[0], &manifest, &quote::quote!(v1), &mut report);
    let variants = resolved.unwrap_or_else(|| panic!("{}", report.into_items(&[]))).variants.unwrap();
    variants.tried().iter().map(|variant| variant.ident.to_string()).collect()
}

#[test]
fn variants_are_tried_from_the_most_promises_to_the_fewest() {
    assert_eq!(tried("#[interchangeable(BLOCK_M, EVEN_K, type)] gemm;"), ["EvenK", "Wide", "Base"]);
}

#[test]
fn of_equal_promises_the_smallest_by_the_constants_of_the_conditions_is_first() {
    assert_eq!(tried("#[interchangeable(BLOCK_SIZE)] softmax;"), ["Aligned", "Base", "Huge", "Wide"]);
    assert_eq!(tried("#[requires(n_cols <= BLOCK_SIZE)] softmax;"), ["Aligned", "Base", "Wide", "Huge"]);
    // A constant that is in no condition counts nothing.
    assert_eq!(tried("#[grid(BLOCK_SIZE)] #[requires(n_cols <= 7)] softmax;"), ["Aligned", "Base", "Huge", "Wide"]);
}

#[test]
fn of_equal_promises_what_is_right_for_all_arguments_is_last() {
    let rest = "#[interchangeable(BLOCK_M, type)] gemm;";
    assert_eq!(tried(&format!("#[requires(!EVEN_K || k % BLOCK_K == 0)] {rest}")), ["EvenK", "Wide", "Base"]);
    let condition = "#[requires(BLOCK_SIZE < 5000 && !(BLOCK_SIZE == 1024) || n_cols <= 9)]";
    assert_eq!(tried(&format!("{condition} softmax;")), ["Aligned", "Base", "Huge", "Wide"]);
}
