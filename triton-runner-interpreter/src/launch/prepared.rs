//! What arguments come to before programs start.

use std::rc::Rc;

use crate::memory::Descriptor;
use crate::ops::Constant;
use crate::value::Value;

/// What a slot is before programs start. Threads share it.
#[derive(Clone, Debug)]
pub(crate) enum Initial {
    Number(Constant),
    Descriptor(Descriptor),
}

impl Initial {
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Number(constant) => constant.value(),
            Self::Descriptor(descriptor) => Value::Descriptor(Rc::new(descriptor.clone())),
        }
    }
}
