//! Where a shared cache is: a folder, a bucket, a server.

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, Error as StorageError, HeaderMap, HeaderValue, ObjectStore, ObjectStoreExt as _,
    ObjectStoreScheme, RetryConfig,
};
use percent_encoding::percent_decode_str;
use url::Url;

use super::entry::FOLDER;
use crate::cargo::one_line;
use crate::cli::Env;
use crate::obtain::cache::Key;

/// Bytes that an entry may have. Results have less than a hundredth of it; more would only fill the memory.
const LIMIT: u64 = 256 << 20;

/// An entry takes no longer, with all that is tried again.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How long an answer is waited for, and after which time nothing is tried again.
const ANSWER: Duration = Duration::from_secs(25);

/// Characters that are shown of what a server says.
const SAID: usize = 400;

/// The cache can't be used, with what is known of why.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error(
        "`{shown}` is no place for a shared cache: {why}. Expected a folder, or a URL that begins with file://, s3://, gs://, az://, http:// or https://"
    )]
    Place { shown: String, why: String },
    #[error("there is no folder `{shown}`: nothing has been pushed there yet, or it is not mounted")]
    NoFolder { shown: String },
    #[error("`{shown}` can't be set up: {why}")]
    Setup { shown: String, why: String },
    #[error("`{shown}` forbids {doing}: {said}\n{FORBIDDEN}")]
    Forbidden { shown: String, doing: Doing, said: String },
    #[error("{doing} `{shown}` failed: {said}")]
    Failed { shown: String, doing: Doing, said: String },
    #[error("{doing} `{shown}` took longer than {} seconds for one entry", TIME_LIMIT.as_secs())]
    Slow { shown: String, doing: Doing },
}

const FORBIDDEN: &str = "Look at the credentials in the environment (AWS_…, GOOGLE_…, AZURE_…, or user and password in the URL). S3 says this of an entry that isn't there too, where they have no right to list the bucket";

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Reading,
    Writing,
}

impl std::fmt::Display for Doing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Reading => "reading",
            Self::Writing => "writing",
        })
    }
}

/// What there is of an entry.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    TooLarge(u64),
    Entry(Bytes),
}

/// A place for entries.
#[derive(Debug)]
pub(super) struct Store {
    objects: Box<dyn ObjectStore>,
    prefix: Path,
    /// The place without passwords.
    pub(super) shown: String,
}

impl Store {
    /// What a URL or path names. A folder is made where something is going to be written.
    ///
    /// # Errors
    /// If it names no place, or the settings of the environment are wrong.
    pub(super) fn open(named: &str, doing: Doing, env: &Env) -> Result<Self, StoreError> {
        // A drive's letter is no scheme.
        let is_url = named.contains("://") || named.starts_with("file:");
        if !is_url {
            return folder(std::path::Path::new(named), doing);
        }
        let url = Url::parse(named).map_err(|error| StoreError::Place {
            // What doesn't parse may have a password in it.
            shown: named.split_once("://").map_or(named, |(scheme, _)| scheme).to_owned(),
            why: error.to_string(),
        })?;
        let shown = shown(&url);
        let place = |why: String| StoreError::Place { shown: shown.clone(), why };
        let (scheme, prefix) = ObjectStoreScheme::parse(&url).map_err(|error| place(error.to_string()))?;
        if scheme == ObjectStoreScheme::Local {
            let path = url.to_file_path().map_err(|()| place("it is no path of this machine".to_owned()))?;
            return folder(&path, doing);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(place("it has a part behind `?` or `#`; settings come from the environment".to_owned()));
        }
        let objects = remote(scheme, url, env).ok_or_else(|| place("its scheme is none of these".to_owned()))?;
        let objects = objects.map_err(|error| StoreError::Setup { shown: shown.clone(), why: said(&error) })?;
        Ok(Self { objects, prefix, shown })
    }

    /// Below the place, for people who look for it.
    pub(super) fn name(key: &Key) -> String {
        let [folder, rest] = Self::parts(key);
        format!("{FOLDER}/{folder}/{rest}")
    }

    fn path(&self, key: &Key) -> Path {
        let [folder, rest] = Self::parts(key);
        self.prefix.clone().join(FOLDER).join(folder).join(rest)
    }

    /// No folder gets too large.
    fn parts(key: &Key) -> [&str; 2] {
        key.as_str().split_at_checked(2).map_or(["", key.as_str()], |(folder, rest)| [folder, rest])
    }

    /// An entry.
    pub(super) async fn get(&self, key: &Key) -> Result<Found, StoreError> {
        self.limited(Doing::Reading, async {
            let found = match self.objects.get(&self.path(key)).await {
                Err(StorageError::NotFound { .. }) => return Ok(Found::Nothing),
                found => found?,
            };
            match found.meta.size {
                size @ 0..=LIMIT => {
                    let entry = found.bytes().await?;
                    // A folder's file may shrink while it is read.
                    if (entry.len() as u64) < size {
                        return Ok(Found::Entry(Bytes::new()));
                    }
                    Ok(Found::Entry(entry))
                }
                size => Ok(Found::TooLarge(size)),
            }
        })
        .await
    }

