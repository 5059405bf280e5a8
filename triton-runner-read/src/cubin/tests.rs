use proptest::prelude::*;
use triton_runner_manifest::Suffix;

use super::*;
use crate::ptx;
use test_data::{damaged, data, paths, text};

fn mini(version_and_arch: &str) -> Module {
    read(&data(&format!("ptxas/{version_and_arch}.cubin"))).unwrap()
}

/// Where `word` starts.
fn find(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).position(|window| window == word).unwrap()
}

#[test]
fn a_cubin_says_what_the_ptx_says_that_it_was_made_from() {
    let mut pairs = 0;
    let with_ptx = paths("ptx");
    for path in paths("cubin") {
        let ptx_path = path.replace(".cubin", ".ptx");
        if !with_ptx.contains(&ptx_path) {
            continue;
        }
        let cubin = read(&data(&path)).unwrap();
        let ptx = ptx::read(&text(&ptx_path)).unwrap();
        assert_eq!(cubin.arch, ptx.arch, "{path}");
        let [cubin] = &cubin.entries[..] else { panic!("{path}") };
        let [ptx] = &ptx.entries[..] else { panic!("{path}") };
        let facts = |entry: &Entry| (entry.name.clone(), entry.params.clone(), entry.required_block, entry.cluster);
        assert_eq!(facts(cubin), facts(ptx), "{path}");
        pairs += 1;
    }
    assert!(pairs >= 40, "{pairs} pairs");
}

#[test]
fn parameters_are_the_arguments_and_the_hidden_pointers_of_each_version() {
    let folders = paths("cubin").into_iter().filter_map(|path| Some(path.split_once('/')?.0.to_owned()));
    let versions: std::collections::BTreeSet<_> = folders.filter(|name| name.starts_with("3.")).collect();
    assert!(versions.len() >= 8, "{versions:?}");
    for version in versions {
        let hidden = match &*version {
            "3.2" => 0,
            "3.3" | "3.4" => 1,
            _ => 2,
        };
        let image = read(&data(&format!("{version}/add.sm_90.cubin"))).unwrap();
        assert_eq!(image.entries[0].params.len(), 4 + hidden, "{version}");
        assert_eq!(image.entries[0].params[3], crate::entry::Param { offset: 24, size: 4, pointer: false });
    }
}

#[test]
fn both_generations_of_cubins_tell_their_architecture_and_suffix() {
    for (file, number, suffix) in [
        ("12.9.sm_75", 75, Suffix::None),
        ("12.9.sm_90", 90, Suffix::None),
        ("12.9.sm_90a", 90, Suffix::A),
        ("12.9.sm_100", 100, Suffix::None),
        ("12.9.sm_100a", 100, Suffix::A),
        ("12.9.sm_100f", 100, Suffix::F),
        ("13.4.sm_80", 80, Suffix::None),
        ("13.4.sm_90", 90, Suffix::None),
        ("13.4.sm_90a", 90, Suffix::A),
        ("13.4.sm_100f", 100, Suffix::F),
        ("13.4.sm_120a", 120, Suffix::A),
    ] {
        assert_eq!(mini(file).arch, triton_runner_manifest::Arch::new(number, suffix), "{file}");
    }
}

#[test]
fn every_architecture_places_parameters_alike_and_counts_static_shared_memory_without_the_reserved_part() {
    let expected = mini("12.9.sm_75").entries[0].params.clone();
    let ptx = ptx::read(&test_data::text("mini.ptx")).unwrap();
    assert_eq!(expected, ptx.entries[0].params);
    for path in paths("cubin").into_iter().filter(|path| path.starts_with("ptxas/")) {
        let entry = &read(&data(&path)).unwrap().entries[0];
        assert_eq!(entry.params, expected, "{path}");
        // `ptxas -v`: 16 bytes smem.
        assert_eq!(entry.static_shared, Some(16), "{path}");
        assert_eq!((entry.required_block, entry.max_block), (None, Some([64, 2, 1])), "{path}");
    }
}

#[test]
fn registers_and_spills_are_those_of_ptxas_v() {
    // `ptxas -v`: Used 24 registers, 344 bytes stack frame; the new compiler's kernel needs another frame.
    let spill = read(&data("3.3/spill.sm_80.cubin")).unwrap();
    assert_eq!((spill.entries[0].registers, spill.entries[0].local_bytes), (Some(24), Some(344)));
    let add = read(&data("3.9/add.sm_90.cubin")).unwrap();
    assert_eq!((add.entries[0].registers, add.entries[0].local_bytes), (Some(26), Some(0)));
    // From the section's flags where the record is missing.
    let mut bytes = data("3.3/add.sm_80.cubin");
    let at = find(&bytes, &[4, 0x2f, 8, 0]);
    bytes[at + 1] = 0xff;
    assert_eq!(read(&bytes).unwrap().entries[0].registers, Some(26));
}

#[test]
fn clusters_are_read_where_the_compiler_notes_them() {
    let cluster = |version: &str| read(&data(&format!("{version}/cluster.sm_90.cubin"))).unwrap().entries[0].cluster;
    assert_eq!(cluster("3.5"), None);
    assert_eq!(cluster("3.6"), Some([2, 1, 1]));
    assert_eq!(cluster("3.9"), Some([2, 1, 1]));
}

