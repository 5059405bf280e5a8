//! `--sbom`: the kernels as a software bill of materials, for those who ask what is in a binary and what made it.
//!
//! CycloneDX 1.5, JSON. No time and no serial number: the same kernels give the same bytes.

mod image;
mod part;

use std::collections::BTreeMap;

use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::bom::{Bom, SpecVersion};
use cyclonedx_bom::models::component::{Classification, Component, Components, Pedigree};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::models::tool::{Tool, Tools};

use super::built::Built;
use super::survey;
use crate::cli::Result;
use crate::cli::rights::{Rights, rights};
use crate::cli::subject::Subject;
use crate::error::Problem;
use image::Inputs;

/// All kernels that were selected, with the images that a build of them embeds.
pub(super) fn sbom(subjects: &[Subject], problems: &mut Vec<Problem>) -> Result<String> {
    let mut document = Document::default();
    for subject in subjects {
        let (steps, more) = subject.analysis.steps();
        problems.extend(more);
        let built = survey::build(subject, &steps, problems);
        document.add(subject, &built);
    }
    document.print()
}

/// What the document says.
#[derive(Default)]
struct Document {
    crates: Vec<Component>,
    kernels: Vec<Component>,
    /// Compilers by their references: each once.
    compilers: BTreeMap<String, Component>,
    /// What each is made from.
    made_from: Vec<Dependency>,
}

impl Document {
    fn add(&mut self, subject: &Subject, built: &[Built<'_>]) {
        let rights = rights(std::slice::from_ref(subject));
        let kernels: Vec<_> = rights.iter().map(|rights| self.kernel(rights, built)).collect();
        let Some(name) = &subject.package else { return };
        let version = subject.version.as_deref().unwrap_or_default();
        let reference = format!("crate:{name}");
        let mut one = Component::new(Classification::Library, name, version, Some(reference.clone()));
        one.purl = Purl::new("cargo", name, version).ok();
        one.licenses = part::license(subject.license.as_deref());
        self.crates.push(one);
        self.made_from.push(Dependency { dependency_ref: reference, dependencies: kernels });
    }

    /// Adds a kernel and gives its reference.
    fn kernel(&mut self, rights: &Rights, built: &[Built<'_>]) -> String {
        let scope = format!("{}/{}", rights.package.as_deref().unwrap_or_default(), rights.kernel);
        let reference = format!("kernel:{scope}");
        let inputs = Inputs { scope: &scope, files: &rights.files };
        let mut parts = inputs.components();
        let mut images = Vec::new();
        for built in built.iter().filter(|built| built.step.kernel.name == rights.kernel) {
            let image = image::component(&scope, built);
            let compilers = image::compilers(built);
            let from = inputs.of(built).chain(compilers.keys().cloned()).collect();
            let image_reference = image.bom_ref.clone().unwrap_or_default();
            self.compilers.extend(compilers);
            self.made_from.push(Dependency { dependency_ref: image_reference.clone(), dependencies: from });
            images.push(image_reference);
            parts.push(image);
        }
        self.made_from.push(Dependency { dependency_ref: reference.clone(), dependencies: images });
        let mut one = part::without_version(Classification::Library, &rights.kernel, reference.clone());
        one.licenses = part::license(rights.license.as_deref());
        one.pedigree = rights.python_package.as_deref().and_then(ancestor);
        one.components = Some(Components(parts));
        self.kernels.push(one);
        reference
    }

    fn print(mut self) -> Result<String> {
        // One crate is what the document is about; several are parts of it.
        let about = if self.crates.len() == 1 { self.crates.pop() } else { None };
        let tool = Tool::new("triton-runner", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let metadata = Metadata { component: about, tools: Some(Tools::List(vec![tool])), ..Metadata::default() };
        let components = self.kernels.into_iter().chain(self.compilers.into_values()).chain(self.crates);
        let bom = Bom {
            serial_number: None,
            metadata: Some(metadata),
            components: Some(Components(components.collect())),
            dependencies: Some(Dependencies(self.made_from)),
            spec_version: SpecVersion::V1_5,
            ..Bom::default()
        };
        let mut text = Vec::new();
        bom.output_as_json_v1_5(&mut text)?;
        Ok(String::from_utf8(text)? + "\n")
    }
}

/// The Python package that a kernel was exported from: its name and version.
fn ancestor(package: &str) -> Option<Pedigree> {
    let (name, version) = package.rsplit_once(' ')?;
    let mut one = Component::new(Classification::Library, name, version, None);
    one.purl = Purl::new("pypi", &name.to_ascii_lowercase().replace('_', "-"), version).ok();
    Some(Pedigree {
        ancestors: Some(Components(vec![one])),
        descendants: None,
        variants: None,
        commits: None,
        patches: None,
        notes: None,
    })
}
