use triton_runner_rt::triton_kernel;

triton_kernel!(pub unsafe copy_ptx;);

fn main() {
    let _ = CopyPtx::interpret(1, &mut [0_u8; 4], &mut [0_u8; 4]);
}
