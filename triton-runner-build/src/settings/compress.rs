//! How images are embedded: as they are, or compressed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How images are embedded and locked: the setting `compress`, and [`Builder::compress`](crate::Builder::compress).
///
/// Compressed images are decoded when a kernel is first loaded in a context; launches are the same. A program that loads them
/// needs the feature `compress` of `triton-runner-rt`.
///
/// ```
/// use triton_runner_build::Compress;
///
/// assert_eq!(Compress::from(true), Compress::Each);
/// assert_eq!(Compress::from(false), Compress::Off);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compress {
    /// As the driver gets them. `compress = false`.
    #[default]
    Off,
    /// Each on its own, at the level that is best for machine code. `compress = true`.
    Each,
    /// Each on its own, at this level of zstd: 1 to 22. `compress = 12`.
    Level(u8),
    /// All of an architecture together, which is smallest: the first kernel that is loaded decodes them all, and they stay
    /// in memory until the last was. `compress = "solid"`.
    Solid,
}

/// What the setting can be, in messages.
const EXPECTED: &str = "`true`, `false`, a level of zstd from 1 to 22, or \"solid\"";

impl Compress {
    /// Levels of zstd.
    const LEVELS: std::ops::RangeInclusive<u8> = 1..=22;

    /// Refuses levels that there are not.
    pub(crate) fn checked(self) -> Result<Self, String> {
        match self {
            Self::Level(level) if !Self::LEVELS.contains(&level) => {
                Err(format!("{level} is no level of zstd: expected {EXPECTED}"))
            }
            known => Ok(known),
        }
    }
}

impl From<bool> for Compress {
    fn from(compress: bool) -> Self {
        if compress { Self::Each } else { Self::Off }
    }
}

/// As it is written in settings.
impl fmt::Display for Compress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("false"),
            Self::Each => f.write_str("true"),
            Self::Level(level) => level.fmt(f),
            Self::Solid => f.write_str("\"solid\""),
        }
    }
}

impl Serialize for Compress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_bool(false),
            Self::Each => serializer.serialize_bool(true),
            Self::Level(level) => serializer.serialize_u8(*level),
            Self::Solid => serializer.serialize_str("solid"),
        }
    }
}

impl<'de> Deserialize<'de> for Compress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Compress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Compress, E> {
                Ok(value.into())
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Compress, E> {
                let level = u8::try_from(value).map(Compress::Level).map(Compress::checked);
                match level {
                    Ok(Ok(compress)) => Ok(compress),
                    _ => Err(E::custom(format!("{value} is no level of zstd: expected {EXPECTED}"))),
                }
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Compress, E> {
                self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Compress, E> {
                match value {
                    "solid" => Ok(Compress::Solid),
                    other => Err(E::custom(format!("\"{other}\": expected {EXPECTED}"))),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Compress, String> {
        #[derive(Deserialize)]
        struct Table {
            compress: Compress,
        }
        toml::from_str::<Table>(&format!("compress = {text}")).map(|table| table.compress).map_err(|e| e.to_string())
    }

    #[test]
    fn it_is_a_truth_value_a_level_or_a_word_and_is_written_as_it_is_read() {
        for (text, compress) in [
            ("true", Compress::Each),
            ("false", Compress::Off),
            ("1", Compress::Level(1)),
            ("22", Compress::Level(22)),
            ("\"solid\"", Compress::Solid),
        ] {
            assert_eq!(read(text).unwrap(), compress);
            assert_eq!(compress.to_string(), text);
            assert_eq!(serde_json::to_string(&compress).unwrap(), text);
            assert_eq!(serde_json::from_str::<Compress>(text).unwrap(), compress);
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_it_can_be() {
        for text in ["0", "23", "-1", "9999999999", "\"each\"", "\"\"", "1.5", "[]"] {
            let error = read(text).unwrap_err();
            assert!(error.contains("a level of zstd from 1 to 22, or \"solid\""), "{text}: {error}");
        }
        assert!(Compress::Level(0).checked().is_err() && Compress::Level(19).checked().is_ok());
    }
}
