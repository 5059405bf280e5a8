//! Folders as other programs leave them, used as they are: those of the Python project triton_runner, which has one
//! level in each and a JSON with `kernel_signature`, and those of Triton's own cache, of any version.

use std::process::Command;

use e2e::{Package, file, repository, triton};
use triton_runner_build::Error;
use triton_runner_manifest::{BuiltKernel, ImageKind, Level};

/// The versions that there are artifacts of.
fn versions() -> Vec<String> {
    let folders = std::fs::read_dir(repository().join("triton-runner-build/tests/data")).unwrap();
    let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let versions: Vec<_> = names.filter(|name| name.starts_with("3.")).collect();
    assert!(versions.len() >= 8, "{versions:?}");
    versions
}

/// The Python project's way to write a signature: a tuple of three for each parameter up to Triton 3.4, then of four.
const OF_3: &str = "(('x_ptr', '*fp32', 'D'), ('y_ptr', '*fp32', 'D'), ('out_ptr', '*fp32', 'D'), ('n', 'i32', ''), ('BLOCK', 'constexpr', 1024))";
const OF_4: &str = "(('x_ptr', '*fp32', 'D', False), ('y_ptr', '*fp32', 'D', False), ('out_ptr', '*fp32', 'D', False), ('n', 'i32', '', False), ('BLOCK', 'constexpr', 1024, True))";

/// The metadata that a Triton wrote for `add`, with what its cache has besides, and a signature of the Python project.
fn metadata(version: &str, signature: Option<&str>) -> Vec<u8> {
    let text = file(&format!("triton-runner-build/tests/data/{version}/add.sm_80.json"));
    let mut json: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&text).unwrap();
    json.insert("hash".into(), "7bd5a0e2".into());
    json.insert(
        "extern_libs".into(),
        serde_json::json!([["libdevice", "/usr/lib/triton/backends/nvidia/lib/libdevice.10.bc"]]),
    );
    if let Some(signature) = signature {
        json.insert("kernel_signature".into(), signature.into());
    }
    serde_json::to_vec(&json).unwrap()
}

/// A folder with `add.LEVEL` and `add.json`, as the Python project has them.
fn folder(version: &str, level: &str, signature: Option<&str>, settings: &str) -> Package {
    let package = Package::new(&format!("archs = [\"sm_80\"]\n{settings}")).unwrap();
    let name = if level == "ttir" { "add.ttir".to_owned() } else { format!("add.sm_80.{level}") };
    let artifact = format!("triton-runner-build/tests/data/{version}/{name}");
    package.copy(&artifact, &format!("add.{level}")).unwrap();
    package.write("kernels/add.json", metadata(version, signature)).unwrap();
    package
}

fn build(package: &Package) -> Result<BuiltKernel, Error> {
    package.build().map(|built| built.manifest().kernels[0].clone())
}

#[track_caller]
fn check(kernel: &BuiltKernel, version: &str, level: &str) {
    let what = format!("{level} of Triton {version}");
    let arguments: Vec<_> = kernel.arguments.iter().map(|a| (a.ty.to_string(), a.divisible_by)).collect();
    let pointer = ("*fp32".to_owned(), 16);
    assert_eq!(arguments, [pointer.clone(), pointer.clone(), pointer, ("i32".to_owned(), 1)], "{what}");
    let [image] = &kernel.images[..] else { panic!("{what}: {} images", kernel.images.len()) };
    assert_eq!((image.kind, image.level.extension(), image.num_warps), (ImageKind::Cubin, level, 4), "{what}");
    let hidden = match version {
        "3.2" => 0,
        "3.3" | "3.4" => 1,
        _ => 2,
    };
    // TTIR is lowered by Triton 3.3.1 here, whoever wrote it.
    assert_eq!(image.hidden, if level == "ttir" { 1 } else { hidden }, "{what}");
}

#[test]
fn machine_code_of_every_triton_works_with_either_signature() {
    for version in &versions() {
        for signature in [OF_3, OF_4] {
            let kernel = build(&folder(version, "cubin", Some(signature), "")).unwrap_or_else(|e| panic!("{e}"));
            check(&kernel, version, "cubin");
            let names: Vec<_> = kernel.arguments.iter().map(|argument| argument.name.as_str()).collect();
            assert_eq!(names, ["x_ptr", "y_ptr", "out_ptr", "n"]);
            assert_eq!(kernel.constants.len(), 1);
        }
    }
}

