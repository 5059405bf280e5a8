//! `TRITON_RUNNER_CHECK=1`: each launch is interpreted first, on copies of its memory. What the interpreter finds refuses the
//! launch; what the device then leaves in memory is compared with what the interpreter left.
//!
//! Memory is copied by allocation, so the bounds that hold are those of allocations, and memory of a pool of one's own is one
//! piece.

use std::ffi::c_void;
use std::io::Write as _;

use triton_runner_interpreter::numbers::compare::{Difference, Verdict, compare};
use triton_runner_interpreter::numbers::format::Format;
use triton_runner_interpreter::{Argument, Buffer, Launch};

use super::value::Value;
use crate::driver::abi;
use crate::driver::status::check;
use crate::error::InterpretFailure;
use crate::interpret::{Ttir, interpreted};
use crate::kernel::image::LoadedImage;
use crate::stream::is_capturing;
use crate::tensor_map::Descriptor;
use crate::{Error, Result};

/// What memory is to hold after a launch.
pub(super) struct Expected {
    /// What was interpreted.
    ttir: &'static Ttir,
    copies: Vec<Copied>,
}

/// An allocation that the kernel was given a pointer into.
struct Copied {
    start: abi::DeviceAddress,
    bytes: Vec<u8>,
    /// The first argument that points into it.
    argument: &'static str,
    format: Option<Format>,
}

