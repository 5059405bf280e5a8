//! `cargo triton export --again` and `--check`.

use crate::command::names;
use crate::package::Package;

const SCALE: &str = "
import triton
import triton.language as tl

@triton.jit
def scale(x, n, factor, BLOCK: tl.constexpr, TWICE: tl.constexpr = False):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if TWICE:
        factor *= 2
    tl.store(x + i, tl.load(x + i, mask=i < n) * factor, mask=i < n)
";

const ARGS: [&str; 8] =
    ["export", "kernels/scale.py::scale", "--arg", "x=*fp32:16", "--arg", "n=i32", "--arg", "factor=fp32"];

fn package() -> Package {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    package.write("kernels/scale.py", SCALE);
    package
}

fn json(package: &Package, name: &str) -> serde_json::Value {
    serde_json::from_slice(&package.read(&format!("kernels/{name}.json"))).unwrap()
}

/// All files of the folder with the kernels.
fn files(package: &Package) -> Vec<(String, Vec<u8>)> {
    let names = names(&package.path("kernels")).into_iter();
    names.map(|name| (name.clone(), package.read(&format!("kernels/{name}")))).collect()
}

#[test]
fn an_export_is_repeated_with_all_that_it_was_told() {
    let package = package();
    let base =
        [&ARGS[..], &["--const", "BLOCK=64", "--num-warps", "2", "--option", "sanitize_overflow=false"]].concat();
    package.triton(&[&base[..], &["--name", "plain", "--const", "TWICE=True"]].concat()).ok();
    let variants = ["--variant", "small:BLOCK=32,num_warps=1", "--variant", "aligned:n=i32:16"];
    package.triton(&[&base[..], &variants].concat()).ok();
    let again = &json(&package, "scale@small")["exported_from"]["told"];
    assert_eq!(again["variant"], serde_json::json!({"BLOCK": 32, "num_warps": 1}));
    let before = files(&package);
    let check = package.triton(&["export", "--check"]);
    assert_eq!((check.ok(), check.stderr.as_str()), ("", "2 exported kernels are what Python gives now\n"));
    let again = package.triton(&["export", "--again"]);
    assert_eq!((again.ok(), again.stderr.as_str()), ("", "0 of 2 kernels changed\n"));
    assert!(files(&package) == before);

    // What the kernel's author changes is told, and comes out as a new export would give it.
    package.write("kernels/scale.py", SCALE.replace("factor *= 2", "factor *= 3").replace("= False", "= True"));
    let check = package.triton(&["export", "--check", "scale"]);
    assert_eq!(check.code, Some(1));
    for part in [
        "kernel `scale`: `kernels/scale@small.ttir` would change: ",
        "`kernels/scale@aligned.json` would change: `constants` is {\"BLOCK\":64,\"TWICE\":false} and becomes \
         {\"BLOCK\":64,\"TWICE\":true}, the Python files, which have changed, the TTIR that it is for",
    ] {
        assert!(check.text().contains(part), "{part} is not in {}", check.text());
    }
    assert!(!check.text().contains("plain"), "{}", check.text());
    let end = "error: 1 of 1 exported kernels are not what Python gives now: run `cargo triton export --again scale`\n";
    assert_eq!(check.stderr, end);
    let again = package.triton(&["export", "--again", "scale"]);
    assert_eq!(again.ok().lines().count(), 4, "{}", again.text());
    assert_eq!(json(&package, "scale@small")["constants"], serde_json::json!({"BLOCK": 32, "TWICE": true}));
    assert_eq!(json(&package, "scale@aligned")["signature"][1]["divisible_by"], 16);
    package.triton(&["export", "--check", "scale"]).ok();
    let check = package.triton(&["export", "--check"]);
    assert!(check.stderr.ends_with("run `cargo triton export --again plain`\n"), "{}", check.stderr);
    let written = files(&package);
    package.triton(&[&base[..], &variants].concat()).ok();
    assert!(files(&package) == written);
}

#[test]
fn gpus_and_triton_are_the_packages() {
    let package = package();
    package.triton(&[&ARGS[..], &["--const", "BLOCK=64"]].concat()).ok();
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("[\"sm_80\"]", "[\"sm_80\", \"sm_90\"]"));
    let check = package.triton(&["export", "--check"]);
    assert_eq!(check.code, Some(1));
    let told = "kernel `scale`: `kernels/scale.json` would change: `targets` is [\"sm_80\"] and becomes [\"sm_80\",\"sm_90\"]\n";
    assert_eq!(check.text(), told);
    assert_eq!(package.triton(&["export", "--again"]).ok(), "kernels/scale.json\n");
    assert_eq!(package.build().len(), 2);
    // Those that were named stay, and so does the Triton that made it where no setting names one.
    package.triton(&[&ARGS[..], &["--const", "BLOCK=64", "--arch", "sm_75"]].concat()).ok();
    package.triton(&["export", "--check"]).ok();
    crate::command::installed("3.6.0");
    package.write("Cargo.toml", cargo.replace("3.3.1", "3.6.0"));
    package.triton(&["export", "--again"]).ok();
    assert_eq!(json(&package, "scale")["triton_version"], "3.6.0");
    let ran = package.triton(&[&ARGS[..], &["--const", "BLOCK=64", "--triton", "3.3.1"]].concat());
    let told = "note: exported with Triton 3.3.1, and the package's `triton`, which lowers it, is 3.6.0\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), told));
    package.triton(&["export", "--again"]).ok();
    package.write("Cargo.toml", cargo.replace("triton = \"3.3.1\"", ""));
    package.triton(&["export", "--check"]).ok();
    package.triton(&[&ARGS[..], &["--const", "BLOCK=64"]].concat()).ok();
    assert_eq!(json(&package, "scale")["triton_version"], "3.3.1");
}

