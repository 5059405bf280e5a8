//! NVIDIA's driver library: under which names each system has it, and opening it.
//!
//! The one that is in the process is taken, else the one that cudarc will open, which looks for the plain name first. A
//! different one beside it would know nothing of the contexts.

use libloading::Library;

/// What to do where there is none, in this program.
pub(crate) fn advice() -> &'static str {
    advice_for(std::env::consts::OS, cfg!(target_feature = "crt-static"))
}

/// The same on a system as `std::env::consts::OS` names it; a program that is linked statically opens no library there.
fn advice_for(os: &str, is_static: bool) -> &'static str {
    match os {
        "linux" if is_static => {
            "a program that is linked statically opens no libraries: build it for a target with glibc, such as x86_64-unknown-linux-gnu"
        }
        "linux" => "install the NVIDIA driver, or add the folder of libcuda.so.1 to the library search path",
        "windows" => "install the NVIDIA driver, which puts nvcuda.dll into the system's folder",
        _ => "NVIDIA has none for this system: kernels run on Linux and Windows, and in the interpreter everywhere",
    }
}

/// A library that one of these calls opens, in their order; else all that was said.
fn first<L>(attempts: impl IntoIterator<Item = Result<L, libloading::Error>>) -> Result<L, String> {
    let mut reasons = Vec::new();
    for attempt in attempts {
        match attempt {
            Ok(library) => return Ok(library),
            Err(error) => reasons.push(loader_text(&error)),
        }
    }
    if reasons.is_empty() {
        reasons.push("there is no library to look for".to_owned());
    }
    Err(reasons.join("; "))
}

/// Opens libcuda.
#[cfg(target_os = "linux")]
pub(super) fn open() -> Result<Library, String> {
    use libloading::os::unix::{Library as UnixLibrary, RTLD_LAZY, RTLD_LOCAL};
    const RTLD_NOLOAD: i32 = 4;
    const FLAGS: i32 = RTLD_LAZY | RTLD_LOCAL;
    // SAFETY: opens only what is loaded already, so no initializer runs.
    if let Ok(library) = unsafe { UnixLibrary::open(Some("libcuda.so.1"), FLAGS | RTLD_NOLOAD) } {
        return Ok(library.into());
    }
    let names = ["libcuda.so", "libcuda.so.1"];
    // SAFETY: the initializers of NVIDIA's driver library may run at any time.
    first(names.into_iter().map(|name| unsafe { UnixLibrary::open(Some(name), FLAGS) })).map(Library::from)
}

/// Opens nvcuda.dll. The driver's is in the system's folder; one beside the program is somebody else's, unless the program
/// has loaded it already.
#[cfg(target_os = "windows")]
pub(super) fn open() -> Result<Library, String> {
    use libloading::os::windows::{LOAD_LIBRARY_SEARCH_SYSTEM32, Library as WindowsLibrary};
    const NAME: &str = "nvcuda.dll";
    if let Ok(library) = WindowsLibrary::open_already_loaded(NAME) {
        return Ok(library.into());
    }
    // SAFETY: the initializers of NVIDIA's driver library may run at any time.
    let attempt = unsafe { WindowsLibrary::load_with_flags(NAME, LOAD_LIBRARY_SEARCH_SYSTEM32) };
    first([attempt]).map(Library::from)
}

/// There is none to open.
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
pub(super) fn open() -> Result<Library, String> {
    first(std::iter::empty())
}

/// What the system's loader says, which libloading keeps as the source of its error.
fn loader_text(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_library_that_opens_is_taken_and_the_others_are_not_tried() {
        let mut tried = 0;
        let mut attempt = |opens: bool| {
            tried += 1;
            if opens { Ok(tried) } else { Err(libloading::Error::DlOpenUnknown) }
        };
        assert_eq!(first([false, true, true].into_iter().map(&mut attempt)).unwrap(), 2);
        assert_eq!(tried, 2);
    }

    #[test]
    fn where_none_opens_every_reason_is_told() {
        let attempts = [libloading::Error::DlOpenUnknown, libloading::Error::LoadLibraryExWUnknown];
        let said = attempts.iter().map(loader_text).collect::<Vec<_>>().join("; ");
        assert_eq!(first(attempts.into_iter().map(Err::<(), _>)), Err(said));
        assert!(first::<()>([]).is_err_and(|reason| !reason.is_empty()));
    }

    #[test]
    fn each_system_has_its_own_advice() {
        let advice = |os| advice_for(os, false);
        assert!(advice("linux").contains("libcuda.so.1") && advice("windows").contains("nvcuda.dll"));
        assert!(advice("macos").contains("has none") && advice("macos").contains("interpreter"));
        // Windows' own library is opened whatever a program is linked with.
        assert!(advice_for("linux", true).contains("glibc") && advice_for("windows", true).contains("nvcuda.dll"));
    }

    /// Without a driver too, nothing panics here.
    #[test]
    #[cfg_attr(miri, ignore = "opens libcuda")]
    fn opening_gives_a_library_or_says_why_not() {
        assert!(open().err().is_none_or(|reason| !reason.is_empty()));
    }
}
