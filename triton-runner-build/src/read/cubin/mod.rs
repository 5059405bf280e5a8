//! Reads what a cubin says about its kernel functions: an ELF file with NVIDIA's own sections.
//!
//! NVIDIA documents none of it; the codes were found by comparing files of ptxas 12.4 to 13.4 with what `ptxas -v`,
//! `cuobjdump` and the PTX say.

use std::collections::HashMap;

use object::LittleEndian;
use object::elf::{EM_CUDA, FileHeader64, SHT_NOBITS, SHT_SYMTAB, STT_FUNC, SectionHeader64, SectionType, Sym64};
use object::read::elf::{FileHeader as _, SectionHeader as _, Sym as _};

use crate::read::entry::{Entry, Image};

mod arch;
mod error;
mod info;
mod params;

pub use error::CubinError;
use info::Records;

/// Type of the copy of an empty section that the newer compilers add.
const NOBITS_COPY: SectionType = SectionType(0x7000_0015);

const ENDIAN: LittleEndian = LittleEndian;

/// Names in the file are shorter than this; it bounds what a damaged one costs.
const LONGEST_NAME: usize = 4096;

/// Marks a function that can be launched (`STO_CUDA_ENTRY`).
const ENTRY: u8 = 0x10;

/// What sm_90 and later reserve at the start of a block's shared memory; `.nv.shared.NAME` counts it in.
const RESERVED_SHARED: u64 = 1024;

/// Reads a cubin.
///
/// Offsets of parameters are those of a block that starts at a multiple of 64, as in PTX, wherever the architecture
/// puts it.
///
/// # Errors
///
/// A file that is no cubin or is cut short, and records that contradict each other.
pub fn read(bytes: &[u8]) -> Result<Image, CubinError> {
    let elf = Elf::parse(bytes)?;
    let arch = arch::read(&elf)?;
    let symbols = elf.symbols()?;
    let shared_info = match elf.section(".nv.info") {
        Some(section) => info::read(".nv.info", elf.data(section)?)?,
        None => Records::default(),
    };
    let mut entries = Vec::new();
    for (index, name) in symbols {
        let text = elf.section(&format!(".text.{name}")).ok_or_else(|| missing(".text", &name))?;
        let info = elf.section(&format!(".nv.info.{name}")).ok_or_else(|| missing(".nv.info", &name))?;
        let info = info::read(&name, elf.data(info)?)?;
        let stack = shared_info.frame_sizes.get(&index).copied();
        // What the functions that it calls need comes on top.
        let stack = stack.max(shared_info.stack_sizes.get(&index).copied());
        let registers = shared_info.register_counts.get(&index).copied();
        let static_shared = elf.static_shared(&name, arch.number())?;
        entries.push(Entry {
            params: params::place(&name, &info)?,
            required_block: info.required_block,
            max_block: info.max_block,
            cluster: info.cluster,
            states_clusters: true,
            registers: registers.or_else(|| elf.registers_in_flags(text)),
            local_bytes: stack,
            static_shared: Some(static_shared),
            dynamic_shared: (static_shared == 0).then(|| elf.section(&format!(".nv.shared.{name}")).is_some()),
            name,
        });
    }
    Ok(Image { arch, ptx_version: None, entries })
}

fn missing(section: &'static str, name: &str) -> CubinError {
    CubinError::MissingSection { section: format!("{section}.{name}") }
}

type Section = SectionHeader64<LittleEndian>;

/// The parts of the ELF file that are looked at.
struct Elf<'a> {
    bytes: &'a [u8],
    header: &'a FileHeader64<LittleEndian>,
    sections: &'a [Section],
    by_name: HashMap<&'a str, &'a Section>,
}

impl<'a> Elf<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, CubinError> {
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
        // They come last in a file.
        header.program_headers(ENDIAN, bytes).map_err(damaged)?;
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

    fn section(&self, name: &str) -> Option<&'a Section> {
        self.by_name.get(name).copied()
    }

    fn data(&self, section: &Section) -> Result<&'a [u8], CubinError> {
        section.data(ENDIAN, self.bytes).map_err(|_| CubinError::CutShort)
    }

    /// The functions that can be launched: index and name of their symbols.
    fn symbols(&self) -> Result<Vec<(u32, String)>, CubinError> {
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

    /// Up to CUDA 12 the flags of a kernel's section hold its registers too.
    fn registers_in_flags(&self, text: &Section) -> Option<u32> {
        let registers = text.sh_info(ENDIAN) >> 24;
        (arch::is_old(self.header) && registers > 0).then_some(registers)
    }

    fn static_shared(&self, name: &str, arch: u16) -> Result<u32, CubinError> {
        let Some(section) = self.section(&format!(".nv.shared.{name}")) else { return Ok(0) };
        let reserved = if arch >= 90 { RESERVED_SHARED } else { 0 };
        let size = section.sh_size(ENDIAN).saturating_sub(reserved);
        u32::try_from(size).map_err(|_| CubinError::SharedSize { name: name.to_owned(), size })
    }
}

/// The string that starts at an offset of a string table.
fn name_at(table: &[u8], offset: u32) -> Result<&str, CubinError> {
    let bytes = table.get(offset as usize..).unwrap_or_default();
    let end = bytes.iter().take(LONGEST_NAME).position(|&byte| byte == 0).ok_or(CubinError::CutShort)?;
    std::str::from_utf8(&bytes[..end]).map_err(|_| CubinError::BadName)
}

#[cfg(test)]
mod tests;
