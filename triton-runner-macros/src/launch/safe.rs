//! The safe forms of a launch: `launch` on a stream and `capture` in a graph. What a caller of `launch_unchecked` promises is
//! known or checked here: `bounded` holds the launch to what the build has proven, the rest is what the traits and the runtime
//! refuse.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Machine, Packed, guard};
use crate::docs;
use crate::expand::Expansion;
use crate::signature::Parameter;
use crate::types::{Declared, Element};

impl Machine {
    /// What a safe launch goes to, as the second parameter of its traits.
    pub(super) fn on(self, krate: &TokenStream) -> Option<TokenStream> {
        match self {
            Self::Checked => Some(quote!(, #krate::cudarc::driver::CudaStream)),
            Self::Capture | Self::CaptureUnchecked => Some(quote!(, #krate::Capture)),
            Self::Device | Self::Host => None,
        }
    }

    /// Whether it goes into a graph.
    pub(super) fn is_capture(self) -> bool {
        matches!(self, Self::Capture | Self::CaptureUnchecked)
    }

    /// The launch of a kernel, begun before anything is passed.
    pub(super) fn admitted(self, kernel: &TokenStream, stream: &Ident) -> TokenStream {
        match self {
            Self::Checked => quote!(#kernel.checked_on(#stream)?),
            _ => self.begun(kernel, stream),
        }
    }
}

impl Packed {
    /// What a safe launch records the use of an argument by.
    pub(super) fn recorded(&self, parameter: &Parameter<'_>) -> Option<TokenStream> {
        let value = &self.value;
        match &parameter.declared {
            Declared::Pointer { .. } => {
                let guard = guard(value);
                Some(quote!(&#guard))
            }
            Declared::TensorMap { .. } => Some(quote!(#value.guard())),
            Declared::Scalar(_) => None,
        }
    }
}

impl Expansion<'_> {
    /// `launch` and `capture`, and what evaluates the kernel's checks.
    pub(super) fn safe(&self, stream: &TokenStream) -> TokenStream {
        let krate = self.krate;
        let form = |machine, name, on, ty: &TokenStream, about: &str| {
            let body = || self.body(machine, &self.free(on), &self.grid(&self.free("grid")).2);
            self.form(machine, name, on, ty, about, body)
        };
        let launch = form(Machine::Checked, "launch", "stream", stream, &docs::of_launch(self.kernel));
        let capture =
            form(Machine::Capture, "capture", "capture", &quote!(&#krate::Capture), &docs::of_capture(self.kernel));
        let bounds = self.helper(|| self.bounds_functions());
        quote!(#launch #capture #bounds)
    }

    /// `capture_unchecked`; nothing for a kernel that stores `bool`, for which graphs hold no memory.
    pub(super) fn capture_unchecked(&self) -> Option<TokenStream> {
        let krate = self.krate;
        let flags = self.kernel.parameters.iter().any(|parameter| {
            matches!(&parameter.declared, Declared::Pointer { element: Element::Bool, mutable: true, .. })
        });
        (!flags).then(|| {
            let body = || self.body(Machine::CaptureUnchecked, &self.free("capture"), &self.grid(&self.free("grid")).2);
            let about = docs::of_capture_unchecked(self.kernel);
            let on = quote!(&#krate::Capture);
            self.form(Machine::CaptureUnchecked, "capture_unchecked", "capture", &on, &about, body)
        })
    }
}
