//! Reads what a cubin says about its kernel functions: an ELF file with NVIDIA's own sections.
//!
//! NVIDIA documents none of it; the codes were found by comparing files of ptxas 12.4 to 13.4 with what `ptxas -v`,
//! `cuobjdump` and the PTX say.

use object::read::elf::SectionHeader as _;

use crate::entry::{Entry, Module};

mod arch;
mod elf;
mod error;
mod info;
mod params;

pub use error::CubinError;

use elf::{ENDIAN, Elf, Section};
use info::Records;

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
pub fn read(bytes: &[u8]) -> Result<Module, CubinError> {
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
        let static_shared = static_shared(&elf, &name, arch.number())?;
        entries.push(Entry {
            params: params::place(&name, &info)?,
            required_block: info.required_block,
            max_block: info.max_block,
            cluster: info.cluster,
            states_clusters: true,
            registers: registers.or_else(|| registers_in_flags(&elf, text)),
            local_bytes: stack,
            static_shared: Some(static_shared),
            dynamic_shared: (static_shared == 0).then(|| elf.section(&format!(".nv.shared.{name}")).is_some()),
            name,
        });
    }
    Ok(Module { arch, ptx_version: None, entries })
}

/// The instructions of a kernel function, as bytes.
///
/// # Errors
///
/// A file that is no cubin, and one without this function.
pub fn instructions<'a>(bytes: &'a [u8], entry: &str) -> Result<&'a [u8], CubinError> {
    let elf = Elf::parse(bytes)?;
    elf.data(elf.section(&format!(".text.{entry}")).ok_or_else(|| missing(".text", entry))?)
}

fn missing(section: &'static str, name: &str) -> CubinError {
    CubinError::MissingSection { section: format!("{section}.{name}") }
}

/// Up to CUDA 12 the flags of a kernel's section hold its registers too.
fn registers_in_flags(elf: &Elf<'_>, text: &Section) -> Option<u32> {
    let registers = text.sh_info(ENDIAN) >> 24;
    (elf.is_old() && registers > 0).then_some(registers)
}

fn static_shared(elf: &Elf<'_>, name: &str, arch: u16) -> Result<u32, CubinError> {
    let Some(section) = elf.section(&format!(".nv.shared.{name}")) else { return Ok(0) };
    let reserved = if arch >= 90 { RESERVED_SHARED } else { 0 };
    let size = section.sh_size(ENDIAN).saturating_sub(reserved);
    u32::try_from(size).map_err(|_| CubinError::SharedSize { name: name.to_owned(), size })
}

#[cfg(test)]
mod tests;
