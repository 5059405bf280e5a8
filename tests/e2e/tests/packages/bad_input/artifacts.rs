//! Files of the IR and of machine code.

use super::{SM_80, SM_90, add, edit, error, errors, level, package};

#[test]
fn empty_files_are_told_so_at_every_level() {
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.sm_80.cubin"] {
        error(SM_80, &[(name, Vec::new())], &["kernel `k`", &format!("kernels/{name}"), "empty"]);
        if !name.ends_with("cubin") {
            error(SM_80, &[(name, b" \n\n".to_vec())], &["empty"]);
        }
    }
}

#[test]
fn text_that_is_not_utf8_is_told_so() {
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.json"] {
        let mut files = vec![(name, b"module {\n\xff\xfe".to_vec())];
        if name == "k.json" {
            files.push(("k.ttir", add("ttir")));
        }
        error(SM_80, &files, &[&format!("kernels/{name}"), "not UTF-8", "bad byte at 9"]);
    }
}

#[test]
fn random_bytes_and_text_are_refused_at_every_level() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |printable: bool| -> Vec<u8> {
        (0..2000)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                if printable { b' ' + (state % 95) as u8 } else { state as u8 }
            })
            .collect()
    };
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.sm_80.cubin"] {
        for printable in [false, true] {
            error(SM_80, &[(name, random(printable))], &["kernel `k`", &format!("kernels/{name}")]);
        }
    }
}

#[test]
fn files_that_are_cut_short_are_refused_at_every_level() {
    for (name, content) in [
        ("k.ttir", add("ttir")),
        ("k.sm_80.ttgir", level("dot_ttgir_sm80", 80, "ttgir")),
        ("k.sm_80.llir", level("dot_llir_sm80", 80, "llir")),
        ("k.sm_80.ptx", level("dot_ptx_sm80", 80, "ptx")),
        ("k.sm_80.cubin", level("dot_cubin_sm80", 80, "cubin")),
    ] {
        let json = match name.split('.').next_back().unwrap() {
            "ttir" => add("json"),
            extension => level(&format!("dot_{extension}_sm80"), 80, "json"),
        };
        for tenths in [1, 5, 9] {
            let cut = content[..content.len() * tenths / 10].to_vec();
            let messages = errors(SM_80, &[(name, cut), ("k.json", json.clone())]);
            assert!(messages[0].contains(&format!("kernels/{name}")), "{}", messages[0]);
        }
    }
}

#[test]
fn two_public_functions_are_named() {
    let text = String::from_utf8(add("ttir")).unwrap();
    let body = &text[text.find("  tt.func").unwrap()..text.find("\n} loc(#loc)\n").unwrap()];
    let twice = text.replacen(body, &format!("{body}\n{}", body.replace("@add_kernel", "@other")), 1);
    error(SM_90, &[("k.ttir", twice.into_bytes()), ("k.json", add("json"))], &["`add_kernel`", "`other`", "several"]);
}

#[test]
fn ir_of_another_level_than_its_name_says_what_it_is() {
    let (ttgir, json) = (level("dot_ttgir_sm80", 80, "ttgir"), level("dot_ttgir_sm80", 80, "json"));
    let of_gpu = ["it holds operations of a GPU's dialect", "only fbtriton lowers, and Triton 3.3.1 lowers here"];
    error(SM_80, &[("k.ttir", ttgir), ("k.json", json)], &of_gpu);
    let plain = ["its name says ttgir, and it is TTIR", "--emit ttgir"];
    error(SM_80, &[("k.sm_80.ttgir", add("ttir")), ("k.json", add("json"))], &plain);
}

#[test]
fn ttgir_of_another_architecture_or_triton_is_refused() {
    let (ttgir, json) = (level("dot_ttgir_sm80", 80, "ttgir"), level("dot_ttgir_sm80", 80, "json"));
    error(SM_90, &[("k.sm_90.ttgir", ttgir.clone()), ("k.json", json.clone())], &["for sm_80", "name says sm_90"]);
    error(SM_90, &[("k.ttgir", ttgir.clone()), ("k.json", json.clone())], &["no file for sm_90", "k.ttgir"]);
    let newer = edit(&json, "\"3.3.1\"", "\"3.6.0\"");
    error(
        SM_80,
        &[("k.sm_80.ttgir", ttgir), ("k.json", newer)],
        &["made by Triton 3.6.0", "Triton 3.3.1 lowers", "triton = \"3.6.0\""],
    );
}

