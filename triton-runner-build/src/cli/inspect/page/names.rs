//! Names on the page.

use crate::cli::inspect::report::{ImageReport, KernelReport, Report};

/// The packages of the report.
pub(super) fn packages(report: &Report) -> Vec<&str> {
    let mut names: Vec<_> = report.kernels.iter().filter_map(|kernel| kernel.package.as_deref()).collect();
    names.dedup();
    names
}

/// The kernel's name, with its package where there are several.
pub(super) fn label(report: &Report, kernel: &KernelReport) -> String {
    match &kernel.package {
        Some(package) if packages(report).len() > 1 => format!("{package}: {}", kernel.name),
        _ => kernel.name.clone(),
    }
}

/// What a row, a bar and the script call an image.
pub(super) fn image_id(index: usize, image: &ImageReport) -> String {
    format!("{index}/{}", image.target())
}
