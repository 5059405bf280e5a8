//! Forms of a declaration, and all that is generated for one.

super::accepted! {
    everything_of_a_kernel: whole
        "/// `out = x + y`.
         #[grid(n.div_ceil(BLOCK))]
         pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    everything_of_descriptors: whole
        "pub attention;";
    images_that_differ: outline
        "pub matmul;";
    launch_attributes: whole
        "unsafe scale;";
    ptx_without_machine_code: whole
        "unsafe copy_ptx;";
    constants_of_every_type: outline
        "constants;";
    writes_through_addresses_of_no_argument: whole
        "pub unsafe scatter;";
    nothing_lowered: whole
        "pub lowered_nowhere;";
    from_outside: external
        "/// From a plug-in.
         #[external(BLOCK = 1024, EVEN = true)]
         #[grid(n.div_ceil(BLOCK))]
         pub unsafe fn plugin(#[name = \"X\"] x: &[f32], out: Option<&mut [bf16]>, n: u64, scale: f32, t: &TensorMap<f16, 2>);";
    private: outline
        "fn empty();";
    visible_in_the_crate: outline
        "pub(crate) fn empty();";
    visible_in_a_module: outline
        "pub(in crate::kernels) empty;";
    a_name_of_its_own: outline
        "#[name = \"Nothing\"] pub fn empty();";
    the_same_kernel_twice: outline
        "pub empty; #[kernel = \"empty\"] #[grid(1)] pub fn empty_once();";
    documented_arguments: outline
        "/// Copies bytes.
         ///
         /// Both must not overlap.
         #[doc(alias = \"memcpy\")]
         #[doc(hidden)]
         pub unsafe fn copy_ptx(
             /// From here,
             /// in whole.
             src: &[u8],
             #[doc = \"To here.\"] dst: &mut [u8],
         );";
    configured: whole
        "#[cfg(feature = \"gpu\")] #[cfg(not(test))] #[grid(1)] fn empty();";
}
