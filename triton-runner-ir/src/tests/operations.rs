//! Every operation of Triton's dialects in its own assembly, against the same operation in generic syntax: MLIR printed one
//! from the other, so that operands, types and attributes must be the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{VERSIONS, operations, read};
use crate::{Attribute, Def, Module, Op, Syntax, ValueId};

/// Attributes that the own assembly leaves out: where the value is the one that it stands for, or in the operands.
const IMPLIED: [(&str, &str); 11] = [
    ("operandSegmentSizes", ""),
    ("case_operand_segments", ""),
    ("op_bundle_sizes", ""),
    // Old versions lose it.
    ("branch_weights", ""),
    ("value", "#ub.poison"),
    ("fastmath", "none"),
    ("cache", "none"),
    ("evict", "evict_normal"),
    ("inputPrecision", "ieee"),
    ("boundaryCheck", "array<i32>"),
    ("roundingmode", "to_nearest_even"),
];

/// The operations of a file, without those that the own assembly of `scf` leaves out.
fn listed(module: &Module) -> Vec<&Op> {
    let implied = |op: &Op| op.name == "scf.yield" && op.operands.is_empty();
    module.ops().map(|(_, op)| op).filter(|op| !implied(op)).collect()
}

fn attributes(op: &Op) -> BTreeMap<&str, &Attribute> {
    op.properties.iter().chain(op.attributes.iter()).collect()
}

#[test]
fn each_operation_says_the_same_in_both_syntaxes() {
    for version in VERSIONS {
        let (generic, custom) = (read(&operations(version, "generic")), read(&operations(version, "custom")));
        let (ours, theirs) = (listed(&custom), listed(&generic));
        assert_eq!(ours.len(), theirs.len(), "{version}");
        // Values of one file by those of the other.
        let mut same: HashMap<ValueId, ValueId> = HashMap::new();
        let pair = |same: &mut HashMap<_, _>, a: &[ValueId], b: &[ValueId], at: &str| {
            assert_eq!(a.len(), b.len(), "{at}");
            for (&a, &b) in a.iter().zip(b) {
                assert_eq!(custom.ty(a), generic.ty(b), "{at}");
                same.insert(a, b);
            }
        };
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            let at =
                format!("{version}.custom.ttir:{}: {} ({version}.generic.ttir:{})", ours.line, ours.name, theirs.line);
            assert_eq!(ours.name, theirs.name, "{at}");
            pair(&mut same, &ours.results, &theirs.results, &at);
            // `else` without anything in it is a region without blocks, or one that isn't there.
            let more = theirs.regions.iter().skip(ours.regions.len());
            assert!(more.clone().all(|&region| generic.region(region).blocks.is_empty()), "{at}");
            assert!(theirs.regions.len() >= ours.regions.len(), "{at}");
            for (ours, theirs) in ours.regions.iter().zip(&theirs.regions) {
                let (ours, theirs) = (&custom.region(*ours).blocks, &generic.region(*theirs).blocks);
                assert_eq!(ours.len(), theirs.len(), "{at}");
                for (ours, theirs) in ours.iter().zip(theirs) {
                    pair(&mut same, &custom.block(*ours).arguments, &generic.block(*theirs).arguments, &at);
                }
            }
            let mut expected = attributes(theirs);
            for (name, value) in attributes(ours) {
                assert_eq!(expected.remove(name), Some(value), "{at}: {name}");
            }
            for (name, value) in expected {
                let implied = IMPLIED.iter().any(|(n, v)| *n == name && (v.is_empty() || *v == value.to_string()));
                assert!(implied, "{at}: {name} = {value}");
            }
        }
        for (ours, theirs) in listed(&custom).into_iter().zip(listed(&generic)) {
            let at = format!("{version}.custom.ttir:{}: {}", ours.line, ours.name);
            let paired = |values: &[ValueId]| values.iter().map(|value| same[value]).collect::<Vec<_>>();
            assert_eq!(paired(&ours.operands), theirs.operands, "{at}");
            let given = |op: &Op| op.successors.iter().map(|successor| successor.arguments.clone()).collect::<Vec<_>>();
            assert_eq!(given(ours).iter().map(|values| paired(values)).collect::<Vec<_>>(), given(theirs), "{at}");
            let groups = ours.groups().map(|(name, values)| (name, paired(values))).collect::<Vec<_>>();
            // As 3.2 writes `tt.dot_scaled`, a scale that is missing is no operand.
            let expected = theirs.groups().map(|(name, values)| (name, values.to_vec()));
            let expected =
                expected.filter(|(name, values)| !values.is_empty() || groups.iter().any(|(n, _)| n == name));
            assert_eq!(groups, expected.collect::<Vec<_>>(), "{at}");
        }
    }
}

