//! Images back out of compressed files beside a lock.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[cfg(feature = "compress")]
use triton_runner_manifest::decode::Decoder;
use triton_runner_manifest::packed::{Packed, Place};

use crate::fs::input::{self, Input};
use crate::verify::ImageFile;

/// Bytes that images may be decoded to, whatever a lock says. Kernels have less than a hundredth of it.
const LIMIT: u64 = 256 << 20;

/// An image can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[cfg(not(feature = "compress"))]
    #[error(
        "its images are compressed, and this triton-runner-build can't read them: add the feature that does in Cargo.toml, in [build-dependencies]: triton-runner-build = {{ version = \"{}\", features = [\"compress\"] }}",
        env!("CARGO_PKG_VERSION")
    )]
    NoDecoder,
    #[error("it says nothing of where the image with the SHA-256 {sha256} is")]
    Nowhere { sha256: String },
    #[error("it names `{}`, and that can't be read: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[cfg(feature = "compress")]
    #[error("`{}` is not the file that was locked: {error}", path.display())]
    Damaged { path: PathBuf, error: String },
    #[error("it says that `{file}` is of {size} bytes, which no kernel is")]
    TooLarge { file: String, size: u64 },
    #[error("it says that an image lies outside of `{file}`")]
    Outside { file: String },
    #[error("it names the file `{file}`: expected a name alone")]
    NotAName { file: String },
}

/// A folder of compressed files. Each is read once, and each archive decoded once.
#[derive(Debug)]
pub(crate) struct PackedFiles {
    folder: PathBuf,
    packed: Packed,
    files: RefCell<BTreeMap<String, (Input, Vec<u8>)>>,
    archives: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl PackedFiles {
    /// The files in `folder`, as the lock in it describes them.
    pub(crate) fn new(folder: &Path, packed: Packed) -> Self {
        Self { folder: folder.to_owned(), packed, files: RefCell::default(), archives: RefCell::default() }
    }

    /// The image with this SHA-256, and the files that it is from.
    pub(crate) fn image(&self, sha256: &str) -> Result<(Vec<u8>, Vec<Input>), ReadError> {
        let nowhere = || ReadError::Nowhere { sha256: sha256.to_owned() };
        match self.packed.place(sha256).ok_or_else(nowhere)? {
            Place::Frame { frame, dictionary } => {
                let (input, bytes) = self.file(&frame.file)?;
                let mut inputs = vec![input];
                let dictionary = dictionary.map(|of| self.file(&of.file)).transpose()?;
                let mut image = self.room(&frame.file, frame.size)?;
                let from = dictionary.as_ref().map(|(_, bytes)| bytes.as_slice());
                decode(&self.folder.join(&frame.file), &bytes, from, &mut image)?;
                inputs.extend(dictionary.map(|(input, _)| input));
                Ok((image, inputs))
            }
            Place::Member { archive, member } => {
                let (input, bytes) = self.file(&archive.file)?;
                let mut archives = self.archives.borrow_mut();
                let decoded = match archives.get(&archive.file) {
                    Some(decoded) => decoded,
                    None => {
                        let mut decoded = self.room(&archive.file, archive.size)?;
                        decode(&input.path, &bytes, None, &mut decoded)?;
                        archives.entry(archive.file.clone()).or_insert(decoded)
                    }
                };
                let start = usize::try_from(member.offset).unwrap_or(usize::MAX);
                let end = usize::try_from(member.offset.saturating_add(member.size)).unwrap_or(usize::MAX);
                let outside = || ReadError::Outside { file: archive.file.clone() };
                Ok((decoded.get(start..end).ok_or_else(outside)?.to_vec(), vec![input]))
            }
        }
    }

    /// What holds these images, if it holds all of them: the parts that do, and their files.
    pub(crate) fn with_only(&self, images: &[&str]) -> Result<Option<(Packed, Vec<ImageFile>)>, ReadError> {
        if images.iter().any(|sha256| self.packed.place(sha256).is_none()) {
            return Ok(None);
        }
        let mut packed = self.packed.clone();
        match &mut packed {
            Packed::Each { frames, .. } => frames.retain(|sha256, _| images.contains(&sha256.as_str())),
            Packed::Solid { archives } => {
                archives.retain(|archive| images.iter().any(|sha256| archive.images.contains_key(*sha256)));
            }
        }
        let files = packed.files().into_iter().map(|(name, _)| {
            let (_, bytes) = self.file(name)?;
            Ok(ImageFile { name: name.to_owned(), bytes })
        });
        let files = files.collect::<Result<_, _>>()?;
        Ok(Some((packed, files)))
    }

    fn room(&self, file: &str, size: u64) -> Result<Vec<u8>, ReadError> {
        let too_large = || ReadError::TooLarge { file: file.to_owned(), size };
        let size = usize::try_from(size).ok().filter(|size| *size as u64 <= LIMIT).ok_or_else(too_large)?;
        Ok(vec![0; size])
    }

    fn file(&self, name: &str) -> Result<(Input, Vec<u8>), ReadError> {
        if let Some(known) = self.files.borrow().get(name) {
            return Ok(known.clone());
        }
        // A lock is read from other people's packages: it says nothing of what is outside of its folder.
        if Path::new(name).file_name().is_none_or(|own| own != name) {
            return Err(ReadError::NotAName { file: name.to_owned() });
        }
        let path = self.folder.join(name);
        let (stat, bytes) = input::read(&path).map_err(|error| ReadError::File { path: path.clone(), error })?;
        let known = (Input::new(&path, stat, &bytes), bytes);
        self.files.borrow_mut().insert(name.to_owned(), known.clone());
        Ok(known)
    }
}

#[cfg(feature = "compress")]
fn decode(path: &Path, frame: &[u8], dictionary: Option<&[u8]>, into: &mut [u8]) -> Result<(), ReadError> {
    let decoded = Decoder::new(dictionary).and_then(|mut decoder| decoder.decode(frame, into));
    decoded.map_err(|error| ReadError::Damaged { path: path.to_owned(), error: error.to_string() })
}

#[cfg(not(feature = "compress"))]
fn decode(_: &Path, _: &[u8], _: Option<&[u8]>, _: &mut [u8]) -> Result<(), ReadError> {
    Err(ReadError::NoDecoder)
}
