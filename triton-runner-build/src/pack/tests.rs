use proptest::prelude::*;
use triton_runner_manifest::packed::Place;

use super::*;
use crate::fs::hash::sha256;

const ALL: [Compress; 4] = [Compress::Each, Compress::Level(1), Compress::Level(22), Compress::Solid];

fn image(name: &str, kind: ImageKind, arch: &str, bytes: Vec<u8>) -> Image {
    Image { name: name.to_owned(), kind, arch: arch.parse().unwrap(), sha256: sha256(&bytes), bytes }
}

/// Images that have most in common, as machine code does.
fn images(count: u32) -> Vec<Image> {
    let bytes = |seed: u32| {
        let byte = move |i: u32| if i % 9 == 0 { seed.wrapping_mul(i) as u8 } else { (i.wrapping_mul(i) >> 4) as u8 };
        (0..4000).map(byte).collect()
    };
    let archs = ["sm_80", "sm_90", "sm_90a"];
    let cubin = |i: u32| {
        let arch = archs[i as usize % archs.len()];
        image(&format!("k{i}.{arch}.cubin"), ImageKind::Cubin, arch, bytes(i))
    };
    (0..count).map(cubin).collect()
}

/// Packs images, writes them and reads them back.
fn back(images: &[Image], compress: Compress) -> (Packed, usize) {
    let folder = tempfile::tempdir().unwrap();
    let PackedImages { packed, files } = pack(images, compress, PackedFor::Build).unwrap().unwrap();
    let mut named =
        packed.files().into_iter().map(|(name, bytes)| (name.to_owned(), bytes as usize)).collect::<Vec<_>>();
    let mut written: Vec<_> = files.iter().map(|file| (file.name.clone(), file.bytes.len())).collect();
    named.sort();
    written.sort();
    assert_eq!(named, written);
    for file in &files {
        std::fs::write(folder.path().join(&file.name), &file.bytes).unwrap();
    }
    let read = PackedFiles::new(folder.path(), packed.clone());
    for image in images {
        assert!(read.image(&image.sha256).unwrap().0 == image.bytes, "{}", image.name);
    }
    (packed, files.iter().map(|file| file.bytes.len()).sum())
}

#[test]
fn what_is_packed_comes_back_and_is_smaller() {
    let images = images(30);
    let whole: usize = images.iter().map(|image| image.bytes.len()).sum();
    for compress in ALL {
        let (_, bytes) = back(&images, compress);
        assert!(bytes * 2 < whole, "{compress}: {bytes} of {whole}");
    }
    assert_eq!(pack(&images, Compress::Off, PackedFor::Build).unwrap(), None);
    assert_eq!(pack(&[], Compress::Solid, PackedFor::Build).unwrap(), None);
}

#[test]
fn a_dictionary_is_there_where_it_saves_more_than_it_is() {
    let with = |count| match back(&images(count), Compress::Each).0 {
        Packed::Each { dictionary, .. } => dictionary.is_some(),
        Packed::Solid { .. } => unreachable!(),
    };
    assert!(with(60) && !with(2));
}

#[test]
fn equal_images_are_one_frame_and_one_part_of_an_archive() {
    let mut images = images(4);
    let first = images[0].clone();
    images.push(Image { name: "again.sm_80.cubin".to_owned(), ..first });
    let Packed::Each { frames, .. } = back(&images, Compress::Each).0 else { panic!() };
    assert_eq!(frames.len(), 4);
    let Packed::Solid { archives } = back(&images, Compress::Solid).0 else { panic!() };
    assert_eq!(archives.iter().map(|archive| archive.images.len()).sum::<usize>(), 4);
}

#[test]
fn an_architecture_has_one_archive_whatever_the_suffix_and_ptx_has_its_own() {
    let mut images = images(6);
    images.push(image("k.sm_80.ptx", ImageKind::Ptx, "sm_80", b".version 8.4".to_vec()));
    let (packed, _) = back(&images, Compress::Solid);
    let files: Vec<_> = packed.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, ["images.sm_80.cubin.zst", "images.sm_90.cubin.zst", "images.sm_80.ptx.zst"]);
    let Some(Place::Member { archive, member }) = packed.place(&images[6].sha256) else { panic!() };
    assert!(member.offset + member.size < archive.size, "PTX ends with a zero");
}

#[test]
fn the_same_images_in_another_order_give_the_same_files() {
    let mut images = images(20);
    for compress in ALL {
        let packed = pack(&images, compress, PackedFor::Lock).unwrap();
        images.reverse();
        assert!(pack(&images, compress, PackedFor::Lock).unwrap() == packed);
    }
}

#[test]
fn a_part_of_a_lock_is_taken_from_it_and_what_it_lacks_is_not() {
    let images = images(12);
    let folder = tempfile::tempdir().unwrap();
    for compress in [Compress::Each, Compress::Solid] {
        let PackedImages { packed, files } = pack(&images, compress, PackedFor::Lock).unwrap().unwrap();
        for file in &files {
            std::fs::write(folder.path().join(&file.name), &file.bytes).unwrap();
        }
        let read = PackedFiles::new(folder.path(), packed);
        let of_sm80: Vec<_> = images.iter().step_by(3).map(|image| image.sha256.as_str()).collect();
        let (part, part_files) = read.with_only(&of_sm80).unwrap().unwrap();
        assert!(of_sm80.iter().all(|hash| part.place(hash).is_some()));
        assert!(part_files.len() < files.len());
        assert!(read.with_only(&[of_sm80[0], "unknown"]).unwrap().is_none());
    }
}

#[test]
fn a_lock_that_is_damaged_or_hostile_is_an_error() {
    let images = images(3);
    let folder = tempfile::tempdir().unwrap();
    let solid = pack(&images, Compress::Solid, PackedFor::Build).unwrap().unwrap();
    for file in &solid.files {
        std::fs::write(folder.path().join(&file.name), &file.bytes).unwrap();
    }
    let Packed::Solid { archives } = solid.packed else { panic!() };
    let hash = images[0].sha256.as_str();
    let error = |change: &dyn Fn(&mut Archive)| {
        let mut archives = archives.clone();
        archives.iter_mut().for_each(change);
        PackedFiles::new(folder.path(), Packed::Solid { archives }).image(hash).unwrap_err().to_string()
    };
    type Change = fn(&mut Archive);
    let changes: [(&str, Change); 8] = [
        ("which no kernel is", |archive| archive.size = u64::MAX),
        ("decodes to", |archive| archive.size += 64),
        ("lies outside", |archive| archive.images.values_mut().for_each(|member| member.offset = u64::MAX)),
        ("lies outside", |archive| archive.images.values_mut().for_each(|member| member.size = u64::MAX)),
        ("a name alone", |archive| archive.file = "../../secret".to_owned()),
        ("a name alone", |archive| archive.file = "/etc/passwd".to_owned()),
        ("can't be read", |archive| archive.file = "none.zst".to_owned()),
        ("says nothing of where", |archive| archive.images.clear()),
    ];
    for (part, change) in changes {
        let error = error(&change);
        assert!(error.contains(part), "{part}: {error}");
    }
    std::fs::write(folder.path().join(&archives[0].file), b"no frame").unwrap();
    assert!(error(&|_| {}).contains("is not the file that was locked"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_the_bytes_they_come_back(
        contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 1..12),
        compress in proptest::sample::select(&ALL[..]),
    ) {
        let images = contents.into_iter().enumerate();
        let images: Vec<_> =
            images.map(|(i, bytes)| image(&format!("k{i}.sm_80.cubin"), ImageKind::Cubin, "sm_80", bytes)).collect();
        back(&images, compress);
    }
}
