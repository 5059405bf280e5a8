//! A build script as users write it. Tests run it as cargo would, and interrupt it as cargo's user might.

fn main() {
    triton_runner_build::build();
}
