//! Writes through addresses that no argument has.

use test_data::{paths, text};

use crate::Summary;

/// The line of the body with the first such write.
fn elsewhere(body: &str) -> Option<u32> {
    let arguments = "%table: !tt.ptr<i64>, %x: !tt.ptr<f32>, %n: i32, %v: f32, %address: i64";
    let text = format!("module {{\ntt.func public @k({arguments}) {{\n{body}\ntt.return\n}}\n}}\n");
    let module = Summary::read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    module.writes_elsewhere.map(|line| line - 2)
}

const LOADED: &str = "%0 = tt.load %table : !tt.ptr<i64>\n%1 = tt.int_to_ptr %0 : i64 -> !tt.ptr<f32>";

#[test]
fn a_store_through_a_table_of_pointers_is_told() {
    assert_eq!(elsewhere(&format!("{LOADED}\ntt.store %1, %v : !tt.ptr<f32>")), Some(3));
    let moved =
        format!("{LOADED}\n%2 = tt.addptr %1, %n : !tt.ptr<f32>, i32\n%3 = tt.splat %2 : x\ntt.store %3, %v : x");
    assert_eq!(elsewhere(&moved), Some(5));
    let atomic = format!("{LOADED}\n%2 = tt.atomic_rmw fadd, acq_rel, gpu, %1, %v : (!tt.ptr<f32>, f32) -> f32");
    assert_eq!(elsewhere(&atomic), Some(3));
    let descriptor = format!(
        "{LOADED}\n%2 = tt.make_tensor_descriptor %1, [%n], [%address] : !tt.ptr<f32>, !tt.tensordesc<64xf32>\n\
         tt.descriptor_store %2[%n], %v : !tt.tensordesc<64xf32>, f32"
    );
    assert_eq!(elsewhere(&descriptor), Some(4));
    let branch = format!(
        "{LOADED}\n%c = arith.cmpi eq, %n, %n : i32\n%2 = scf.if %c -> (!tt.ptr<f32>) {{\nscf.yield %1 : !tt.ptr<f32>\n}} \
         else {{\nscf.yield %x : !tt.ptr<f32>\n}}\ntt.store %2, %v : !tt.ptr<f32>"
    );
    assert!(elsewhere(&branch).is_some());
}

#[test]
fn an_address_that_was_passed_as_a_number_is_nobodys_either() {
    let passed = "%0 = tt.int_to_ptr %address : i64 -> !tt.ptr<f32>\ntt.store %0, %v : !tt.ptr<f32>";
    assert_eq!(elsewhere(passed), Some(2));
    assert_eq!(elsewhere(&passed.replace("tt.int_to_ptr", "tt.bitcast")), Some(2));
    let twice = "%0 = tt.int_to_ptr %address : i64 -> !tt.ptr<!tt.ptr<f32>>\n\
                 %1 = tt.load %0 : !tt.ptr<!tt.ptr<f32>>\ntt.store %1, %v : !tt.ptr<f32>";
    assert_eq!(elsewhere(twice), Some(3));
}

#[test]
fn what_is_only_read_or_is_an_arguments_is_not_told() {
    assert_eq!(elsewhere(&format!("{LOADED}\n%2 = tt.load %1 : !tt.ptr<f32>\ntt.store %x, %2 : !tt.ptr<f32>")), None);
    let own = "%0 = tt.ptr_to_int %x : !tt.ptr<f32> -> i64\n%1 = arith.addi %0, %address : i64\n\
               %2 = tt.int_to_ptr %1 : i64 -> !tt.ptr<f32>\ntt.store %2, %v : !tt.ptr<f32>";
    assert_eq!(elsewhere(own), None);
    let cast = "%0 = tt.bitcast %x : !tt.ptr<f32> -> !tt.ptr<i32>\ntt.store %0, %n : !tt.ptr<i32>";
    assert_eq!(elsewhere(cast), None);
    for path in paths("ttir").into_iter().chain(paths("ttgir")) {
        assert_eq!(Summary::read(&text(&path)).unwrap().writes_elsewhere, None, "{path}");
    }
}
