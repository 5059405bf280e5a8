//! What a version of Triton says: which release it is, and of whom. fbtriton is a fork with kernels in TLX; it installs the
//! package `triton` too, and calls itself `3.7.4+fb`.

use semver::{BuildMetadata, Version};

/// The fork's part of a version.
const FORK: &str = "fb";

/// Whether it is one of fbtriton.
pub(crate) fn is_fork(version: &Version) -> bool {
    version.build.as_str().split('.').next() == Some(FORK)
}

/// The release that it is a build of: `3.3.1+git…` is one of 3.3.1, and a fork's is the fork's.
pub(crate) fn release(version: &Version) -> Version {
    let mut release = Version::new(version.major, version.minor, version.patch);
    if is_fork(version) {
        release.build = BuildMetadata::new(FORK).unwrap_or(BuildMetadata::EMPTY);
    }
    release
}

/// Whether TTGIR and LLIR of one are those of the other: patch releases share compiler sources.
pub(crate) fn same_dialect(a: &Version, b: &Version) -> bool {
    (a.major, a.minor, is_fork(a)) == (b.major, b.minor, is_fork(b))
}

/// What package installers call it: `triton==3.3.1`, `fbtriton==3.7.4`.
pub(super) fn requirement(version: &Version) -> String {
    let fork = if is_fork(version) { FORK } else { "" };
    format!("{fork}triton=={}.{}.{}", version.major, version.minor, version.patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_another_release_and_another_dialect() {
        let version = |text: &str| Version::parse(text).unwrap();
        for (text, expected, fork) in [
            ("3.3.1", "3.3.1", false),
            ("3.6.0+git1234abcd", "3.6.0", false),
            ("3.7.4+fb", "3.7.4+fb", true),
            ("3.7.0+fb.beta", "3.7.0+fb", true),
        ] {
            assert_eq!((release(&version(text)), is_fork(&version(text))), (version(expected), fork), "{text}");
        }
        assert!(same_dialect(&version("3.5.0"), &version("3.5.1+git1")));
        assert!(!same_dialect(&version("3.7.1"), &version("3.7.4+fb")));
        assert_eq!(requirement(&version("3.7.4+fb")), "fbtriton==3.7.4");
        assert_eq!(requirement(&version("3.3.1")), "triton==3.3.1");
    }
}