#[test]
fn every_version_has_what_it_has() {
    let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for version in VERSIONS {
        for (_, op) in read(&operations(version, "custom")).ops() {
            assert_eq!(
                op.syntax,
                if op.operation.is_some_and(|o| o.form.is_empty()) { Syntax::Generic } else { Syntax::Custom }
            );
            names.entry(op.name.clone().into_owned()).or_default().insert(version);
        }
    }
    let of = |name: &str| names[name].iter().copied().collect::<Vec<_>>();
    assert_eq!(of("tt.load").len(), 8);
    assert_eq!(of("tt.make_tensor_ptr"), ["3.2", "3.3", "3.4", "3.5", "3.6", "3.7"]);
    assert_eq!(of("tt.experimental_descriptor_load"), ["3.2", "3.3"]);
    assert_eq!(of("tt.atomic_poll"), ["3.9"]);
    // Nothing of the table was never seen.
    let unseen: Vec<_> = crate::assembly::names().filter(|name| !names.contains_key(*name)).collect();
    assert_eq!(unseen, ["arith.convertf", "builtin.module", "ub.unreachable"]);
}

#[test]
fn what_was_printed_reads_again_equal() {
    for version in VERSIONS {
        for syntax in ["generic", "custom"] {
            let module = read(&operations(version, syntax));
            let printed = module.to_string();
            assert!(read(&printed) == module, "{version} {syntax}");
            assert_eq!(read(&printed).to_string(), printed);
        }
    }
    for path in test_data::paths("ttir").into_iter().chain(test_data::paths("ttgir")) {
        let module = read(&test_data::text(&path));
        let unknown: Vec<_> =
            module.ops().filter(|(_, op)| op.syntax == Syntax::Unknown).map(|(_, op)| &op.name).collect();
        assert!(path.ends_with(".ttgir") || unknown.is_empty(), "{path}: {unknown:?}");
        let mut types = module.ops().flat_map(|(_, op)| &op.results).map(|&result| module.ty(result));
        assert!(path.ends_with(".ttgir") || types.all(|ty| !ty.is_opaque()), "{path}");
        let again = read(&module.to_string());
        assert!(again == module, "{path}");
        assert!(again.ops().all(|(id, op)| {
            op.results.iter().all(|&result| matches!(again.value(result).def, Def::Result(op, _) if op == id))
        }));
    }
}

#[test]
fn modules_that_differ_are_not_equal() {
    let text = test_data::text("3.9/flow.ttir");
    let module = read(&text);
    for (from, to) in [
        ("sgt", "slt"),
        ("%target_1", "%target_2"),
        ("128 : i32, start", "256 : i32, start"),
        ("loc(\"i\")", "loc(\"j\")"),
        ("tt.func public", "tt.func private"),
        ("noinline = false", "noinline = true"),
        ("%10 = tt.load %9 : !tt.ptr<f32>", "%10 = tt.load %9 {isVolatile = true} : !tt.ptr<f32>"),
        ("^bb0(%i", "^bb1(%i"),
    ] {
        let other = text.replace(from, to);
        assert_ne!(other, text, "{from}");
        assert!(read(&other) != module, "{from}");
    }
    let moved = text.replace("\n", "\n\n").replace(" : ", "  :  ");
    assert!(read(&moved) == module);
}
