//! The ELF file: its sections and symbols.

use std::collections::HashMap;

use object::LittleEndian;
use object::elf::{EM_CUDA, FileHeader64, SHT_NOBITS, SHT_SYMTAB, STT_FUNC, SectionHeader64, SectionType, Sym64};
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _};

use super::CubinError;

/// Type of the copy of an empty section that the newer compilers add.
const NOBITS_COPY: SectionType = SectionType(0x7000_0015);

/// Numbers in the file.
pub(super) const ENDIAN: LittleEndian = LittleEndian;

/// Names in the file are shorter than this; it bounds what a damaged one costs.
const LONGEST_NAME: usize = 4096;

/// Marks a function that can be launched (`STO_CUDA_ENTRY`).
pub(super) const ENTRY: u8 = 0x10;

/// The older of the two forms, by its `EI_OSABI`.
pub(super) const OLD: u8 = 0x33;

pub(super) type Section = SectionHeader64<LittleEndian>;

/// The parts of the ELF file that are looked at.
pub(super) struct Elf<'a> {
    bytes: &'a [u8],
    pub(super) header: &'a FileHeader64<LittleEndian>,
    sections: &'a [Section],
    by_name: HashMap<&'a str, &'a Section>,
}

impl<'a> Elf<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, CubinError> {
        if !bytes.starts_with(b"\x7fELF") {
            return Err(CubinError::not_elf(bytes));
        }
        let damaged = CubinError::Damaged;
        let header = FileHeader64::<LittleEndian>::parse(bytes).map_err(damaged)?;
        let machine = header.e_machine(ENDIAN);
        if machine != EM_CUDA || !header.is_little_endian() {
            return Err(CubinError::NotCuda { machine: machine.0 });
        }
        let sections = header.section_headers(ENDIAN, bytes).map_err(damaged)?;
        // They come last in a file. A driver is told no length: what they speak of is to be there.
        for segment in header.program_headers(ENDIAN, bytes).map_err(damaged)? {
            segment.data(ENDIAN, bytes).map_err(|()| CubinError::CutShort)?;
        }
        let mut elf = Self { bytes, header, sections, by_name: HashMap::new() };
        let names = header.shstrndx(ENDIAN, bytes).map_err(damaged)?;
        let names = sections.get(names as usize).ok_or(CubinError::CutShort)?;
        let names = elf.data(names)?;
        // No two sections share bytes in a file that a compiler made. Where they do, a short file could make much work.
        let mut total = 0_u64;
        for section in sections {
            let name = name_at(names, section.sh_name(ENDIAN))?;
            if elf.by_name.insert(name, section).is_some() && !name.is_empty() {
                return Err(CubinError::Twice { section: name.to_owned() });
            }
            if name.starts_with(".nv.info") {
                total = total.saturating_add(section.sh_size(ENDIAN));
            }
            if section.sh_type(ENDIAN) != SHT_NOBITS && section.sh_type(ENDIAN) != NOBITS_COPY {
                elf.data(section)?;
            }
        }
        if total > bytes.len() as u64 {
            return Err(CubinError::CutShort);
        }
        Ok(elf)
    }

    /// Whether it has the form of compilers before CUDA 12.8's new one.
    pub(super) fn is_old(&self) -> bool {
        self.header.e_ident().os_abi.0 == OLD
    }

    pub(super) fn section(&self, name: &str) -> Option<&'a Section> {
        self.by_name.get(name).copied()
    }

    pub(super) fn data(&self, section: &Section) -> Result<&'a [u8], CubinError> {
        section.data(ENDIAN, self.bytes).map_err(|_| CubinError::CutShort)
    }

    /// The functions that can be launched: index and name of their symbols.
    pub(super) fn symbols(&self) -> Result<Vec<(u32, String)>, CubinError> {
        let Some(table) = self.sections.iter().find(|section| section.sh_type(ENDIAN) == SHT_SYMTAB) else {
            return Err(CubinError::MissingSection { section: ".symtab".to_owned() });
        };
        let symbols: &[Sym64<LittleEndian>] =
            table.data_as_array(ENDIAN, self.bytes).map_err(|_| CubinError::CutShort)?;
        let names = self.sections.get(table.sh_link(ENDIAN) as usize).ok_or(CubinError::CutShort)?;
        let names = self.data(names)?;
        let mut entries: Vec<(u32, String)> = Vec::new();
        for (index, symbol) in (0..).zip(symbols) {
            if symbol.st_type() == STT_FUNC && symbol.st_other().0 & ENTRY != 0 {
                let name = name_at(names, symbol.st_name(ENDIAN))?.to_owned();
                entries.push((index, name));
            }
        }
        let mut seen = std::collections::HashSet::new();
        match entries.iter().find(|(_, name)| !seen.insert(name.as_str())) {
            Some((_, name)) => Err(CubinError::Twice { section: name.clone() }),
            None => Ok(entries),
        }
    }
}

/// The string that starts at an offset of a string table.
fn name_at(table: &[u8], offset: u32) -> Result<&str, CubinError> {
    let bytes = table.get(offset as usize..).unwrap_or_default();
    let end = bytes.iter().take(LONGEST_NAME).position(|&byte| byte == 0).ok_or(CubinError::CutShort)?;
    std::str::from_utf8(&bytes[..end]).map_err(|_| CubinError::BadName)
}