impl Expected {
    /// Interprets a launch that is about to be made; `None` for one that can't be.
    ///
    /// # Errors
    ///
    /// What the interpreter found, or a copy that failed.
    ///
    /// # Safety
    ///
    /// `params` points to a pointer for each of the kernel's arguments, in their order and with their types; a descriptor's is
    /// one to a [`Descriptor`].
    pub(super) unsafe fn of(
        image: &LoadedImage,
        stream: abi::Stream,
        grid: [u32; 3],
        params: *const *mut c_void,
    ) -> Result<Option<Self>> {
        let Some(kernel) = image.interpreted.get().copied() else { return Ok(None) };
        if is_capturing(image.driver, stream).unwrap_or_default() {
            return Ok(None);
        }
        // What the image was lowered from, for a kernel with files for each architecture.
        let ttir = match kernel.ttir(Some(image.image.arch)) {
            Ok(ttir) => ttir,
            Err(error) => return Ok(unchecked(&error)),
        };
        let mut expected = Self { ttir, copies: Vec::new() };
        let mut arguments = Vec::new();
        for (index, argument) in image.spec.args.iter().enumerate() {
            // SAFETY: there is one for each.
            let at: *const u8 = unsafe { *params.add(index) }.cast();
            let mut placed = |address, format| expected.place(image, stream, argument.name, address, format);
            // SAFETY: it is of that type, by the caller's promise.
            arguments.push(match unsafe { Value::read(argument.ty, at) } {
                Value::Flag(flag) => Argument::Integer(flag.into()),
                Value::Integer(number) => Argument::Integer(number),
                Value::Float(number) => Argument::Float(number),
                Value::Address(0) => Argument::Null,
                Value::Address(address) => {
                    let (buffer, offset) = placed(address, format_of(argument.ty.trim_start_matches('*')))?;
                    Argument::Pointer { buffer, offset }
                }
                Value::Other(ty) => {
                    let Some(tensor) = ty.strip_prefix("tensordesc<") else { return Ok(None) };
                    // SAFETY: the caller's promise for a descriptor.
                    let descriptor = unsafe { &*at.cast::<Descriptor<'_>>() };
                    let element = tensor.split('[').next().unwrap_or_default();
                    let (address, layout) = descriptor.tensor();
                    let (buffer, offset) = placed(address, format_of(element))?;
                    Argument::Descriptor(interpreted(layout, buffer, offset))
                }
            });
        }
        expected.interpret(image, grid, arguments)
    }

    /// The copy of the allocation at an address, and how far behind its start that is.
    fn place(
        &mut self,
        image: &LoadedImage,
        stream: abi::Stream,
        argument: &'static str,
        address: abi::DeviceAddress,
        format: Option<Format>,
    ) -> Result<(usize, i64)> {
        let functions = &image.driver.functions;
        let failed = |source| Error::Driver {
            doing: format!(
                "kernel `{}` was not checked: the memory of `{argument}` could not be copied",
                image.spec.name
            ),
            source,
        };
        let (mut start, mut size) = (0, 0);
        let missing = || failed(crate::driver::DriverError::from_code(abi::ERROR_NOT_FOUND));
        let range = functions.address_range.ok_or_else(missing)?;
        // SAFETY: both outlive the call.
        check(unsafe { range(&mut start, &mut size, address) }).map_err(failed)?;
        let offset = address.wrapping_sub(start) as i64;
        if let Some(place) = self.copies.iter().position(|copied| copied.start == start) {
            return Ok((place, offset));
        }
        let bytes = read(image, stream, start, size).map_err(failed)?;
        self.copies.push(Copied { start, bytes, argument, format });
        Ok((self.copies.len() - 1, offset))
    }

    fn interpret(mut self, image: &LoadedImage, grid: [u32; 3], arguments: Vec<Argument>) -> Result<Option<Self>> {
        let program = match self.ttir.program(image.spec) {
            Ok(program) => program,
            Err(error) => return Ok(unchecked(&error)),
        };
        let mut launch = Launch::new(program, grid);
        for Copied { bytes, .. } in &mut self.copies {
            launch.buffer(Buffer::write(bytes));
        }
        arguments.into_iter().for_each(|argument| launch.argument(argument));
        self.ttir.succeeded(image.spec, launch.run())?;
        Ok(Some(self))
    }

    /// Compares memory with what the interpreter left, once the kernel is done.
    ///
    /// # Errors
    ///
    /// [`InterpretFailure::Differs`], or a copy that failed.
    pub(super) fn compare(self, image: &LoadedImage, stream: abi::Stream) -> Result<()> {
        let mut wrong: Vec<Difference> = Vec::new();
        for Copied { start, bytes, argument, format } in self.copies {
            let found = read(image, stream, start, bytes.len()).map_err(|source| Error::Driver {
                doing: format!("what kernel `{}` left in `{argument}` could not be copied", image.spec.name),
                source,
            })?;
            let difference = compare(argument, format, &found, &bytes);
            if difference.verdict == Verdict::Wrong {
                wrong.push(difference);
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let file = self.ttir.source();
        Err(InterpretFailure::Differs { kernel: image.spec.name, file, image: image.image.label(), differences: wrong }
            .into())
    }
}

/// Says why a launch isn't checked.
fn unchecked(why: &Error) -> Option<Expected> {
    let _ = writeln!(std::io::stderr(), "note: not checked: {why}");
    None
}

/// The bytes of an allocation, after what the stream has before.
fn read(
    image: &LoadedImage,
    stream: abi::Stream,
    start: abi::DeviceAddress,
    size: usize,
) -> std::result::Result<Vec<u8>, crate::driver::DriverError> {
    let functions = &image.driver.functions;
    let copy = functions.copy_to_host.ok_or(crate::driver::DriverError::from_code(abi::ERROR_NOT_FOUND))?;
    let mut bytes = vec![0_u8; size];
    // SAFETY: there are so many bytes on both sides, and the host's are there until the stream is done.
    check(unsafe { copy(bytes.as_mut_ptr().cast(), start, size, stream) })?;
    // SAFETY: the stream is of the current context.
    check(unsafe { (functions.stream_synchronize)(stream) })?;
    Ok(bytes)
}

/// The format of elements of this type, as Triton spells it.
fn format_of(element: &str) -> Option<Format> {
    Some(match element {
        "i1" | "u1" => Format::I1,
        "i8" | "u8" => Format::I8,
        "i16" | "u16" => Format::I16,
        "i32" | "u32" => Format::I32,
        "i64" | "u64" => Format::I64,
        "fp8e4nv" => Format::F8E4M3Fn,
        "fp8e5" => Format::F8E5M2,
        "fp16" => Format::F16,
        "bf16" => Format::Bf16,
        "fp32" => Format::F32,
        "fp64" => Format::F64,
        _ => return None,
    })
}
