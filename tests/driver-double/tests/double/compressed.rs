//! Images that are embedded compressed, against the driver double.

use std::sync::{LazyLock, Mutex};

use driver_double::fixtures::*;
use triton_runner_rt::__private::v1::{Archive, ImageFields, LoadedKernel, Packed};
use triton_runner_rt::{Error, context};

fn frame(content: &[u8]) -> &'static [u8] {
    let mut encoder = zstd::bulk::Compressor::new(19).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.compress(content).unwrap().leak()
}

/// The same image as a frame, after something was done to it.
fn framed(image: ImageFields, change: impl FnOnce(&mut Vec<u8>)) -> ImageFields {
    let size = image.bytes.len();
    let mut bytes = frame(image.bytes).to_vec();
    change(&mut bytes);
    ImageFields { bytes: &[], packed: Some(Packed::Frame { bytes: bytes.leak(), size, dictionary: None }), ..image }
}

/// Machine code of two architectures behind each other.
static LAID: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
    let mut laid = ADD_IMAGE_80.bytes.to_vec();
    laid.resize((laid.len() + 1).next_multiple_of(64), 0);
    let second = laid.len();
    laid.extend_from_slice(ADD_IMAGE_90.bytes);
    (laid, second)
});

fn archive() -> &'static Archive {
    static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| Archive::new(frame(&LAID.0), LAID.0.len(), 2));
    &ARCHIVE
}

driver_double::tests! {
    fn a_frame_is_decoded_and_loaded_once_for_a_context(double) {
        let (context, spec) = (context(0).unwrap(), add_with([framed(ADD_IMAGE_90, |_| {})]));
        for _ in 0..2 {
            let info = LoadedKernel::load(&context, spec).unwrap().info();
            assert_eq!((info.entry, info.refused.len()), ("add", 0));
        }
        assert_eq!(double.calls("cuModuleLoadData"), 1);
    }

    fn an_archive_gives_each_of_its_images(double) {
        let member = |image: ImageFields, offset| {
            let packed = Packed::Member { archive, offset, size: image.bytes.len() };
            ImageFields { bytes: &[], packed: Some(packed), ..image }
        };
        for (major, minor, arch) in [(9, 0, ADD_IMAGE_90.arch), (8, 0, ADD_IMAGE_80.arch)] {
            double.set_capability(major, minor);
            let spec = add_with([member(ADD_IMAGE_80, 0), member(ADD_IMAGE_90, LAID.1)]);
            assert_eq!(LoadedKernel::load(&context(0).unwrap(), spec).unwrap().info().arch, arch);
        }
    }

    fn a_damaged_image_is_an_error_that_names_it_and_never_reaches_the_driver(double) {
        let changes: [fn(&mut Vec<u8>); 4] = [
            |bytes| bytes.truncate(bytes.len() / 2),
            |bytes| bytes.clear(),
            |bytes| bytes.push(0),
            |bytes| *bytes.last_mut().unwrap() ^= 1,
        ];
        for change in changes {
            // What comes after it is not tried: a program that is damaged says so.
            let spec = add_with([framed(ADD_IMAGE_90, change), ADD_IMAGE_80, ADD_IMAGE_PTX]);
            let error = LoadedKernel::load(&context(0).unwrap(), spec).unwrap_err();
            let Error::Damaged(damaged) = &error else { panic!("{error}") };
            assert_eq!((damaged.kernel, damaged.image.as_str()), ("add", "sm_90a"));
            let text = error.to_string();
            assert!(text.contains("kernel `add` (sm_90a, from ") && text.contains(damaged.file), "{text}");
        }
        assert_eq!(double.calls("cuModuleLoadData"), 0);
    }

    fn many_threads_decode_an_archive_once(_double) {
        static LOADED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
        let packed = Packed::Member { archive, offset: LAID.1, size: ADD_IMAGE_90.bytes.len() };
        let context = context(0).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let spec = add_with([ImageFields { bytes: &[], packed: Some(packed), ..ADD_IMAGE_90 }]);
                    LoadedKernel::load(&context, spec).unwrap();
                    LOADED.lock().unwrap().push(spec.images[0].bytes().unwrap().as_ptr() as usize);
                });
            }
        });
        let mut loaded = LOADED.lock().unwrap().clone();
        loaded.dedup();
        assert_eq!(loaded.len(), 1, "decoded more than once");
    }
}
