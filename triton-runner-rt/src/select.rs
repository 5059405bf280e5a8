//! Which of the embedded images runs on a device. Pure: it knows nothing of the driver.

use std::fmt;

use triton_runner_manifest::{Arch, Fit};

use crate::spec::ImageKind;

/// Why an image was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Choice {
    /// Machine code for exactly this compute capability.
    Exact,
    /// Machine code for a lower minor version of the same major version, which the device runs too.
    SameMajor,
    /// Machine code for the family that the device belongs to.
    Family,
    /// PTX, which the driver compiled for the device.
    Ptx,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Choice::Exact => "machine code for exactly this compute capability",
            Choice::SameMajor => "machine code for a lower minor version of the same compute capability",
            Choice::Family => "machine code for the device's family",
            Choice::Ptx => "PTX that the driver compiled for the device",
        })
    }
}

/// How well the image of `kind` for `arch` suits `device`; `None` where the device cannot run it.
pub(crate) fn suits(kind: ImageKind, arch: Arch, device: Arch) -> Option<Choice> {
    match kind {
        ImageKind::Cubin => arch.fit(device).map(|fit| match fit {
            Fit::Exact => Choice::Exact,
            Fit::SameMajor => Choice::SameMajor,
            Fit::Family => Choice::Family,
        }),
        ImageKind::Ptx => arch.ptx_fits(device).then_some(Choice::Ptx),
    }
}

/// The images that `device` can run, by index, best first: machine code before PTX, then the nearest architecture, then
/// the one made for fewest devices.
pub(crate) fn order(images: impl IntoIterator<Item = (ImageKind, Arch)>, device: Arch) -> Vec<(usize, Choice)> {
    let mut found: Vec<_> = images
        .into_iter()
        .enumerate()
        .filter_map(|(index, (kind, arch))| suits(kind, arch, device).map(|choice| (index, kind, arch, choice)))
        .collect();
    // Stable: of two alike, the one that was embedded first.
    found.sort_by_key(|&(_, kind, arch, _)| {
        (kind == ImageKind::Ptx, std::cmp::Reverse(arch.number()), arch.suffix().breadth())
    });
    found.into_iter().map(|(index, _, _, choice)| (index, choice)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arch(name: &str) -> Arch {
        name.parse().unwrap()
    }

    fn parse(name: &str) -> (ImageKind, Arch) {
        let kind = if name.starts_with("ptx_") { ImageKind::Ptx } else { ImageKind::Cubin };
        (kind, arch(&name.replace("ptx_", "sm_")))
    }

    fn chosen<'a>(embedded: &[&'a str], device: u16) -> Vec<&'a str> {
        order(embedded.iter().map(|name| parse(name)), Arch::of_device(device / 10, device % 10))
            .into_iter()
            .map(|(index, _)| embedded[index])
            .collect()
    }

    #[test]
    fn the_exact_architecture_comes_first_whatever_its_suffix() {
        assert_eq!(chosen(&["sm_80", "sm_90a", "ptx_80"], 90), ["sm_90a", "ptx_80"]);
        assert_eq!(chosen(&["sm_80", "sm_86"], 86), ["sm_86", "sm_80"]);
        assert_eq!(chosen(&["sm_90", "sm_90a"], 90), ["sm_90a", "sm_90"]);
        assert_eq!(chosen(&["sm_120", "sm_120f", "sm_120a"], 120), ["sm_120a", "sm_120f", "sm_120"]);
    }

    #[test]
    fn the_highest_minor_version_not_above_the_device_follows() {
        assert_eq!(chosen(&["sm_80", "sm_86", "sm_90a"], 89), ["sm_86", "sm_80"]);
        assert_eq!(chosen(&["sm_86", "sm_80"], 80), ["sm_80"]);
        assert_eq!(chosen(&["sm_75", "sm_80"], 75), ["sm_75"]);
    }

    #[test]
    fn an_a_image_runs_on_its_own_compute_capability_only() {
        assert_eq!(chosen(&["sm_100a", "ptx_100a"], 103), [""; 0]);
        assert_eq!(chosen(&["sm_120a"], 121), [""; 0]);
        assert_eq!(chosen(&["ptx_90a"], 90), ["ptx_90a"]);
        assert_eq!(chosen(&["sm_90a", "ptx_90a"], 100), [""; 0]);
    }

    #[test]
    fn a_family_image_runs_on_its_own_and_later_minor_versions() {
        assert_eq!(chosen(&["sm_100f"], 103), ["sm_100f"]);
        assert_eq!(chosen(&["sm_103f"], 100), [""; 0]);
        assert_eq!(chosen(&["sm_100f"], 120), [""; 0]);
        assert_eq!(chosen(&["sm_120f", "sm_120"], 121), ["sm_120f", "sm_120"]);
        assert_eq!(chosen(&["ptx_100f", "ptx_100"], 103), ["ptx_100f", "ptx_100"]);
    }

    #[test]
    fn ptx_is_last_and_the_nearest_of_it_first() {
        assert_eq!(chosen(&["ptx_75", "ptx_80", "sm_80"], 86), ["sm_80", "ptx_80", "ptx_75"]);
        assert_eq!(chosen(&["ptx_80"], 75), [""; 0]);
        assert_eq!(chosen(&["ptx_75", "ptx_90a", "ptx_80"], 120), ["ptx_80", "ptx_75"]);
    }

    #[test]
    fn another_major_version_runs_no_machine_code() {
        assert_eq!(chosen(&["sm_80", "sm_86", "sm_89"], 90), [""; 0]);
        assert_eq!(chosen(&["sm_100", "sm_120"], 110), [""; 0]);
    }

    #[test]
    fn the_reason_is_told() {
        let device = arch("sm_89");
        assert_eq!(suits(ImageKind::Cubin, arch("sm_89"), device), Some(Choice::Exact));
        assert_eq!(suits(ImageKind::Cubin, arch("sm_86"), device), Some(Choice::SameMajor));
        assert_eq!(suits(ImageKind::Ptx, arch("sm_80"), device), Some(Choice::Ptx));
        assert_eq!(suits(ImageKind::Cubin, arch("sm_100f"), arch("sm_103")), Some(Choice::Family));
        assert_eq!(suits(ImageKind::Cubin, arch("sm_86a"), device), None);
    }
}
