//! What `triton_kernel!` writes, by hand: that the runtime's private interface holds together, and that generated code
//! meets no lint. Nothing is launched.
#![deny(warnings, unsafe_op_in_unsafe_fn, missing_docs, rust_2018_idioms)]
#![no_implicit_prelude]

use ::triton_runner_rt as rt;

static IMAGE: rt::__private::v1::Aligned<4> = rt::__private::v1::Aligned::new(*b"none");
static SPEC: rt::__private::v1::KernelSpec = rt::__private::v1::KernelSpec {
    name: "add_kernel",
    source: "kernels/add_kernel.ttir",
    checks: &[],
    args: &[
        rt::__private::v1::ArgSpec { name: "x", ty: "*fp32", divisible_by: 16 },
        rt::__private::v1::ArgSpec { name: "bias", ty: "*fp16", divisible_by: 1 },
        rt::__private::v1::ArgSpec { name: "out", ty: "*fp32", divisible_by: 16 },
        rt::__private::v1::ArgSpec { name: "n", ty: "i32", divisible_by: 16 },
        rt::__private::v1::ArgSpec { name: "relu", ty: "i1", divisible_by: 1 },
        rt::__private::v1::ArgSpec { name: "map", ty: "tensordesc<fp16[128, 64]>", divisible_by: 1 },
    ],
    images: &[rt::__private::v1::ImageSpec::new(rt::__private::v1::ImageFields {
        kind: rt::__private::v1::ImageKind::Cubin,
        arch: rt::Arch::new(90, rt::Suffix::A),
        bytes: IMAGE.bytes(),
        packed: ::core::option::Option::None,
        source: "kernels/add_kernel.ttir",
        entry: c"add_kernel",
        num_warps: 4,
        cluster: [1, 1, 1],
        shared: 0,
        static_shared: 0,
        hidden: 1,
        scratch_size: 0,
        scratch_align: 1,
        profile_scratch_size: 0,
        profile_scratch_align: 1,
        cooperative: false,
        pdl: false,
        registers: ::core::option::Option::Some(16),
        local_bytes: ::core::option::Option::Some(0),
        descriptors: &[rt::__private::v1::DescriptorSpec {
            swizzle: 3,
            elem_size: 2,
            elem_type: 6,
            block_size: &[128, 64],
            fp4_padded: false,
        }],
    })],
};

/// A kernel.
#[derive(Clone, Debug)]
pub struct AddKernel {
    kernel: rt::__private::v1::LoadedKernel,
}

impl AddKernel {
    /// Loads it.
    pub fn load(context: &::std::sync::Arc<rt::cudarc::driver::CudaContext>) -> rt::Result<Self> {
        ::core::result::Result::Ok(Self { kernel: rt::__private::v1::LoadedKernel::load(context, &SPEC)? })
    }

    /// Launches it.
    ///
    /// # Safety
    ///
    /// As documented.
    #[allow(clippy::too_many_arguments)]
    pub unsafe fn launch(
        &self,
        stream: &::std::sync::Arc<rt::cudarc::driver::CudaStream>,
        x: impl rt::__private::v1::Input<f32>,
        bias: impl rt::__private::v1::NullableInput<rt::half::f16>,
        out: impl rt::__private::v1::Output<f32>,
        n: i32,
        relu: bool,
        map: &rt::TensorMap<'_, rt::half::f16, 2>,
    ) -> ::core::result::Result<(), rt::Error> {
        let grid = rt::__private::v1::Grid::new(
            rt::__private::v1::Extent::div_ceil(
                rt::__private::v1::Extent::from(n),
                rt::__private::v1::Extent::new(1024),
            ),
            1,
            if rt::__private::v1::Extent::from(n) > rt::__private::v1::Extent::new(3) {
                rt::__private::v1::Extent::new(1)
            } else {
                rt::__private::v1::Extent::new(2)
            },
        );
        let launch = self.kernel.on(stream)?;
        let (x, x_guard) = rt::__private::v1::Input::<f32>::pass(x, stream);
        launch.local(0, &x_guard)?;
        launch.pointer::<16>(0, x)?;
        let (bias, bias_guard) = rt::__private::v1::NullableInput::<rt::half::f16>::pass(bias, stream);
        launch.local(1, &bias_guard)?;
        let (out, out_guard) = rt::__private::v1::Output::<f32>::pass(out, stream);
        launch.local(2, &out_guard)?;
        launch.pointer::<16>(2, out)?;
        launch.integer::<16>(3, n as i64)?;
        let relu = <u8 as ::core::convert::From<bool>>::from(relu);
        let map = launch.descriptor(5, map)?;
        let mut parameters = [
            (&raw const x).cast_mut().cast::<::core::ffi::c_void>(),
            (&raw const bias).cast_mut().cast::<::core::ffi::c_void>(),
            (&raw const out).cast_mut().cast::<::core::ffi::c_void>(),
            (&raw const n).cast_mut().cast::<::core::ffi::c_void>(),
            (&raw const relu).cast_mut().cast::<::core::ffi::c_void>(),
            (&raw const map).cast_mut().cast::<::core::ffi::c_void>(),
            ::core::ptr::null_mut(),
            ::core::ptr::null_mut(),
        ];
        // SAFETY: as documented.
        unsafe { launch.run(grid, &mut parameters) }
    }
}

/// Every way to pass memory; compiled only.
#[allow(dead_code, unused_mut)]
fn calls(
    add: &AddKernel,
    stream: &::std::sync::Arc<rt::cudarc::driver::CudaStream>,
    x: &rt::cudarc::driver::CudaSlice<f32>,
    bias: ::core::option::Option<&rt::cudarc::driver::CudaSlice<rt::half::f16>>,
    half: &mut rt::cudarc::driver::CudaSlice<rt::half::f16>,
    out: &mut rt::cudarc::driver::CudaSlice<f32>,
) -> rt::Result<()> {
    let raw = rt::DevicePointer::<f32>::new(0x1000);
    let map = rt::TensorMap::contiguous(&*half, [128, 64])?;
    // SAFETY: never called.
    unsafe {
        add.launch(stream, x, bias, &mut *out, 16, true, &map)?;
        add.launch(stream, x, rt::Null, &mut *out, 16, true, &map)?;
        let view = x.slice(0..4);
        add.launch(stream, &view, bias, out.slice_mut(0..4), 16, true, &map)?;
        add.launch(stream, x.slice(0..4), bias, out.slice_mut(0..4), 16, true, &map)?;
        add.launch(stream, raw, bias, raw, 16, true, &map)?;
        let (mut low, mut high) = out.split_at_mut(2);
        add.launch(stream, &low, bias, &mut high, 16, true, &map)?;
        add.launch(stream, &mut high, bias, &mut low, 16, true, &map)?;
    }
    let written = rt::TensorMap::new(half, [64, 64], [64, 1])?.pad_with_nan();
    // SAFETY: never called.
    unsafe { add.launch(stream, raw, rt::Null, raw, 16, true, &written) }
}

/// A machine without a driver gets an error and no panic; a machine with one is not this test's business.
#[test]
#[cfg_attr(miri, ignore = "opens libcuda")]
fn a_machine_without_a_driver_gets_an_error() {
    if let ::core::result::Result::Err(error) = rt::context(99) {
        ::std::assert!(::core::matches!(error, rt::Error::DriverNotFound { .. } | rt::Error::NoDevice { .. }));
        ::std::assert!(::std::string::ToString::to_string(&error).contains('\n'));
    }
}
