//! An image: what it is, the files that it was made from, and the compilers that made it.

use std::collections::BTreeMap;

use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::component::{Classification, Component};
use triton_runner_manifest::{ImageKind, Level};

use super::part;
use crate::cli::inspect::built::Built;
use crate::cli::rights::CheckedIn;
use crate::obtain::key;
use crate::toolchain::is_fork;

/// The checked-in files of a kernel.
pub(super) struct Inputs<'a> {
    /// The crate and the kernel.
    pub(super) scope: &'a str,
    pub(super) files: &'a [CheckedIn],
}

impl Inputs<'_> {
    fn reference(&self, name: &str) -> String {
        format!("file:{}/{name}", self.scope)
    }

    pub(super) fn components(&self) -> Vec<Component> {
        let component = |file: &CheckedIn| {
            let mut one = part::without_version(Classification::File, &file.name, self.reference(&file.name));
            one.hashes = part::sha256(&file.sha256);
            let level = file.level.map_or("metadata".to_owned(), |level| level.to_string());
            one.properties = part::properties([("level", Some(level))]);
            one
        };
        self.files.iter().map(component).collect()
    }

    /// References of the files that decided an image.
    pub(super) fn of(&self, built: &Built<'_>) -> impl Iterator<Item = String> {
        let metadata = built.step.metadata.map(|named| named.name.as_str());
        let names = [Some(built.image.source.as_str()), metadata];
        names.into_iter().flatten().map(|name| self.reference(name))
    }
}

/// The image's file. Its options are what the compiler was told beside its own defaults.
pub(super) fn component(scope: &str, built: &Built<'_>) -> Component {
    let Built { step, image, made_with, .. } = built;
    let kind = match image.kind {
        ImageKind::Cubin => "cubin",
        ImageKind::Ptx => "ptx",
    };
    let mut one = part::without_version(Classification::File, &image.file, format!("image:{scope}/{}", image.file));
    one.hashes = part::sha256(&image.sha256);
    let is_lowered = image.level < Level::Cubin && !(image.kind == ImageKind::Ptx && image.level == Level::Ptx);
    let options = serde_json::to_string(&step.options).ok();
    one.properties = part::properties([
        ("image", Some(kind.to_owned())),
        ("arch", Some(image.arch.to_string())),
        ("entry", Some(image.entry.clone())),
        ("bytes", Some(image.bytes.to_string())),
        ("made-from", Some(image.source.clone())),
        ("key", is_lowered.then(|| key(step).as_str().to_owned())),
        ("options", options.filter(|_| is_lowered)),
        ("line-info", is_lowered.then(|| step.line_info.to_string())),
        ("triton", image.triton.clone().or_else(|| step.made_by.as_ref().map(ToString::to_string))),
        ("triton-wheel-sha256", made_with.wheel.clone()),
        ("ptxas", made_with.ptxas.clone().filter(|_| image.kind == ImageKind::Cubin)),
    ]);
    one
}

/// The compilers by their references. What made a checked-in image is not this build's to say.
pub(super) fn compilers(built: &Built<'_>) -> BTreeMap<String, Component> {
    let mut all = BTreeMap::new();
    let mut add = |name: &str, version: &str, package: bool, hash: Option<&str>| {
        let mut reference = format!("compiler:{name}@{version}");
        if let Some(hash) = hash {
            reference += &format!("#{hash}");
        }
        let mut one = Component::new(Classification::Application, name, version, Some(reference.clone()));
        one.hashes = hash.and_then(part::sha256);
        if package {
            one.purl = Purl::new("pypi", name, version.split('+').next().unwrap_or(version)).ok();
        }
        all.insert(reference, one);
    };
    let Built { step, image, made_with, .. } = built;
    if let Some(triton) = &step.triton {
        let name = if is_fork(triton) { "fbtriton" } else { "triton" };
        add(name, &triton.to_string(), true, made_with.wheel.as_deref());
    }
    if let (Some(ptxas), ImageKind::Cubin) = (&made_with.ptxas, image.kind) {
        add("ptxas", ptxas, false, None);
    }
    all
}
