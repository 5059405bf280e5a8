//! Settings that don't work.

use std::path::PathBuf;

/// Settings that don't work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("can't read `{}`: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the triton-runner settings in `{}` don't work: {}", path.display(), error.to_string().trim_end())]
    Wrong { path: PathBuf, error: Box<toml::de::Error> },
    #[error(
        "`{}` has the settings in [{section}.metadata.{found}], which nothing reads: write [{section}.metadata.triton-runner]",
        path.display()
    )]
    LookAlike { path: PathBuf, section: &'static str, found: String },
    #[error("the environment variable TRITON_RUNNER_ARCHS is `{value}`: {error}; expected a list like `sm_80,sm_90`")]
    ArchsVariable { value: String, error: String },
    #[error(
        "no GPU architectures are set for this package: add `archs = [\"sm_80\", \"sm_90\"]` (the GPUs that you ship for) to [package.metadata.triton-runner] in `{}`",
        path.display()
    )]
    NoArchs { path: PathBuf },
    #[error("{0}")]
    Builder(String),
    #[error(
        "{variable} is not set: call this from a build script, or name the folder with `Builder::package` and `Builder::out_dir`"
    )]
    NotABuildScript { variable: &'static str },
    #[error(
        "`build` was called before in this build script: the second call would replace what the first built; call it \
         once, with all folders in `kernels = [\"…\", \"…\"]` or in `Builder::kernels`"
    )]
    CalledTwice,
    #[error("settings for a kernel `{name}`, but there is none of that name in {folders}{}", names(kernels))]
    NoSuchKernel { name: String, folders: String, kernels: Vec<String> },
}

/// `; there are …`, if there are any.
fn names(kernels: &[String]) -> String {
    if kernels.is_empty() { String::new() } else { format!("; there are {}", kernels.join(", ")) }
}