#[test]
fn what_is_no_cubin_is_named() {
    let error = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert!(error(b"").contains("the file is empty"));
    assert!(error(&data("3.3/add.sm_80.ptx")).contains("PTX (name it `.ptx`)"));
    assert!(error(&[0x50, 0xed, 0x55, 0xba, 1, 0, 16, 0]).contains("fat binary"));
    assert!(error(b"MZ\x90\0").contains("4d 5a 90 00"));
    let mut other = data("3.3/add.sm_80.cubin");
    other[18] = 62;
    assert!(error(&other).contains("machine 62"));
    let mut unknown = data("3.3/add.sm_80.cubin");
    unknown[7] = 0x55;
    assert!(error(&unknown).contains("ELF ABI 0x55, flags 0x500550"), "{}", error(&unknown));
}

#[test]
fn a_cubin_cut_short_anywhere_is_an_error() {
    for path in ["3.3/add.sm_80.cubin", "3.9/tma_host.sm_90.cubin"] {
        let bytes = data(path);
        for length in (0..bytes.len()).step_by(61) {
            assert!(read(&bytes[..length]).is_err(), "{path} cut to {length}");
        }
    }
}

#[test]
fn parameters_that_contradict_each_other_are_an_error() {
    let real = data("3.3/add.sm_80.cubin");
    let last = find(&real, &[4, 0x17, 12, 0]);
    let with = |offset: usize, value: u8| {
        let mut bytes = real.clone();
        bytes[last + offset] = value;
        read(&bytes).unwrap_err().to_string()
    };
    // The first record is of the last parameter: ordinal 4, offset 32, size 8.
    assert!(with(8, 3).contains("parameter 3 is there twice"), "{}", with(8, 3));
    assert!(with(8, 9).contains("parameter 9 comes after a gap"), "{}", with(8, 9));
    assert!(with(10, 48).contains("parameter 4 is at offset 48"), "{}", with(10, 48));
    assert!(with(10, 24).contains("gap or an overlap"), "{}", with(10, 24));
    assert!(with(14, 0x11).contains("they end at 36, but have 40 bytes"), "{}", with(14, 0x11));
    assert!(with(2, 11).contains("wrong size"), "{}", with(2, 11));
    assert!(with(0, 7).contains("unknown format"), "{}", with(0, 7));
}

#[test]
fn a_kernel_without_its_sections_is_an_error() {
    let mut bytes = data("3.3/add.sm_80.cubin");
    let at = find(&bytes, b".nv.info.add");
    bytes[at + 1] = b'x';
    assert!(read(&bytes).unwrap_err().to_string().contains("no section `.nv.info.add`"));
}

/// A cubin with this many kernels, whose information is in the same bytes.
fn overlapping(kernels: u32, info: usize) -> Vec<u8> {
    let mut names = b"\0.names\0.symtab\0".to_vec();
    let mut sections: Vec<(u32, u32, usize, usize, u32)> = vec![(0, 0, 0, 0, 0); 3];
    let mut symbols = vec![0_u8; 24];
    let info_at = 64;
    for i in 0..kernels {
        for prefix in [".text.", ".nv.info."] {
            sections.push((names.len() as u32, 1, info_at, info, 0));
            names.extend(format!("{prefix}k{i}\0").bytes());
        }
        let name = names.len() as u32 - format!("k{i}\0").len() as u32;
        symbols.extend(name.to_le_bytes());
        symbols.extend([0x12, elf::ENTRY, 0, 0]);
        symbols.extend([0; 16]);
    }
    let symbols_at = info_at + info;
    let names_at = symbols_at + symbols.len();
    let headers_at = (names_at + names.len()).next_multiple_of(8);
    sections[1] = (1, 3, names_at, names.len(), 0);
    sections[2] = (8, 2, symbols_at, symbols.len(), 1);
    let mut bytes = b"\x7fELF\x02\x01\x01\x33\x07".to_vec();
    bytes.resize(16, 0);
    bytes.extend([2, 0, 190, 0, 1, 0, 0, 0]);
    bytes.resize(40, 0);
    bytes.extend((headers_at as u64).to_le_bytes());
    bytes.extend(0x50_0550_u32.to_le_bytes());
    bytes.extend([64, 0, 56, 0, 0, 0, 64, 0]);
    bytes.extend((sections.len() as u16).to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend([1, 0x35, 0, 0].repeat(info / 4));
    bytes.extend(symbols);
    bytes.extend(names);
    bytes.resize(headers_at, 0);
    for (name, kind, offset, size, link) in sections {
        for word in [name, kind, 0, 0, 0, 0, offset as u32, 0, size as u32, 0, link, 0, 0, 0, 0, 0] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn sections_that_share_bytes_are_refused_before_they_make_quadratic_work() {
    assert_eq!(read(&overlapping(1, 400)).unwrap().entries[0].name, "k0");
    assert_eq!(read(&overlapping(2, 16)).unwrap().entries.len(), 2);
    let error = read(&overlapping(30_000, 4_000_000)).unwrap_err();
    assert!(matches!(error, CubinError::CutShort), "{error}");
}

proptest! {
    #[test]
    fn damaged_cubins_never_panic(bytes in damaged::files("cubin")) {
        let _ = read(&bytes).map_err(|error| error.to_string());
    }

    #[test]
    fn random_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..2048), elf in any::<bool>()) {
        let mut bytes = if elf { data("3.3/add.sm_80.cubin")[..64].to_vec() } else { Vec::new() };
        bytes.extend(tail);
        prop_assert!(read(&bytes).is_err());
    }
}
