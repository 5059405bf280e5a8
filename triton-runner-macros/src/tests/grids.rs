//! Grid expressions.

super::accepted! {
    a_grid_of_one_dimension: launches
        "#[grid(n.div_ceil(BLOCK))] fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    a_grid_by_cdiv: launches
        "#[grid(cdiv(n, BLOCK),)] fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: u32);";
    a_grid_of_two_dimensions: launches
        "#[grid(M.div_ceil(BLOCK_M), N.div_ceil(BLOCK_N))]
         fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);";
    a_grid_of_three_dimensions: launches
        "#[grid(2, -heads + 0x10, 3 % heads)]
         fn attention(q: &TensorMap<f16, 2>, k: &TensorMap<f16, 2>, o: &mut [f16], scale: f32, heads: i32);";
    a_grid_with_parentheses: launches
        "#[grid(((M + BLOCK_M - 1) / BLOCK_M) * (N / BLOCK_N + 1))]
         fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);";
    a_grid_with_methods: launches
        "#[grid(M.min(N).max(1).clamp(K, 132), (M - N).next_multiple_of(4))]
         fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);";
    a_grid_with_a_condition: launches
        "#[grid(if M > 4 * BLOCK_M && !(N == K) { M } else if M != 1 || true { 7 } else { N })]
         fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);";
    a_grid_with_conditions_that_may_overflow: launches
        "#[grid(if n * 2 > 5 { 1 } else { 2 }, if (n) == 1 && 3 < self::LIMIT { n } else if !(n / n > 2) { 4 } else { n } + 5)]
         fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    a_grid_with_flags: launches
        "#[grid(if EVEN_K { n } else { 1 })] fn constants(out: &mut [i32], n: i64);";
    a_grid_with_a_constant_named_as_in_the_kernel: launches
        "#[grid(r#type * TYPE + CFG_STAGES)] fn constants(out: &mut [i32], n: u64);";
    a_grid_with_constants_of_ones_own: launches
        "#[grid(self::LIMIT.min(n), crate::limits::Y, if limits::FLAG { 1 } else { 2 })]
         fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    a_grid_over_arguments_of_the_ir: launches
        "#[grid(M.div_ceil(128))] matmul;";
    a_grid_over_keywords: launches
        "#[grid(r#type, grid * stream, self_)]
         fn keywords(r#type: i32, self_: i32, t_0: i32, stream: i32, grid: i32, M: i32);";
    a_grid_over_multiprocessors: launches
        "#[grid(min(multiprocessors, cdiv(n, BLOCK)), if multiprocessors > 4 { max(n, 1) } else { n / multiprocessors })]
         fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    a_grid_over_multiprocessors_of_no_device: interpreted
        "#[grid(n.div_ceil(BLOCK).min(2 * multiprocessors))]
         fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    a_condition: launches
        "#[requires(n > 0)] #[requires(n % 4 == 0 && n <= 64 * BLOCK)]
         fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    a_condition_with_flags: launches
        "#[requires(!EVEN_K || n == crate::LIMIT)] fn constants(out: &mut [i32], n: i64);";
    a_grid_of_numbers: launches
        "#[grid(1)] fn empty();";
    an_argument_hides_a_constant: launches
        "#[kernel = \"layer-norm.fwd\"] #[grid(BLOCK)] fn layer_norm(x: &[bf16], out: &mut [bf16], BLOCK: i32);";
}
