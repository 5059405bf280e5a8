use super::*;

fn parse(text: &str) -> Result<String, String> {
    let ty = syn::parse_str(text).unwrap();
    Declared::parse(&ty).map(|declared| declared.to_string()).map_err(|refused| refused.error(&[]).to_string())
}

#[test]
fn a_declared_type_is_known_by_its_last_segment() {
    for (text, meaning) in [
        ("i32", "i32"),
        ("half::f16", "f16"),
        ("&[f32]", "&[f32]"),
        ("&'a mut [::half::bf16]", "&mut [bf16]"),
        ("Option<&[u8]>", "Option<&[u8]>"),
        ("::std::option::Option<&mut [bool]>", "Option<&mut [bool]>"),
        ("&TensorMap<f16, 2>", "&TensorMap<f16, 2>"),
        ("&triton_runner_rt::TensorMap<triton_runner_rt::F8E4M3, 5>", "&TensorMap<F8E4M3, 5>"),
        ("&mut rt::TensorMap<bf16, 1>", "&mut TensorMap<bf16, 1>"),
        ("(&[f64])", "&[f64]"),
        ("core::primitive::usize", "usize"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(meaning));
    }
}

#[test]
fn every_other_type_is_refused_with_a_hint() {
    for (text, hint) in [
        ("&[usize]", "in memory integers have a fixed width"),
        ("isize", "`i64` or `i32`"),
        ("*const f32", "`&mut [f32]` where it writes"),
        ("&f32", "the bare type for a scalar"),
        ("&CudaSlice<f32>", "`launch` then takes"),
        ("&mut CudaViewMut<f32>", "`launch` then takes"),
        ("Vec<f32>", "`launch` then takes"),
        ("[f32]", "write a reference"),
        ("&[f32; 4]", "has no length"),
        ("&str", "scalars are"),
        ("char", "scalars are"),
        ("Elem", "scalars are"),
        ("Vec4<f32>", "scalars are"),
        ("&[&[f32]]", "holds scalars"),
        ("()", "scalars are"),
        ("Option<f32>", "only pointers can be null"),
        ("Option<Option<&[f32]>>", "only pointers can be null"),
        ("Option", "write `Option<&[f32]>`"),
        ("TensorMap<f16, 2>", "write a reference"),
        ("&mut TensorMapMut<f16, 2>", "write `&mut TensorMap<f16, 2>`"),
        ("&TensorMap<f16>", "element type and rank"),
        ("&TensorMap<f16, N>", "element type and rank"),
        ("&TensorMap", "element type and rank"),
    ] {
        let message = parse(text).unwrap_err();
        assert!(message.contains(hint), "{text}: {message}");
    }
}

#[test]
fn integers_of_the_ir_match_either_sign() {
    for scalar in Scalar::ALL {
        let ty = ArgType::Pointer(scalar);
        let matching: Vec<_> = Element::ALL
            .into_iter()
            .filter(|&element| Declared::Pointer { element, mutable: true, nullable: false }.matches(&ty))
            .collect();
        assert_eq!(matching.len(), if scalar.is_integer() { 2 } else { 1 }, "{scalar}");
        assert_eq!(matching.first(), Some(&Element::of(scalar)));
        assert_eq!(Element::unsigned_of(scalar), scalar.is_integer().then(|| matching[1]));
    }
}

#[test]
fn a_usize_is_for_integers_of_32_and_64_bits() {
    let size = Declared::parse(&syn::parse_str("usize").unwrap()).unwrap_or_else(|_| panic!("it is one"));
    for scalar in Scalar::ALL {
        let ty = ArgType::Scalar(scalar);
        assert_eq!(size.matches(&ty), matches!(scalar, Scalar::I32 | Scalar::I64), "{scalar}");
        assert!(!size.matches(&ArgType::Pointer(scalar)));
        if size.matches(&ty) {
            assert_eq!(size.clone().sized(&ty).element().scalar(), scalar);
        }
    }
}

#[test]
fn every_type_is_named_where_types_are_explained() {
    let explained = TYPES.replace("i8 to i64", "i8, i16, i32, i64").replace("u8 to u64", "u8, u16, u32, u64");
    let words: Vec<&str> = explained.split([' ', ',']).collect();
    for element in Element::ALL {
        assert!(words.contains(&element.name()), "{}", element.name());
    }
}
