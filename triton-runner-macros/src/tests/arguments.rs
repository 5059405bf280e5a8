//! Arguments of every type.

super::accepted! {
    scalars_of_every_type_with_sign: launches
        "pub fn all_scalars(a_i1: bool, a_i8: i8, a_i16: i16, a_i32: i32, a_i64: i64, a_fp16: f16, a_bf16: bf16,
                            a_fp32: f32, a_fp64: f64, a_fp8e4nv: F8E4M3, a_fp8e5: F8E5M2);";
    integers_without_sign: launches
        "pub fn all_scalars(a_i1: bool, a_i8: u8, a_i16: u16, a_i32: u32, a_i64: u64, a_fp16: f16, a_bf16: bf16,
                            a_fp32: f32, a_fp64: f64, a_fp8e4nv: F8E4M3, a_fp8e5: F8E5M2);";
    types_with_paths: launches
        "pub fn all_scalars(a_i1: ::core::primitive::bool, a_i8: std::primitive::i8, a_i16: i16, a_i32: i32, a_i64: i64,
                            a_fp16: half::f16, a_bf16: ::half::bf16, a_fp32: f32, a_fp64: f64,
                            a_fp8e4nv: triton_runner_rt::F8E4M3, a_fp8e5: rt::F8E5M2,);";
    pointers_to_every_type: launches
        "pub fn all_pointers(p_i1: &[bool], p_i8: &mut [i8], p_i16: &[i16], p_i32: &mut [i32], p_i64: &[i64],
                             p_fp16: &mut [f16], p_bf16: &[bf16], p_fp32: &mut [f32], p_fp64: &[f64],
                             p_fp8e4nv: &mut [F8E4M3], p_fp8e5: &[F8E5M2]);";
    pointers_to_integers_without_sign: launches
        "pub fn all_pointers(p_i1: &[bool], p_i8: &mut [u8], p_i16: &[u16], p_i32: &mut [u32], p_i64: &[u64],
                             p_fp16: &mut [f16], p_bf16: &[bf16], p_fp32: &mut [f32], p_fp64: &[f64],
                             p_fp8e4nv: &mut [F8E4M3], p_fp8e5: &[F8E5M2]);";
    pointers_that_may_be_null: launches
        "fn add_kernel(x: Option<&[f32]>, y: std::option::Option<&mut [f32]>, out: &mut [f32], n: i32);";
    a_pointer_that_is_only_read_may_be_declared_as_written: launches
        "fn add_kernel(x: &mut [f32], y: &[f32], out: &mut [f32], n: i32);";
    references_with_lifetimes: launches
        "fn add_kernel(x: &'static [f32], y: &'a [f32], out: &'a mut [f32], n: i32);";
    promises_of_every_width: launches
        "fn promises(n_i8: i8, n_i16: i16, n_i32: i32, n_i64: i64);";
    promises_without_sign: launches
        "fn promises(n_i8: u8, n_i16: u16, n_i32: u32, n_i64: u64);";
    sizes_in_upper_case: launches
        "fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);";
    names_that_are_keywords: launches
        "fn keywords(r#type: i32, self_: i32, t_0: i32, stream: i32, grid: i32, M: i32);";
    a_name_that_is_no_raw_name: launches
        "fn keywords(r#type: i32, self: i32, t_0: i32, stream: i32, grid: i32, M: i32);";
    names_that_are_keywords_from_the_ir: launches
        "keywords;";
    names_that_are_one_in_rust: launches
        "tuples;";
    names_of_ones_own_where_the_ir_has_none: launches
        "#[kernel = \"layer-norm.fwd\"] fn layer_norm(x: &[bf16], out: &mut [bf16], columns: i32);";
    names_by_number_from_the_ir: launches
        "#[kernel = \"layer-norm.fwd\"] layer_norm;";
    accesses_taken_at_their_word: launches
        "unsafe fn copy_ptx(src: &[u8], dst: &mut [u8]);";
    accesses_unknown_to_the_short_form_are_writes: launches
        "unsafe copy_ptx;";
    tensor_maps: launches
        "fn attention(q: &TensorMap<f16, 2>, k: &rt::TensorMap<half::f16, 2>, o: &mut [f16], scale: f32, heads: i32);";
    tensor_maps_from_the_ir: launches
        "attention;";
    tensor_maps_that_are_written: launches
        "unsafe fn stored(source: &mut TensorMap<f16, 2>, target: &mut TensorMap<f16, 2>, other: &TensorMap<f16, 2>);";
    tensor_maps_that_are_written_from_the_ir: launches
        "stored;";
    untyped_tensor_maps: launches
        "fn tma_copy(desc: &TensorMap<F8E4M3, 3>, out: &mut [f32]);";
    no_arguments: launches
        "fn empty();";
    no_arguments_from_the_ir: launches
        "empty";
}
