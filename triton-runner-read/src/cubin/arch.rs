//! The architecture of a cubin.
//!
//! Found with ptxas 12.4, 12.8, 12.9, 13.1, 13.3 and 13.4, from sm_75 to sm_121, with and without suffix:
//!
//! | form | number | `a` |
//! |---|---|---|
//! | old (`EI_OSABI` 0x33) | `e_flags` bits 0–7 | `e_flags` bit 11 |
//! | new (`EI_OSABI` 0x41), CUDA 12 | `e_flags` bits 8–15 | `e_flags` bit 3 |
//! | new, CUDA 13 | the same | record 9 of `.nv.compat` is 1 |
//!
//! `f` is nowhere but in `.note.nv.tkinfo`, where ptxas notes its command line (`-arch sm_100f`).

use object::read::elf::FileHeader as _;
use triton_runner_manifest::{Arch, Mark, Suffix};

use super::elf::{ENDIAN, Elf, OLD};
use super::{CubinError, info};

const NEW: u8 = 0x41;

/// More of the note than a command line needs.
const NOTE: usize = 4096;

pub(super) fn read(elf: &Elf<'_>) -> Result<Arch, CubinError> {
    let flags = elf.header.e_flags(ENDIAN).0;
    let os_abi = elf.header.e_ident().os_abi.0;
    let (number, exact) = match os_abi {
        OLD => (flags & 0xff, flags & 0x800 != 0),
        NEW => ((flags >> 8) & 0xff, flags & 0x8 != 0 || compat_is_exact(elf)?),
        _ => return Err(CubinError::UnknownForm { os_abi, flags }),
    };
    let number = u16::try_from(number).unwrap_or_default();
    if number < 20 {
        return Err(CubinError::UnknownForm { os_abi, flags });
    }
    for suffix in Suffix::ALL {
        let found = match suffix.mark() {
            Mark::Nothing => false,
            Mark::Flag => exact,
            Mark::CommandLine => noted(elf, number)? == Some(suffix),
        };
        if found {
            return Ok(Arch::new(number, suffix));
        }
    }
    Ok(Arch::new(number, Suffix::None))
}

fn compat_is_exact(elf: &Elf<'_>) -> Result<bool, CubinError> {
    let Some(section) = elf.section(".nv.compat") else { return Ok(false) };
    let mut exact = false;
    info::each(".nv.compat", elf.data(section)?, |record| {
        exact |= record.code == 9 && record.number() == Some(1);
        Ok(())
    })?;
    Ok(exact)
}

/// The suffix in the command line that ptxas noted, if it is of this architecture.
fn noted(elf: &Elf<'_>, number: u16) -> Result<Option<Suffix>, CubinError> {
    const OPTION: &[u8] = b"-arch ";
    let Some(section) = elf.section(".note.nv.tkinfo") else { return Ok(None) };
    let note = elf.data(section)?;
    let note = &note[..note.len().min(NOTE)];
    let Some(at) = note.windows(OPTION.len()).position(|window| window == OPTION) else { return Ok(None) };
    let name = &note[at + OPTION.len()..];
    let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(name.len());
    let arch = std::str::from_utf8(&name[..end]).ok().and_then(|name| name.parse::<Arch>().ok());
    Ok(arch.filter(|arch| arch.number() == number).map(Arch::suffix))
}
