//! Kernels in several variants.

use super::kernels;
use crate::variants::Variants;

super::accepted! {
    everything_of_variants: whole
        "/// `c = a @ a`.
         #[grid(m.div_ceil(BLOCK_M), if EVEN_K { 1 } else { k / BLOCK_K })]
         pub fn gemm(a: &[f16], partial: &mut [f32], c: &mut [f32], m: i32, k: i64);";
    variants_with_the_callers_grid: launches
        "gemm;";
    a_grid_by_variant_over_arguments_of_the_ir: launches
        "#[grid(m / BLOCK_M)] gemm;";
    one_variant_of_several: outline
        "#[kernel = \"gemm@wide\"] #[grid(m.div_ceil(BLOCK_M))] pub fn gemm_wide(
            a: &[f16], partial: &[f32], c: &mut [f32], m: i32, k: i64);";
    one_of_unlike_variants: launches
        "#[kernel = \"unlike@long\"] unlike;";
}

#[test]
fn variants_are_tried_from_the_most_promises_to_the_fewest() {
    let manifest = kernels::manifest();
    let kernels = crate::resolve::kernels("gemm", &manifest);
    let declaration = syn::parse_str::<crate::input::Input>("crate = (rt); gemm;").unwrap().declarations.remove(0);
    let variants = Variants::new(&kernels, &quote::format_ident!("Gemm"), &declaration).unwrap();
    let order: Vec<String> = variants.by_promises().iter().map(|variant| variant.ident.to_string()).collect();
    assert_eq!(order, ["EvenK", "Wide", "Base"]);
}
