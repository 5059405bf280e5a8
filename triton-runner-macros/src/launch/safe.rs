//! The safe forms of a launch: `launch_checked` on a stream and `capture` in a graph. What a caller of `launch` promises is
//! known or checked here: that the kernel stays within its memory comes from the manifest, the rest from what the traits
//! and the runtime refuse.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::{Access, BuiltKernel};

use super::{Machine, Packed, guard};
use crate::docs;
use crate::expand::Expansion;
use crate::signature::Parameter;
use crate::types::{Declared, Element};
use crate::variants::Paired;

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
    /// `launch_checked` and `capture`; nothing for a kernel that can't have them.
    pub(super) fn safe(&self) -> TokenStream {
        if !self.is_safe() {
            return TokenStream::new();
        }
        let krate = self.krate;
        let stream = quote!(&::std::sync::Arc<#krate::cudarc::driver::CudaStream>);
        let launch = self.safe_form(
            Machine::Checked,
            "launch_checked",
            "stream",
            &stream,
            &docs::of_launch_checked(self.kernel),
        );
        let capture = quote!(&#krate::Capture);
        let capture = self.safe_form(Machine::Capture, "capture", "capture", &capture, &docs::of_capture(self.kernel));
        quote!(#launch #capture)
    }

    /// `capture_unchecked`; nothing for a kernel that stores `bool`, for which graphs hold no memory.
    pub(super) fn capture_unchecked(&self) -> Option<TokenStream> {
        let krate = self.krate;
        let about = docs::of_capture_unchecked(self.kernel);
        self.any_bits().then(|| {
            let capture = quote!(&#krate::Capture);
            self.safe_form(Machine::CaptureUnchecked, "capture_unchecked", "capture", &capture, &about)
        })
    }

    fn safe_form(&self, machine: Machine, name: &str, on: &str, ty: &TokenStream, about: &str) -> TokenStream {
        let (krate, vis) = (self.krate, &self.kernel.declaration.vis);
        let name = Ident::new(name, Span::mixed_site());
        let (on, given) = (self.free(on), self.free("grid"));
        let (generics, grid_parameter, grid_value) = self.grid(&given);
        let declared = self.declared(machine);
        let many = self.many(usize::from(grid_parameter.is_some()));
        let body = self.body(machine, &on, &grid_value);
        let unsafety = (machine == Machine::CaptureUnchecked).then(|| quote!(unsafe));
        quote! {
            #[doc = #about]
            #many
            #[inline]
            #vis #unsafety fn #name #generics (
                &self,
                #on: #ty,
                #grid_parameter
                #(#declared),*
            ) -> #krate::Result<()> {
                #body
            }
        }
    }

    /// Whether nothing of the kernel is left to the promises of a caller.
    fn is_safe(&self) -> bool {
        let parameters = &self.kernel.parameters;
        let safe = |paired: &Paired<'_>| {
            is_bounded(paired.kernel)
                && parameters.iter().enumerate().all(|(index, parameter)| {
                    let unknown = paired.argument(index).is_some_and(|own| own.access == Access::Unknown);
                    !unknown || is_exclusive(&parameter.declared)
                })
        };
        self.any_bits()
            && match &self.kernel.variants {
                None => safe(&Paired::alone(self.kernel.kernel)),
                Some(variants) => variants.all.iter().all(|variant| safe(&variant.paired)),
            }
    }
}

impl Expansion<'_> {
    /// Whether each element that the kernel stores is a value: not every byte is a `bool`.
    fn any_bits(&self) -> bool {
        self.kernel.parameters.iter().all(|parameter| {
            !matches!(&parameter.declared, Declared::Pointer { element: Element::Bool, mutable: true, .. })
        })
    }
}

/// Whether the declaration lets the kernel store through an argument, or there is no memory behind it.
fn is_exclusive(declared: &Declared) -> bool {
    match declared {
        Declared::Scalar(_) => true,
        Declared::Pointer { mutable, .. } | Declared::TensorMap { mutable, .. } => *mutable,
    }
}

/// Whether a kernel stays within the memory of its arguments, and runs when those before it on the stream have run.
fn is_bounded(kernel: &BuiltKernel) -> bool {
    let dependent = kernel.images.iter().any(|image| image.pdl);
    kernel.bounds.is_some() && kernel.writes_elsewhere.is_none() && !dependent
}