#[test]
fn files_under_other_names_are_told_and_replaced() {
    let package = package();
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("[\"sm_80\"]", "[\"sm_80\", \"sm_90\"]"));
    let asks = "HOPPER = tl.constexpr(triton.runtime.driver.active.get_current_target().arch >= 90)\n\n@triton";
    let branch = SCALE.replace("@triton", asks).replace("if TWICE", "if HOPPER");
    package.write("kernels/scale.py", &branch);
    package.triton(&[&ARGS[..], &["--const", "BLOCK=64"]].concat()).ok();
    package.triton(&["export", "--check"]).ok();
    package.write("kernels/scale.py", SCALE);
    let check = package.triton(&["export", "--check"]);
    assert_eq!(check.code, Some(1));
    for part in ["`kernels/scale.ttir` would be written", "`kernels/scale.sm_90.json` would be removed"] {
        assert!(check.text().contains(part), "{part} is not in {}", check.text());
    }
    package.triton(&["export", "--again"]).ok();
    assert_eq!(names(&package.path("kernels")), ["scale.json", "scale.py", "scale.ttir"]);
}

#[test]
fn what_cannot_be_repeated_is_told_with_the_reason() {
    let package = package();
    package.triton(&["export", "--again"]).error(&["no kernel here was exported from Python"]);
    package.triton(&["export", "--again", "scale"]).error(&["there is no kernel `scale`", "there are none"]);
    package.triton(&[&ARGS[..], &["--const", "BLOCK=64"]].concat()).ok();
    package.triton(&["export", "--check", "scales"]).error(&["there is no kernel `scales`", "there are `scale`"]);
    package.triton(&["export", "--again", "--check"]).usage(&["cannot be used with"]);
    for said in [&["--arg", "x=i32"][..], &["--num-warps", "4"], &["--arch", "sm_80"], &["--out", "kernels"]] {
        package.triton(&[&["export", "--check"], said].concat()).usage(&["cannot be used with"]);
        package.triton(&[&["export"], said].concat()).error(&["it isn't said which kernel"]);
    }
    package.triton(&[&ARGS[..], &["--package", "demo"]].concat()).error(&["`--package` and `--manifest-path` are for"]);
    let text = String::from_utf8(package.read("kernels/scale.json")).unwrap();
    package.write("kernels/scale.json", text.replace("\"told\": {", "\"told\": {\"newer\": 1, "));
    package.triton(&["export", "--again", "scale"]).error(&[
        "kernel `scale`: `kernels/scale.json` notes how it was exported in a way that this triton-runner doesn't know",
        "`newer`",
    ]);
    let start = text.find(", \"told\"").unwrap();
    let end = text[start..].find("}}").unwrap() + start + 1;
    package.write("kernels/scale.json", format!("{}{}", &text[..start], &text[end..]));
    // An older export, and a recording, say what came of it.
    let ran = package.triton(&["export", "--check"]);
    assert_eq!(
        (ran.code, ran.text()),
        (Some(1), "kernel `scale`: `kernels/scale.json` would change: how it was exported\n")
    );
    package.triton(&["export", "--again"]).ok();
    assert_eq!(
        json(&package, "scale")["exported_from"]["told"]["constants"],
        serde_json::json!({"BLOCK": 64, "TWICE": false})
    );
    package.write("kernels/scale.json", &text);
    package.write("kernels/scale.py", SCALE.replace("tl.load", "tl.loud"));
    package.triton(&["export", "--again"]).error(&["kernel `scale`: ", "loud"]);

    // A Python file outside of the package lies elsewhere on each machine.
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("scale.py"), SCALE).unwrap();
    let kernel = format!("{}::scale", outside.path().join("scale.py").display());
    let args = ["--arg", "x=*fp32:16", "--arg", "n=i32", "--arg", "factor=fp32", "--const", "BLOCK=64"];
    package.triton(&[&["export", &kernel, "--out", "kernels"], &args[..]].concat()).ok();
    package.triton(&["export", "--again", "scale"]).error(&["is of a Python file outside of the package"]);
}
