//! The generated launches: arguments to device addresses and values, the checks of what the kernel was compiled on, the
//! grid, and the call. And `interpret`, which is the same on another machine.

mod bounded;
mod choice;
mod interpret;
mod safe;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::expand::Expansion;
use crate::expand::function::{Function, Kind};
use crate::names;
use crate::resolve;
use crate::scope;
use crate::signature::Parameter;
use crate::types::{Declared, Element};
use crate::variants::{Paired, Variant};

/// What a launch runs on. The checks before it are the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Machine {
    /// A stream of a device; what is touched is left to the caller.
    Device,
    /// A stream, and nothing is left to the caller.
    Checked,
    /// A graph that is being captured; nothing is left to the caller.
    Capture,
    /// The same, but what is touched is left to the caller.
    CaptureUnchecked,
    /// The interpreter.
    Host,
}

/// An argument on its way into the launch.
struct Packed {
    /// The variable whose address is passed.
    value: Ident,
    /// Makes that variable. Needs nothing but the argument and the stream.
    made: TokenStream,
    /// Whether it is there, where a launch chooses by that.
    given: Option<Ident>,
}

impl Expansion<'_> {
    /// `launch`, where launches are safe `capture`, and both unchecked.
    pub(crate) fn launch(&self) -> TokenStream {
        let krate = self.krate;
        let on = quote!(&::std::sync::Arc<#krate::cudarc::driver::CudaStream>);
        let about = docs::of_launch_unchecked(self.kernel);
        let body = || self.body(Machine::Device, &self.free("stream"), &self.grid(&self.free("grid")).2);
        let unchecked = self.form(Machine::Device, "launch_unchecked", "stream", &on, &about, body);
        let others = if self.kernel.launches.are_safe() { self.safe(&on) } else { self.unsafe_launch(&on, &about) };
        let captured = self.capture_unchecked();
        quote!(#others #unchecked #captured)
    }

    /// `launch` where it is `unsafe`: the other one by its usual name.
    fn unsafe_launch(&self, on: &TokenStream, about: &str) -> TokenStream {
        let (stream, passed) = (self.free("stream"), self.passed());
        let body = || quote!(unsafe { self.launch_unchecked(#stream, #passed) });
        self.form(Machine::Device, "launch", "stream", on, about, body)
    }

    /// One form of a launch as a function.
    fn form(
        &self,
        machine: Machine,
        name: &str,
        on: &str,
        ty: &TokenStream,
        about: &str,
        body: impl FnOnce() -> TokenStream,
    ) -> TokenStream {
        let krate = self.krate;
        let (on, given) = (self.free(on), self.free("grid"));
        let (generics, grid_parameter, _) = self.grid(&given);
        let declared = self.declared(machine);
        let many = self.many(usize::from(grid_parameter.is_some()));
        let passed = self.passed();
        let function = Function {
            about: quote!(#[doc = #about]),
            allowed: many,
            is_inline: true,
            is_unsafe: matches!(machine, Machine::Device | Machine::CaptureUnchecked),
            name: Ident::new(name, Span::mixed_site()),
            signature: quote!(#generics (&self, #on: #ty, #grid_parameter #(#declared),*) -> #krate::Result<()>),
            kind: Kind::Method(quote!(#on, #passed)),
        };
        self.function(function, body)
    }

    /// The grid, where the caller gives it, and the kernel's arguments as they are passed on.
    fn passed(&self) -> TokenStream {
        let given = self.free("grid");
        let grid = self.grid(&given).1.map(|_| quote!(#given,));
        let arguments = self.kernel.parameters.iter().map(|parameter| &parameter.ident);
        quote!(#grid #(#arguments),*)
    }

    /// The kernel's arguments as parameters of the generated function.
    fn declared(&self, machine: Machine) -> Vec<TokenStream> {
        let parameters = self.kernel.parameters.iter().map(|parameter| {
            let (ident, ty) = (&parameter.ident, self.parameter_type(machine, parameter));
            quote!(#ident: #ty)
        });
        parameters.collect()
    }

    /// The one lint that looks into generated code: a kernel has the arguments that it has.
    fn many(&self, others: usize) -> Option<TokenStream> {
        (self.kernel.parameters.len() + others > 5).then(|| quote!(#[allow(clippy::too_many_arguments)]))
    }

    /// What a launch does, from the arguments to the call.
    fn body(&self, machine: Machine, stream: &Ident, grid_value: &TokenStream) -> TokenStream {
        let parameters = &self.kernel.parameters;
        let (launch, grid) = (internal("launch"), internal("grid"));
        let packed =
            parameters.iter().enumerate().map(|(index, parameter)| self.packed(machine, index, parameter, stream));
        let packed: Vec<Packed> = packed.collect();
        let made = packed.iter().map(|packed| &packed.made);
        let grid_value = self.grid_value(machine, &launch, &grid, grid_value);
        let is_safe = matches!(machine, Machine::Checked | Machine::Capture);
        let run = |paired: &Paired<'_>, checks: TokenStream| self.run(machine, paired, &packed, &launch, &grid, checks);
        match &self.kernel.variants {
            None => {
                let alone = Paired::alone(self.kernel.kernel);
                let required = self.required();
                let bounded = is_safe.then(|| self.bounded(&alone, &packed, &launch, &grid));
                let checks = self.checks(&alone, &packed, &launch);
                let run = run(&alone, quote!(#checks #bounded));
                let begun = machine.admitted(&machine.kernel(), stream);
                quote! {
                    #required
                    let #launch = #begun;
                    #grid_value
                    #(#made)*
                    #run
                }
            }
            Some(variants) => {
                let chosen = self.chosen(machine, variants, &packed, stream, &launch);
                let bounded = |group: &[&Variant<'_>]| {
                    is_safe.then(|| self.bounded_by_variant(variants, group, &packed, &launch, &grid))
                };
                let all: Vec<_> = variants.all.iter().collect();
                let run = match variants.all.first() {
                    // What was chosen for its promises keeps them; what is left where none does may not.
                    Some(first) if !self.is_conditional(variants) => {
                        let (checks, bounded) = (self.checks_by_variant(variants, &packed, &launch), bounded(&all));
                        run(&first.paired, quote!(#checks #bounded))
                    }
                    Some(first) if variants.alike() => run(&first.paired, bounded(&all).unwrap_or_default()),
                    _ => self.by_arguments(variants, |paired, group| run(paired, bounded(group).unwrap_or_default())),
                };
                let stream_checked = (machine != Machine::Host).then(|| {
                    let admitted = machine.admitted(&quote!(self.fallback.1), stream);
                    quote! {
                        // The stream is one of this context before anything is passed on it.
                        #admitted;
                    }
                });
                quote! {
                    #stream_checked
                    #(#made)*
                    #chosen
                    #grid_value
                    #run
                }
            }
        }
    }

    /// The last checks of the arguments that a kernel has, and the call.
    fn run(
        &self,
        machine: Machine,
        paired: &Paired<'_>,
        packed: &[Packed],
        launch: &Ident,
        grid: &Ident,
        checks: TokenStream,
    ) -> TokenStream {
        let own = paired.places.iter().zip(packed).zip(&self.kernel.parameters);
        let own: Vec<_> = own.filter_map(|((place, packed), parameter)| Some(((*place)?, packed, parameter))).collect();
        let begun = own.iter().map(|(place, packed, parameter)| begun(machine, *place, packed, parameter, launch));
        let call = match machine {
            Machine::Device | Machine::Checked | Machine::Capture | Machine::CaptureUnchecked => {
                let all = internal("parameters");
                let pointers = own.iter().map(|(_, packed, _)| {
                    let value = &packed.value;
                    quote!((&raw const #value).cast_mut().cast())
                });
                let hidden = std::iter::repeat_n(quote!(::core::ptr::null_mut()), 2);
                let run = match machine {
                    Machine::Checked => {
                        let guards = own.iter().filter_map(|(_, packed, parameter)| packed.recorded(parameter));
                        quote!(run_checked(#grid, &mut #all, &[#(#guards),*]))
                    }
                    Machine::Capture | Machine::CaptureUnchecked => quote!(run_captured(#grid, &mut #all)),
                    _ => quote!(run(#grid, &mut #all)),
                };
                quote! {
                    let mut #all = [#(#pointers,)* #(#hidden),*];
                    unsafe { #launch.#run }
                }
            }
            Machine::Host => {
                let arguments = own.iter().map(|(_, packed, parameter)| self.host_argument(packed, parameter));
                quote!(#launch.ready(#grid, [#(#arguments),*]))
            }
        };
        quote! {
            #(#begun)*
            #checks
            #call
        }
    }

    /// Where the grid comes from: generics and a parameter for it, and its value.
    fn grid(&self, given: &Ident) -> (TokenStream, Option<TokenStream>, TokenStream) {
        let v1 = self.v1;
        match (&self.kernel.grid, &self.kernel.variants) {
            (Some([x, y, z]), _) => (TokenStream::new(), None, quote!(#v1::Grid::new(#x, #y, #z))),
            (None, None) => {
                let parameter = quote!(#given: impl ::core::convert::Into<#v1::Grid>,);
                (TokenStream::new(), Some(parameter), quote!(::core::convert::Into::<#v1::Grid>::into(#given)))
            }
            // What a program works on may differ between the variants.
            (None, Some(variants)) => {
                let (name, variant) = (&variants.name, resolve::variant_variable());
                let parameter = quote!(#given: impl ::core::ops::FnOnce(#name) -> __Grid,);
                let value = quote!(::core::convert::Into::<#v1::Grid>::into(#given(#variant)));
                (quote!(<__Grid: ::core::convert::Into<#v1::Grid>>), Some(parameter), value)
            }
        }
    }

    /// Makes the variable of the grid, once the launch has begun: the device may be asked for its multiprocessors.
    fn grid_value(&self, machine: Machine, launch: &Ident, grid: &Ident, value: &TokenStream) -> TokenStream {
        if !self.kernel.grid_by_device {
            return quote!(let #grid = #value;);
        }
        let (v1, count) = (self.v1, scope::multiprocessors_variable());
        match machine {
            // Which number it is, may be said later.
            Machine::Host => quote!(let #grid = #v1::HostGrid::by_multiprocessors(move |#count| #value);),
            _ => quote! {
                let #count = #launch.multiprocessors();
                let #grid = #value;
            },
        }
    }

    /// A name for an argument of our own that none of the kernel's has.
    fn free(&self, name: &str) -> Ident {
        let taken = |name: &str| self.kernel.parameters.iter().any(|p| names::plain(&p.ident) == name);
        let mut name = name.to_owned();
        while taken(&name) {
            name.push('_');
        }
        Ident::new(&name, Span::mixed_site())
    }

    fn parameter_type(&self, machine: Machine, parameter: &Parameter<'_>) -> TokenStream {
        let (krate, v1) = (self.krate, self.v1);
        match &parameter.declared {
            Declared::Scalar(element) => self.element(parameter, *element),
            Declared::Pointer { element, mutable, nullable } => {
                let element = self.element(parameter, *element);
                let bound = pointer_trait(machine, *mutable, *nullable);
                let lifetime = machine.memory().map(|lifetime| quote!(#lifetime,));
                let on = machine.on(krate);
                located(quote!(impl #v1::#bound<#lifetime #element #on>), krate, parameter.span)
            }
            Declared::TensorMap { element, rank, mutable } => {
                let element = self.element(parameter, *element);
                let rank = Literal::usize_unsuffixed(*rank);
                let lifetime = machine.memory();
                let (path, name) = machine.tensor_map(krate, *mutable);
                let mutable = mutable.then(|| quote!(mut));
                quote!(& #lifetime #mutable #path #name<'_, #element, #rank>)
            }
        }
    }

    fn packed(&self, machine: Machine, index: usize, parameter: &Parameter<'_>, stream: &Ident) -> Packed {
        let (krate, v1) = (self.krate, self.v1);
        let ident = &parameter.ident;
        let value = internal(&format!("value_{index}"));
        match &parameter.declared {
            Declared::Pointer { element, mutable, nullable } => {
                let guard = guard(&value);
                let element = element.path(krate);
                // On the host it is the same trait's for both.
                let bound = pointer_trait(machine, *mutable, *nullable || machine == Machine::Host);
                let on = (machine != Machine::Host).then(|| quote!(, #stream));
                let of = machine.on(krate);
                let chosen_by = self.kernel.variants.as_ref().is_some_and(|variants| variants.chosen_by(index));
                let given = chosen_by.then(|| internal(&format!("given_{index}")));
                let asked =
                    given.iter().map(|given| quote!(let #given = #v1::#bound::<#element #of>::is_given(&#ident);));
                Packed {
                    made: quote!(#(#asked)* let (#value, #guard) = #v1::#bound::<#element #of>::pass(#ident #on);),
                    given,
                    value,
                }
            }
            Declared::Scalar(Element::Size { wide }) => {
                let ty = if *wide { quote!(i64) } else { quote!(i32) };
                let (kernel, name) = (&self.kernel.kernel.name, names::plain(ident));
                let made = quote!(let #value = #v1::size::<::core::primitive::#ty>(#kernel, #name, #ident)?;);
                Packed { made, given: None, value }
            }
            Declared::Scalar(element) => match element.bits(ident) {
                Some(bits) => Packed { made: quote!(let #value = #bits;), given: None, value },
                None => Packed { value: ident.clone(), made: TokenStream::new(), given: None },
            },
            Declared::TensorMap { .. } => {
                let guard = guard(&value);
                let made = machine.is_capture().then(|| quote!(let #guard = #stream.described(#ident);));
                Packed { made: made.unwrap_or_default(), given: None, value }
            }
        }
    }
}

/// What an argument needs the launch for: that the memory is of this device. For a descriptor, makes the variable.
fn begun(machine: Machine, place: usize, packed: &Packed, parameter: &Parameter<'_>, launch: &Ident) -> TokenStream {
    let (place, value) = (Literal::usize_unsuffixed(place), &packed.value);
    match &parameter.declared {
        Declared::Pointer { .. } if machine == Machine::Host => TokenStream::new(),
        Declared::Pointer { .. } => {
            let guard = guard(value);
            let check = if machine == Machine::Device { quote!(local) } else { quote!(slice) };
            quote!(#launch.#check(#place, &#guard)?;)
        }
        Declared::Scalar(_) => TokenStream::new(),
        Declared::TensorMap { .. } => {
            let ident = &parameter.ident;
            let guard = guard(value);
            let made = match machine {
                Machine::Checked => quote!(slice_descriptor(#place, #ident)),
                Machine::Capture | Machine::CaptureUnchecked => quote!(captured_descriptor(#place, #ident, #guard)),
                Machine::Device | Machine::Host => quote!(descriptor(#place, #ident)),
            };
            quote!(let #value = #launch.#made?;)
        }
    }
}

/// The variable that holds what a pointer's variable came with.
fn guard(value: &Ident) -> Ident {
    internal(&value.to_string().trim_start_matches('_').replace("value", "guard"))
}

/// The same tokens, which errors show at `place`. All with the context of `$crate`, so that they make one place.
fn located(tokens: TokenStream, krate: &TokenStream, place: Span) -> TokenStream {
    let context = krate.clone().into_iter().next().map_or(place, |token| token.span());
    let span = context.located_at(place);
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    tokens.collect()
}

/// A variable of the generated code, named as no argument is.
fn internal(name: &str) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}

fn pointer_trait(machine: Machine, mutable: bool, nullable: bool) -> Ident {
    let name = match (machine, mutable, nullable) {
        (Machine::Device, false, false) => "Input",
        (Machine::Device, true, false) => "Output",
        (Machine::Device, false, true) => "NullableInput",
        (Machine::Device, true, true) => "NullableOutput",
        (Machine::Checked | Machine::Capture | Machine::CaptureUnchecked, false, false) => "SliceInput",
        (Machine::Checked | Machine::Capture | Machine::CaptureUnchecked, true, false) => "SliceOutput",
        (Machine::Checked | Machine::Capture | Machine::CaptureUnchecked, false, true) => "NullableSliceInput",
        (Machine::Checked | Machine::Capture | Machine::CaptureUnchecked, true, true) => "NullableSliceOutput",
        (Machine::Host, false, false) => "HostInput",
        (Machine::Host, true, false) => "HostOutput",
        (Machine::Host, false, true) => "NullableHostInput",
        (Machine::Host, true, true) => "NullableHostOutput",
    };
    Ident::new(name, Span::mixed_site())
}
