//! Parts of the document that several kinds of components have.

use cyclonedx_bom::external_models::normalized_string::NormalizedString;
use cyclonedx_bom::external_models::spdx::SpdxExpression;
use cyclonedx_bom::models::component::{Classification, Component};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::property::{Properties, Property};

/// A component that has no version of its own.
pub(super) fn without_version(kind: Classification, name: &str, reference: String) -> Component {
    let mut one = Component::new(kind, name, "", Some(reference));
    one.version = None::<NormalizedString>;
    one
}

/// A licence by its SPDX expression, else by the words that are there. Nothing where nobody knows: the format has no word
/// for that.
pub(super) fn license(license: Option<&str>) -> Option<Licenses> {
    let choice = match SpdxExpression::parse_lax(license?.to_owned()) {
        Ok(expression) => LicenseChoice::Expression(expression),
        Err(_) => LicenseChoice::license(license?),
    };
    Some(Licenses(vec![choice]))
}

/// A file's content, by its SHA-256.
pub(super) fn sha256(hash: &str) -> Option<Hashes> {
    let one = Hash { alg: HashAlgorithm::SHA_256, content: HashValue(hash.to_owned()) };
    (!hash.is_empty()).then(|| Hashes(vec![one]))
}

/// Properties, each below this project's name, as far as they are known.
pub(super) fn properties<const N: usize>(all: [(&str, Option<String>); N]) -> Option<Properties> {
    let known = all.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(Property::new(format!("triton-runner:{name}"), &value))
    });
    Some(Properties(known.collect()))
}