    /// Bytes of an entry, if it is there.
    pub(super) async fn size(&self, key: &Key) -> Result<Option<u64>, StoreError> {
        self.limited(Doing::Reading, async {
            match self.objects.head(&self.path(key)).await {
                Ok(meta) => Ok(Some(meta.size)),
                Err(StorageError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Writes an entry, whole or not at all.
    pub(super) async fn put(&self, key: &Key, entry: Vec<u8>) -> Result<(), StoreError> {
        self.limited(Doing::Writing, async { self.objects.put(&self.path(key), entry.into()).await.map(|_| ()) }).await
    }

    async fn limited<T>(
        &self,
        doing: Doing,
        work: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(TIME_LIMIT, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(self.failed(doing, &error)),
            Err(_) => Err(StoreError::Slow { shown: self.shown.clone(), doing }),
        }
    }

    fn failed(&self, doing: Doing, error: &StorageError) -> StoreError {
        let (shown, said) = (self.shown.clone(), said(error));
        match error {
            StorageError::PermissionDenied { .. } | StorageError::Unauthenticated { .. } => {
                StoreError::Forbidden { shown, doing, said }
            }
            _ => StoreError::Failed { shown, doing, said },
        }
    }
}

/// One line of what went wrong: what a store adds to it only repeats the path.
fn said(error: &dyn std::error::Error) -> String {
    let text = error.source().unwrap_or(error).to_string();
    let line = one_line(&text);
    match line.char_indices().nth(SAID) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.into_owned(),
    }
}

/// A URL without password.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        let _ = url.set_password(None);
    }
    url.to_string()
}

fn folder(path: &std::path::Path, doing: Doing) -> Result<Store, StoreError> {
    let shown = path.display().to_string();
    let setup = |error: &dyn std::error::Error| StoreError::Setup { shown: shown.clone(), why: said(error) };
    let path = std::path::absolute(path).map_err(|error| setup(&error))?;
    match doing {
        Doing::Writing => std::fs::create_dir_all(&path).map_err(|error| setup(&error))?,
        Doing::Reading if !path.is_dir() => return Err(StoreError::NoFolder { shown }),
        Doing::Reading => {}
    }
    let objects = LocalFileSystem::new_with_prefix(&path).map_err(|error| setup(&error))?;
    Ok(Store { objects: Box::new(objects), prefix: Path::default(), shown })
}

/// What a server is reached with; `None` for a scheme that names none.
fn remote(scheme: ObjectStoreScheme, mut url: Url, env: &Env) -> Option<Result<Box<dyn ObjectStore>, StorageError>> {
    // The second to ask finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.,
        },
        max_retries: 4,
        retry_timeout: ANSWER,
    };
    let client = ClientOptions::new().with_timeout(ANSWER).with_connect_timeout(Duration::from_secs(5));
    /// The settings that a store's own documentation names, by their standard variables.
    macro_rules! cloud {
        ($builder:ty, $prefix:literal) => {{
            let settings = env.beginning_with($prefix);
            // Who writes http:// means it.
            let plain = settings.iter().any(|(name, value)| name.contains("ENDPOINT") && value.starts_with("http://"));
            let builder = <$builder>::new().with_client_options(client.with_allow_http(plain)).with_retry(retry);
            settings.into_iter().fold(builder.with_url(url), |builder, (name, value)| {
                match name.to_ascii_lowercase().parse() {
                    Ok(setting) => builder.with_config(setting, value),
                    Err(_) => builder,
                }
            })
        }};
    }
    fn boxed(store: impl ObjectStore) -> Box<dyn ObjectStore> {
        Box::new(store)
    }
    Some(match scheme {
        ObjectStoreScheme::AmazonS3 => cloud!(AmazonS3Builder, "AWS_").build().map(boxed),
        ObjectStoreScheme::GoogleCloudStorage => cloud!(GoogleCloudStorageBuilder, "GOOGLE_").build().map(boxed),
        ObjectStoreScheme::MicrosoftAzure => cloud!(MicrosoftAzureBuilder, "AZURE_").build().map(boxed),
        ObjectStoreScheme::Http => {
            let mut client = client.with_allow_http(url.scheme() == "http");
            if let Some(authorization) = authorization(&url) {
                client = client.with_default_headers(authorization);
                // Errors show the rest of it.
                let _ = url.set_username("");
                let _ = url.set_password(None);
            }
            url.set_path("");
            HttpBuilder::new().with_url(url).with_client_options(client).with_retry(retry).build().map(boxed)
        }
        _ => return None,
    })
}

/// Basic authentication of the user that a URL names.
fn authorization(url: &Url) -> Option<HeaderMap> {
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let pair = [decoded(url.username()), b":".to_vec(), decoded(url.password().unwrap_or_default())].concat();
    let mut value = HeaderValue::from_str(&format!("Basic {}", Base64::encode_string(&pair))).ok()?;
    value.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert("authorization", value);
    Some(headers)
}
