//! Operations on memory.

mod address;
mod atomic;
mod descriptor;
mod load;
mod placed;
mod store;
mod tensor_map;

pub(crate) use placed::Placed;

use crate::hooks::Hooks;
use crate::hooks::Watched;
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::{Value, Values};

/// An operation on memory.
#[derive(Clone, Debug)]
pub(crate) enum Memory {
    Load(load::Load),
    Store(store::Store),
    Atomic(atomic::Atomic),
    Descriptor(descriptor::OnDescriptor),
}

impl Memory {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if let Some(load) = load::Load::decode(form)? {
            return Ok(Some(Self::Load(load)));
        }
        if let Some(store) = store::Store::decode(form)? {
            return Ok(Some(Self::Store(store)));
        }
        if let Some(atomic) = atomic::Atomic::decode(form)? {
            return Ok(Some(Self::Atomic(atomic)));
        }
        Ok(descriptor::OnDescriptor::decode(form)?.map(Self::Descriptor))
    }

    /// Whether it changes memory.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Self::Load(_) => false,
            Self::Store(_) | Self::Atomic(_) => true,
            Self::Descriptor(descriptor) => descriptor.writes(),
        }
    }

    /// Whether it is a store that can't fail half-way, or leaves memory as it is.
    pub(crate) fn is_whole(&self, scope: &Scope<'_>, operands: &Values, memory: &crate::memory::Memory<'_>) -> bool {
        match self {
            Self::Load(_) => true,
            Self::Store(store) => store.is_whole(scope, operands, memory),
            Self::Atomic(_) | Self::Descriptor(_) => false,
        }
    }

    /// Whether a tensor that is reached by a descriptor is one that the hardware can reach.
    pub(crate) fn keeps_rules(&self, operands: &Values) -> Outcome<()> {
        let broken = match self {
            Self::Descriptor(descriptor) => descriptor.broken_rule(operands),
            _ => None,
        };
        broken.map_or(Ok(()), |broken| Err(Box::new(Trap::TensorMap(broken))))
    }

    /// The lanes that a descriptor stores.
    pub(crate) fn placed(&self, scope: &Scope<'_>, operands: &[Value]) -> Option<Placed> {
        match self {
            Self::Descriptor(descriptor) => descriptor.placed(scope, operands),
            _ => None,
        }
    }

    pub(crate) fn run<H: Hooks>(
        &self,
        scope: &Scope<'_>,
        operands: Values,
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<Values> {
        match self {
            Self::Load(load) => load.run(scope, operands, watched),
            Self::Store(store) => store.run(scope, operands, watched),
            Self::Atomic(atomic) => atomic.run(scope, operands, watched),
            Self::Descriptor(descriptor) => descriptor.run(scope, operands, watched),
        }
    }
}