/// Not every version reads the TTIR of another: an operation's text has changed.

#[test]
fn where_one_triton_cannot_lower_what_another_wrote_both_are_named() {
    let newer = edit(&add("json"), "\"3.3.1\"", "\"3.6.0\"");
    let ttir = edit(&add("ttir"), "tt.load ", "tt.load cacheModifier = ca ");
    let hint = ["Triton 3.6.0 wrote this ttir, Triton 3.3.1 lowers it", "`triton = \"3.6.0\"`", "`--triton 3.3.1`"];
    let message = errors(SM_90, &[("k.ttir", ttir.clone()), ("k.json", newer)]).concat();
    assert!(hint.iter().all(|part| message.contains(part)) && message.contains("kernels/k.ttir:"), "{message}");
    let message = errors(SM_90, &[("k.ttir", ttir), ("k.json", add("json"))]).concat();
    assert!(!message.contains("wrote this"), "{message}");
}

#[test]
fn a_commented_parameter_counts_for_nothing() {
    let text = String::from_utf8(level("scalar_ptx_sm75", 75, "ptx")).unwrap();
    // What a user did by hand to run PTX of Triton 3.3 with the launcher of 3.2: the last parameter is gone.
    let (entry, body) = text.split_once("\n)\n").unwrap();
    let (params, last) = entry.rsplit_once(",\n").unwrap();
    let commented = format!("{params}\n// {}\n)\n{body}", last.trim());
    let json = level("scalar_ptx_sm75", 75, "json");
    // Such a file is one of 3.2, and no longer one of the Triton that its JSON names.
    error(
        "archs = [\"sm_75\"]",
        &[("k.sm_75.ptx", commented.clone().into_bytes()), ("k.json", json.clone())],
        &["it has 0 more, and Triton 3.3 adds 1 hidden pointer"],
    );
    let json = edit(&json, "\"triton_version\"", "\"_triton_version\"");
    let built = package("archs = [\"sm_75\"]", &[("k.sm_75.ptx", commented.into_bytes()), ("k.json", json.clone())]);
    let manifest = built.build().unwrap();
    assert_eq!(manifest.manifest().kernels[0].images[0].hidden, 0);
    let (params, last) = params.rsplit_once(",\n").unwrap();
    let fewer = format!("{params}\n// {}\n)\n{body}", last.trim());
    error(
        "archs = [\"sm_75\"]",
        &[("k.sm_75.ptx", fewer.into_bytes()), ("k.json", json)],
        &["kernels/k.sm_75.ptx", "it has fewer", "expected", "found in the file"],
    );
}

#[test]
fn a_cubin_must_be_the_one_that_is_meant() {
    let (cubin, json) = (level("dot_cubin_sm80", 80, "cubin"), level("dot_cubin_sm80", 80, "json"));
    error(SM_90, &[("k.sm_90.cubin", cubin.clone()), ("k.json", json.clone())], &["for sm_80", "name says sm_90"]);
    let other = level("scalar_cubin_sm75", 75, "cubin");
    error(
        "archs = [\"sm_75\"]",
        &[("k.sm_75.cubin", other), ("k.json", edit(&json, "\"arch\": 80", "\"arch\": 75"))],
        &["kernels/k"],
    );
    let text = String::from_utf8(json.clone()).unwrap();
    let first = text.find("{\"name\"").or_else(|| text.find("{\n      \"name\"")).expect("a signature");
    let end = first + text[first..].find("},").unwrap() + 2;
    let more = format!("{}{{\"name\": \"extra\", \"type\": \"*fp16\"}},{}", &text[..end], &text[end..]);
    let less = format!("{}{}", &text[..first], &text[end..]);
    for json in [more, less] {
        error(
            SM_80,
            &[("k.sm_80.cubin", cubin.clone()), ("k.json", json.into_bytes())],
            &["parameters are not the arguments", "expected", "!"],
        );
    }
}
