use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[external]
    pub fn safe(x: &[f32], n: i32);

    #[external]
    pub unsafe short;

    #[external]
    pub unsafe fn of_types<T>(x: &[T]);

    #[external(BLOCK = 1.5)]
    pub unsafe fn float(x: &[f32]);

    #[external(BLOCK = 1, BLOCK = 2)]
    pub unsafe fn twice(x: &[f32]);

    #[external = "plugin.cubin"]
    pub unsafe fn file(x: &[f32]);

    #[external]
    pub unsafe fn no_type(x: &[String], n: isize);

    #[external]
    #[chosen(BLOCK)]
    pub unsafe fn variants(x: &[f32]);

    #[external]
    #[grid(n.div_ceil(BLOCK))]
    pub unsafe fn unknown_constant(x: &[f32], n: i32);
}

fn main() {}
