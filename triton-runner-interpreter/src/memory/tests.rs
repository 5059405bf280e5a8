use super::*;

fn memory<'a>(bytes: &'a mut [u8], misaligned: usize) -> Memory<'a> {
    Memory::new(vec![(Given::Write(bytes), misaligned)], false).unwrap()
}

#[test]
fn rows_cross_stripes() {
    let mut bytes = vec![0; 3 * STRIPE];
    let memory = memory(&mut bytes, 64);
    let address = Memory::address_of(0, 64);
    let mut cursor = Cursor::new(&memory);
    let count = (2 * STRIPE) / 4;
    let mut next = 0u32;
    cursor
        .write(address + 400, 4, count, |piece| {
            for element in piece.chunks_exact_mut(4) {
                element.copy_from_slice(&next.to_le_bytes());
                next += 1;
            }
        })
        .unwrap();
    assert_eq!(next as usize, count);
    let mut read = Vec::new();
    cursor.read(address + 400, 4, count, |piece| read.extend_from_slice(piece)).unwrap();
    let read: Vec<_> = read.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(read, (0..count as u32).collect::<Vec<_>>());
}

#[test]
fn addresses_outside_a_buffer_still_name_it() {
    let mut bytes = vec![0; 16];
    let memory = memory(&mut bytes, 0);
    let address = Memory::address_of(0, 0);
    let mut cursor = Cursor::new(&memory);
    let past = cursor.read(address + 12, 4, 2, |_| panic!("touched"));
    assert_eq!(past, Err(Fault::Outside { buffer: 0, offset: 12, bytes: 8, len: 16 }));
    let before = cursor.read(address - 4, 4, 1, |_| panic!("touched"));
    assert_eq!(before, Err(Fault::Outside { buffer: 0, offset: -4, bytes: 4, len: 16 }));
    for address in [0, -8, i64::MIN, i64::MAX, 16, Memory::address_of(0, 0) << 1] {
        assert!(cursor.read(address, 1, 1, |_| panic!("touched")).is_err(), "{address}");
    }
    assert_eq!(cursor.read(address + 2, 4, 1, |_| {}), Err(Fault::Misaligned { address: address + 2, bytes: 4 }));
}

#[test]
fn bytes_that_were_never_written_are_found_by_the_byte() {
    let mut bytes = vec![0; 2 * STRIPE];
    let memory = Memory::new(vec![(Given::Uninitialized(&mut bytes), 0)], false).unwrap();
    let address = Memory::address_of(0, 0);
    let mut cursor = Cursor::new(&memory);
    cursor.write(address, 2, STRIPE / 2 + 1, |piece| piece.fill(7)).unwrap();
    assert_eq!(cursor.read(address, 2, STRIPE / 2 + 1, |_| {}), Ok(()));
    let gap = cursor.read(address + STRIPE as i64 - 4, 2, 4, |_| {});
    assert_eq!(gap, Err(Fault::Uninitialized { buffer: 0, offset: STRIPE as i64 + 2 }));
    drop(cursor);
    assert_eq!(memory.unwritten(0).map(|(first, _)| first), Some(STRIPE + 2));
}

#[test]
fn a_bitmap_agrees_with_a_list_of_bytes() {
    let mut written = Written::none(300);
    let mut list = [false; 300];
    for (start, end) in [(0, 1), (3, 70), (128, 192), (63, 65), (299, 300), (10, 10), (200, 264)] {
        written.set(start, end);
        list[start..end].fill(true);
        for from in 0..300 {
            let to = (from + 90).min(300);
            let expected = (from..to).find(|&at| !list[at]);
            assert_eq!(written.first_gap(from, to), expected, "{from}..{to} after {start}..{end}");
        }
    }
}
