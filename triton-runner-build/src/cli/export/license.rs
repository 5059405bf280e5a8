//! What an export knows of a kernel's licence.

use triton_runner_read::metadata::{Package, UNKNOWN_LICENSE};

use crate::cli::Result;
use crate::lowering::export::Origin;

/// The licence for the JSON, none for a file of the crate's own, and a note where it is unknown. `stated` is what whoever
/// exports says; `near` is whether the file is some crate's.
pub(super) fn of(stated: Option<&str>, origin: &Origin, near: bool) -> Result<(Option<String>, Option<String>)> {
    match (stated, &origin.license) {
        (Some(stated), Some(found)) if stated != found => {
            let place = origin.package.as_ref().map_or("the Python file".to_owned(), Package::to_string);
            return Err(format!("--license says {stated}, and {place} says {found}: leave the option out").into());
        }
        (Some(known), _) => return Ok((Some(known.to_owned()), None)),
        (None, Some(known)) => return Ok((Some(known.clone()), None)),
        (None, None) => {}
    }
    let why = match (&origin.package, &origin.copyright) {
        (Some(package), _) => format!("the Python package {package} says no licence that SPDX has a name for"),
        (None, Some(line)) => format!("its Python file says `{line}`, and no `SPDX-License-Identifier`"),
        (None, None) if near => return Ok((None, None)),
        (None, None) => "its Python file is of no installed package, and has no `SPDX-License-Identifier`".to_owned(),
    };
    let note = format!("the kernel's licence is unknown: {why}; look into it, and state it with `--license`");
    Ok((Some(UNKNOWN_LICENSE.to_owned()), Some(note)))
}
