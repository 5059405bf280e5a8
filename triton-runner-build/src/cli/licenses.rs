//! `cargo triton licenses`: where kernels come from, and under which licenses.

use clap::Args;

use super::packages::Packages;
use super::{Env, Result, origin, subject, terminal};
use crate::analysis::Analysis;
use crate::settings::Overrides;

/// Show where kernels come from and under which licenses, as the metadata of their Python packages says.
#[derive(Debug, Args)]
pub(super) struct Licenses {
    #[command(flatten)]
    packages: Packages,
}

impl Licenses {
    pub(super) fn run(self, _: &Env) -> Result {
        let mut rows = Vec::new();
        let mut problems = Vec::new();
        for found in self.packages.find()? {
            let analysis = Analysis::of(&found.folder, None, &Overrides::default(), |_, _, _| None)?;
            rows.extend(origin::all(&analysis).into_iter().map(|origin| {
                let from = match (&origin.package, &origin.python) {
                    (Some(package), _) => [Some(package.name.as_str()), package.version.as_deref()],
                    (None, python) => [python.as_deref(), None],
                };
                let from = from.into_iter().flatten().collect::<Vec<_>>().join(" ");
                vec![origin.kernel.clone(), from, origin.license().to_owned()]
            }));
            problems.extend(analysis.problems);
        }
        terminal::print_line(&terminal::table(&["kernel", "from", "license"], &[], rows))?;
        subject::report(problems)
    }
}
