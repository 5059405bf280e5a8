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
        (None, _) => {}
    }
    Ok(match known(origin.license.as_deref(), origin.package.as_ref(), origin.copyright.as_deref(), near) {
        Ok(license) => (license, None),
        Err(why) => {
            let note = format!("the kernel's licence is unknown: {why}; look into it, and state it with `--license`");
            (Some(UNKNOWN_LICENSE.to_owned()), Some(note))
        }
    })
}

/// The licence as it was found, none for a file of some crate's (`near`); else why nobody knows it.
pub(in crate::cli) fn known(
    license: Option<&str>,
    package: Option<&Package>,
    copyright: Option<&str>,
    near: bool,
) -> Result<Option<String>, String> {
    match (license, package, copyright) {
        (Some(known), _, _) => Ok(Some(known.to_owned())),
        (None, Some(package), _) => {
            Err(format!("the Python package {package} says no licence that SPDX has a name for"))
        }
        (None, None, Some(line)) => Err(format!("its Python file says `{line}`, and no `SPDX-License-Identifier`")),
        (None, None, None) if near => Ok(None),
        (None, None, None) => {
            Err("its Python file is of no installed package, and has no `SPDX-License-Identifier`".to_owned())
        }
    }
}
