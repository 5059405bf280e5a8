use proptest::prelude::*;
use test_data::{damaged, data, text};

use super::*;

const SIGNATURE: &str = r#""signature": [{"name": "x", "type": "*fp32"}, {"name": "y", "type": "*fp32"}, {"name": "out", "type": "*fp32"}, {"name": "n", "type": "i32", "divisible_by": 16}], "constants": {"BLOCK": 256, "EVEN": true}"#;

/// The JSON of Triton 3.6's `add` for sm_80, with arguments.
fn json() -> String {
    text("3.6/add.sm_80.json").replacen('{', &format!("{{{SIGNATURE}, "), 1)
}

fn cubin() -> Vec<u8> {
    data("3.6/add.sm_80.cubin")
}

fn fault(image: &[u8], metadata: &str) -> ExternalFault {
    match ExternalImage::new("add.cubin", image, metadata).unwrap_err() {
        Error::External(failure) => {
            assert_eq!(failure.file, "add.cubin");
            failure.fault
        }
        other => panic!("{other}"),
    }
}

fn message(image: &[u8], metadata: &str) -> String {
    ExternalImage::new("add.cubin", image, metadata).unwrap_err().to_string()
}

#[test]
fn a_cubin_and_ptx_are_read_with_what_their_json_says() {
    let cubin = ExternalImage::new("add.cubin", &cubin(), &json()).unwrap();
    assert_eq!((cubin.kind(), cubin.arch().number(), cubin.file()), (ImageKind::Cubin, 80, "add.cubin"));
    let names: Vec<_> = cubin.arguments().collect();
    assert_eq!(names, [("x", "*fp32"), ("y", "*fp32"), ("out", "*fp32"), ("n", "i32")]);
    assert_eq!((cubin.constant("BLOCK"), cubin.constant("EVEN"), cubin.constant("M")), (Some(256), None, None));
    assert_eq!(cubin.bytes(), self::cubin());
    assert_eq!(cubin.bytes().as_ptr().addr() % ALIGNMENT, 0);
    let ptx = text("3.6/add.sm_80.ptx");
    for given in [ptx.clone(), format!("{ptx}\0")] {
        let image = ExternalImage::new("add.ptx", given.as_bytes(), &json()).unwrap();
        assert_eq!((image.kind(), image.entry()), (ImageKind::Ptx, cubin.entry()));
        assert_eq!(image.bytes().strip_suffix(b"\0"), Some(ptx.as_bytes()));
        assert_eq!(image.bytes().as_ptr().addr() % ALIGNMENT, 0);
    }
}

#[test]
fn what_is_no_kernel_is_refused_with_a_reason() {
    let json = json();
    assert!(matches!(fault(b"", &json), ExternalFault::Image(_)));
    assert!(matches!(fault(&[0xff; 64], &json), ExternalFault::Image(_)));
    assert!(matches!(fault(&cubin()[..1000], &json), ExternalFault::Image(_)));
    let ptx = text("3.6/add.sm_80.ptx").replace(".target", "\0.target");
    assert!(matches!(fault(ptx.as_bytes(), &json), ExternalFault::NulInside));
    assert!(matches!(fault(&cubin(), "{"), ExternalFault::Metadata(_)));
    assert!(matches!(fault(&cubin(), &text("3.6/add.sm_80.json")), ExternalFault::NoSignature));
    let large = format!("{{\"padding\": \"{}\"}}", "x".repeat(LARGEST_METADATA as usize));
    assert!(matches!(fault(&cubin(), &large), ExternalFault::TooLarge { .. }));
}

#[test]
fn an_image_that_is_not_what_its_json_says_is_refused() {
    let changed = |from: &str, to: &str| {
        let json = json();
        assert!(json.contains(from), "{from}");
        message(&cubin(), &json.replacen(from, to, 1))
    };
    let warps = changed("\"num_warps\": 4", "\"num_warps\": 8");
    assert!(warps.contains("its block must be 128 threads, but the metadata says 8 warps"), "{warps}");
    let arguments = changed(r#", {"name": "n", "type": "i32", "divisible_by": 16}"#, "");
    assert!(arguments.contains("the kernel's parameters are not the arguments"), "{arguments}");
    let types = changed(r#""n", "type": "i32""#, r#""n", "type": "i64""#);
    assert!(types.contains("the kernel's parameters are not the arguments"), "{types}");
    let other = message(&cubin(), &json().replace("\"arch\": 80", "\"arch\": 90").replace("sm80", "sm90"));
    assert!(other.contains("it is for sm_80, but sm_90 was asked for"), "{other}");
    let missing = changed("\"shared\"", "\"not_shared\"");
    assert!(missing.contains("`shared` is missing"), "{missing}");
    let hash = changed("{", &format!("{{\"sha256\": {{\"cubin\": \"{}\"}}, ", "0".repeat(64)));
    assert!(hash.contains("it was written for another `.cubin`"), "{hash}");
}

#[test]
fn a_file_is_read_with_the_json_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("add.sm_80.cubin");
    let missing = ExternalImage::open(&path).unwrap_err().to_string();
    assert!(missing.contains("add.sm_80.cubin") && missing.contains("check the path"), "{missing}");
    std::fs::write(&path, cubin()).unwrap();
    let alone = ExternalImage::open(&path).unwrap_err().to_string();
    assert!(alone.contains("add.sm_80.json"), "{alone}");
    std::fs::write(folder.path().join("add.sm_80.json"), json()).unwrap();
    assert_eq!(ExternalImage::open(&path).unwrap().bytes(), cubin());
}

#[test]
fn descriptions_are_made_once() {
    static ADD: DeclaredKernel = DeclaredKernel {
        name: "add",
        arguments: &[
            DeclaredArgument { name: "x", matched: "x", ty: "*fp32", declared: "&[f32]" },
            DeclaredArgument { name: "y", matched: "y", ty: "*fp32", declared: "&[f32]" },
            DeclaredArgument { name: "out", matched: "out", ty: "*fp32", declared: "&mut [f32]" },
            DeclaredArgument { name: "count", matched: "n", ty: "i32", declared: "u32" },
        ],
        constants: &[DeclaredConstant::Int("BLOCK", 256), DeclaredConstant::Bool("EVEN", true)],
    };
    let image = |file: &str| ExternalImage::new(file, &cubin(), &json()).unwrap();
    ADD.check(&image("a")).unwrap();
    let first = spec(&ADD, &image("a"));
    assert_eq!((first.name, first.source, first.args[3].name, first.args[3].divisible_by), ("add", "a", "count", 16));
    assert!(std::ptr::eq(first, spec(&ADD, &image("a"))));
    assert!(!std::ptr::eq(first, spec(&ADD, &image("b"))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_damaged_file_makes_reading_panic(cubin in damaged::files("cubin"), ptx in damaged::files("ptx"), json in damaged::texts("json")) {
        for image in [&cubin, &ptx] {
            for metadata in [&json, &self::json()] {
                if let Err(error) = ExternalImage::new("damaged", image, metadata) {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
