//! The generated functions of a kernel whose images come from outside the binary.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::Constant;

use super::Expansion;
use crate::names;

impl Expansion<'_> {
    /// `load_from`, `unload` and what else goes with them.
    pub(super) fn functions_of_external(&self) -> TokenStream {
        let (krate, v1, vis) = (self.krate, self.v1, &self.kernel.declaration.vis);
        let kernel = Ident::new("kernel", Span::mixed_site());
        let context = quote!(&::std::sync::Arc<#krate::cudarc::driver::CudaContext>);
        let declared = self.declared_kernel();
        quote! {
            /// Loads the best of these images for this device, as a module of its own.
            ///
            /// It is unloaded with the last clone of what this returns, and with the last graph that has captured it: that
            /// waits for everything that runs in the context. Drop it while no stream of the context is being captured: the
            /// driver allows no waiting then, and the module stays until the context goes.
            ///
            /// # Errors
            ///
            /// An image whose arguments or constants are not the declared ones, no driver, no image for this device, or one
            /// that the driver refuses.
            #vis fn load_from(context: #context, images: &[#krate::ExternalImage]) -> #krate::Result<Self> {
                let #kernel = #v1::LoadedKernel::load_external(context, Self::__declared(), images)?;
                ::core::result::Result::Ok(Self { kernel: #kernel })
            }

            /// Waits for what runs in the context, and unloads the kernel.
            ///
            /// # Errors
            ///
            /// A clone or a graph still holds it, and will unload it; or the driver refuses, as after a kernel that failed.
            #vis fn unload(self) -> #krate::Result<()> {
                self.kernel.unload()
            }

            /// The integer that the loaded image was compiled with for a constant, such as `BLOCK`; `None` where its JSON has
            /// none of this name.
            #vis fn constant(&self, name: &::core::primitive::str) -> ::core::option::Option<::core::primitive::i64> {
                self.kernel.constant(name)
            }

            /// What was loaded, and why.
            #vis fn info(&self) -> #krate::KernelInfo {
                self.kernel.info()
            }

            fn __declared() -> &'static #v1::DeclaredKernel {
                use #v1::*;
                static DECLARED: DeclaredKernel = #declared;
                &DECLARED
            }
        }
    }

    /// The static that what is loaded is held against, where the names of `v1` are imported.
    fn declared_kernel(&self) -> TokenStream {
        let name = self.kernel.kernel.id();
        let arguments = self.kernel.parameters.iter().map(|parameter| {
            let (name, matched) = (names::plain(&parameter.ident), &parameter.argument.name);
            let (ty, declared) = (parameter.argument.ty.to_string(), parameter.declared.to_string());
            quote!(DeclaredArgument { name: #name, matched: #matched, ty: #ty, declared: #declared })
        });
        let constants = self.kernel.kernel.constants.iter().filter_map(|(name, value)| match value {
            Constant::Int(value) => {
                let value = Literal::i64_unsuffixed(*value);
                Some(quote!(DeclaredConstant::Int(#name, #value)))
            }
            Constant::Bool(value) => Some(quote!(DeclaredConstant::Bool(#name, #value))),
            Constant::Float(_) | Constant::Str(_) | Constant::None(()) => None,
        });
        quote! {
            DeclaredKernel {
                name: #name,
                arguments: &[#(#arguments),*],
                constants: &[#(#constants),*],
            }
        }
    }
}
