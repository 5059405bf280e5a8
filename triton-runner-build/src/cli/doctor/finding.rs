//! What the doctor finds.

use serde::Serialize;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// Something to know; nothing has to be done.
    Note,
    /// A build will not work as it is.
    Missing,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) topic: &'static str,
    pub(super) status: Status,
    /// What was found.
    pub(super) found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(topic: &'static str, found: impl Into<String>) -> Self {
        Self { topic, status: Status::Ok, found: found.into(), advice: None }
    }

    pub(super) fn note(topic: &'static str, found: impl Into<String>) -> Self {
        Self { topic, status: Status::Note, found: found.into(), advice: None }
    }

    pub(super) fn missing(topic: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { topic, status: Status::Missing, found: found.into(), advice: Some(advice.into()) }
    }

    pub(super) fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}