#[test]
fn ptx_works_where_there_is_a_ptxas_that_reads_it() {
    triton::toolchain();
    for version in &versions() {
        match build(&folder(version, "ptx", Some(OF_3), "triton = \"3.3.1\"")) {
            Ok(kernel) => check(&kernel, version, "ptx"),
            // Triton 3.3.1 has ptxas 12.4 and 12.8, and PTX 8.8 needs 12.9.
            Err(error) => {
                let error = error.to_string();
                assert!(!["3.2", "3.3", "3.4", "3.5", "3.6", "3.7"].contains(&version.as_str()), "{version}: {error}");
                for part in ["kernels/add.ptx", "PTX of version 8.8", "cargo triton setup", "TRITON_RUNNER_PTXAS"] {
                    assert!(error.contains(part), "{version}: {error}");
                }
            }
        }
    }
}

#[test]
fn levels_of_triton_itself_work_with_the_triton_that_made_them() {
    for level in ["ttgir", "llir"] {
        for signature in [OF_3, OF_4] {
            // Which Triton it was is in the metadata: no setting says so.
            let kernel = build(&folder("3.3", level, Some(signature), "")).unwrap_or_else(|e| panic!("{e}"));
            check(&kernel, "3.3", level);
        }
        let error = build(&folder("3.6", level, Some(OF_4), "triton = \"3.3.1\"")).unwrap_err().to_string();
        assert!(error.contains(&format!("kernels/add.{level}`")) && error.contains("triton = \"3.6.0\""), "{error}");
    }
}

#[test]
fn ttir_and_its_metadata_work_whichever_triton_wrote_them() {
    for version in &versions() {
        let kernel = build(&folder(version, "ttir", None, "triton = \"3.3.1\"")).unwrap_or_else(|e| panic!("{e}"));
        check(&kernel, version, "ttir");
    }
}

#[test]
fn without_a_signature_only_ir_with_types_works() {
    for signature in [None, Some("None")] {
        check(&build(&folder("3.3", "ttgir", signature, "")).unwrap(), "3.3", "ttgir");
        for level in ["llir", "ptx", "cubin"] {
            let error = build(&folder("3.3", level, signature, "")).unwrap_err().to_string();
            assert!(error.contains(&format!("kernels/add.{level}`")), "{error}");
            assert!(
                error.contains("no file says what its arguments are") && error.contains("\"signature\": ["),
                "{error}"
            );
        }
    }
}

#[test]
fn a_whole_folder_of_tritons_cache_is_a_folder_of_kernels() {
    let cache = tempfile::tempdir().unwrap();
    let toolchain = triton::toolchain();
    let mut command = Command::new(&toolchain.python);
    command.args(["-s", "-S", "-B"]).arg(repository().join("tests/e2e/python/cache.py"));
    command.arg(repository().join("examples/vector-add/kernels/add_kernel.py")).arg("80");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", cache.path());
    command.env("PYTHONPATH", &toolchain.site).env("TRITON_CACHE_DIR", cache.path());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let folders = std::fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().path());
    let folder = folders.into_iter().find(|folder| folder.join("add_kernel.cubin").exists()).unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let extensions = ["cubin", "json", "llir", "ptx", "ttgir", "ttir"];
    let expected: Vec<_> = std::iter::once("__grp__add_kernel.json".to_owned())
        .chain(extensions.iter().map(|extension| format!("add_kernel.{extension}")))
        .collect();
    assert_eq!(names, expected);

    let package = Package::new("archs = [\"sm_80\", \"sm_90\"]").unwrap();
    for name in &names {
        package.write(&format!("kernels/{name}"), std::fs::read(folder.join(name)).unwrap()).unwrap();
    }
    let built = package.build().unwrap_or_else(|error| panic!("{error}"));
    let [kernel] = &built.manifest().kernels[..] else { panic!("one kernel") };
    let images: Vec<_> = kernel.images.iter().map(|i| (i.arch.to_string(), i.level, i.num_warps)).collect();
    // Its own machine code where it fits, the TTIR elsewhere; the JSON serves both.
    assert_eq!(images, [("sm_80".to_owned(), Level::Cubin, 8), ("sm_90a".to_owned(), Level::Ttir, 8)]);
    let embedded = std::fs::read(package.out_dir().join("triton-runner").join(&kernel.images[0].file)).unwrap();
    assert!(embedded == std::fs::read(folder.join("add_kernel.cubin")).unwrap());
}
