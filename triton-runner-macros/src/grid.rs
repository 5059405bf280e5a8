//! `#[grid(…)]`: expressions over the kernel's integer arguments and constants, computed in `v1::Extent`, which
//! notices overflow.
//!
//! Every leaf is turned into an `Extent`, so that arguments of different widths, constants and literals mix, and the
//! operators are always those of one type.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned as _;
use syn::{BinOp, Block, Expr, ExprIf, Lit, Stmt, UnOp};
use triton_runner_manifest::Constant;

use crate::constants::Associated;
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::signature::Parameter;
use crate::types::{Declared, Element};

/// What a grid expression can use.
pub(crate) struct Scope<'a> {
    /// Name of the kernel, for messages.
    pub(crate) kernel: &'a str,
    pub(crate) parameters: &'a [Parameter<'a>],
    pub(crate) constants: &'a [Associated<'a>],
    /// Path of the runtime's `v1` module.
    pub(crate) v1: &'a TokenStream,
    /// The variable that holds the variant, where the kernel has several.
    pub(crate) variant: &'a Ident,
}

/// What a name in a grid expression stands for.
enum Value<'a> {
    Parameter(&'a Parameter<'a>),
    Constant(&'a Associated<'a>),
}

impl Scope<'_> {
    /// An integer expression as one of type `Extent`.
    pub(crate) fn extent(&self, expr: &Expr, report: &mut Report) -> TokenStream {
        let v1 = self.v1;
        match expr {
            Expr::Lit(lit) => self.literal(&lit.lit, report),
            Expr::Path(path) if path.qself.is_none() => match path.path.get_ident() {
                Some(ident) => self.integer(ident, report),
                // `self::LIMIT` and `crate::LIMIT` are the user's own constants.
                None => quote!(#v1::Extent::from(#path)),
            },
            Expr::Paren(paren) => {
                let inner = self.extent(&paren.expr, report);
                quote!((#inner))
            }
            // What a macro passed on as one expression stays one.
            Expr::Group(group) => {
                let inner = self.extent(&group.expr, report);
                quote!((#inner))
            }
            Expr::Unary(unary) => match unary.op {
                UnOp::Neg(minus) => {
                    let operand = self.extent(&unary.expr, report);
                    quote!(#minus #operand)
                }
                _ => refuse(expr, OPERATORS, report),
            },
            Expr::Binary(binary) => match &binary.op {
                BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => {
                    let (left, op) = (self.extent(&binary.left, report), &binary.op);
                    if matches!(op, BinOp::Div(_) | BinOp::Rem(_)) {
                        refuse_zero(&binary.right, report);
                    }
                    let right = self.extent(&binary.right, report);
                    quote!(#left #op #right)
                }
                _ => refuse(expr, OPERATORS, report),
            },
            Expr::MethodCall(call) => {
                let arguments: Vec<&Expr> = call.args.iter().collect();
                self.method(&call.method, &call.receiver, &arguments, report)
            }
            Expr::Call(call) => match (&*call.func, call.args.iter().collect::<Vec<_>>().as_slice()) {
                // Triton's own name for it.
                (Expr::Path(path), &[n, divisor]) if path.path.is_ident("cdiv") => {
                    let div_ceil = Ident::new("div_ceil", path.span());
                    self.method(&div_ceil, n, &[divisor], report)
                }
                _ => refuse(
                    &call.func,
                    &format!(
                        "no function can be called here; {METHODS}; without `#[grid(…)]`, `launch` takes the grid"
                    ),
                    report,
                ),
            },
            Expr::If(branches) => self.branches(branches, report),
            Expr::Cast(cast) => refuse(cast, "leave the cast out: integers of all widths mix here", report),
            _ => refuse(expr, "a grid is arithmetic on arguments, constants and integers", report),
        }
    }

    fn method(&self, method: &Ident, receiver: &Expr, arguments: &[&Expr], report: &mut Report) -> TokenStream {
        let count = match method.to_string().as_str() {
            "div_ceil" | "next_multiple_of" => {
                if let &[divisor] = arguments {
                    refuse_zero(divisor, report);
                }
                1
            }
            "min" | "max" => 1,
            "clamp" => 2,
            _ => return refuse(method, METHODS, report),
        };
        if arguments.len() != count {
            let plural = if count == 1 { "" } else { "s" };
            let (given, verb) = (arguments.len(), if arguments.len() == 1 { "is" } else { "are" });
            report.at(method, format!("`{method}` takes {count} argument{plural}, {given} {verb} given"));
            return TokenStream::new();
        }
        let v1 = self.v1;
        let receiver = self.extent(receiver, report);
        let arguments: Vec<_> = arguments.iter().map(|argument| self.extent(argument, report)).collect();
        quote!(#v1::Extent::#method(#receiver, #(#arguments),*))
    }

    fn literal(&self, lit: &Lit, report: &mut Report) -> TokenStream {
        let v1 = self.v1;
        match lit {
            Lit::Int(int) => match int.base10_parse::<i64>() {
                Ok(value) => {
                    let mut value = Literal::i64_unsuffixed(value);
                    value.set_span(int.span());
                    quote!(#v1::Extent::new(#value))
                }
                Err(_) => refuse(lit, "it doesn't fit in 64 bits", report),
            },
            Lit::Float(_) => refuse(lit, "a grid counts programs: use integers, and `div_ceil` to round up", report),
            _ => refuse(lit, "a grid is arithmetic on arguments, constants and integers", report),
        }
    }

    fn branches(&self, branches: &ExprIf, report: &mut Report) -> TokenStream {
        let v1 = self.v1;
        let mut compared = false;
        let condition = self.condition(&branches.cond, &mut compared, report);
        let then = self.block(&branches.then_branch, report);
        let otherwise = match branches.else_branch.as_ref().map(|(_, otherwise)| &**otherwise) {
            Some(Expr::If(next)) => {
                let next = self.branches(next, report);
                quote!({ #next })
            }
            Some(Expr::Block(block)) => {
                let otherwise = self.block(&block.block, report);
                quote!({ #otherwise })
            }
            _ => refuse(branches, "add an `else`: a grid has a size in any case", report),
        };
        let chosen = quote!(if #condition { #then } else #otherwise);
        if !compared {
            return chosen;
        }
        quote!({
            let mut __compared = #v1::Extent::new(0);
            let __chosen = #chosen;
            __chosen + __compared
        })
    }

    fn block(&self, block: &Block, report: &mut Report) -> TokenStream {
        match block.stmts.as_slice() {
            [Stmt::Expr(expr, None)] => self.extent(expr, report),
            _ => refuse(block, "write one expression in each branch", report),
        }
    }

    /// A condition: comparisons of extents, `bool` arguments and constants. Sets `compared` where it compares
    /// what may have no value.
    fn condition(&self, expr: &Expr, compared: &mut bool, report: &mut Report) -> TokenStream {
        match expr {
            Expr::Lit(lit) if matches!(lit.lit, Lit::Bool(_)) => quote!(#lit),
            Expr::Paren(paren) => {
                let inner = self.condition(&paren.expr, compared, report);
                quote!((#inner))
            }
            Expr::Group(group) => {
                let inner = self.condition(&group.expr, compared, report);
                quote!((#inner))
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                let (op, operand) = (&unary.op, self.condition(&unary.expr, compared, report));
                quote!(#op #operand)
            }
            Expr::Binary(binary) => {
                let op = &binary.op;
                match op {
                    BinOp::And(_) | BinOp::Or(_) => {
                        let left = self.condition(&binary.left, compared, report);
                        let right = self.condition(&binary.right, compared, report);
                        quote!(#left #op #right)
                    }
                    BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                        let left = self.extent(&binary.left, report);
                        let right = self.extent(&binary.right, report);
                        if !self.can_overflow(&binary.left) && !self.can_overflow(&binary.right) {
                            return quote!(#left #op #right);
                        }
                        *compared = true;
                        let v1 = self.v1;
                        // What overflowed compares as nothing: times zero, it takes its error into the result.
                        quote!({
                            let (__left, __right) = (#left, #right);
                            __compared = __compared + #v1::Extent::new(0) * __left + #v1::Extent::new(0) * __right;
                            __left #op __right
                        })
                    }
                    _ => refuse(expr, "a condition compares: `n > BLOCK`", report),
                }
            }
            Expr::Path(path) if path.qself.is_none() => match path.path.get_ident() {
                Some(ident) => self.flag(ident, report),
                None => quote!(#path),
            },
            _ => refuse(expr, "a condition compares: `n > BLOCK`", report),
        }
    }

    /// Whether an expression may have no value.
    fn can_overflow(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) => false,
            Expr::Paren(paren) => self.can_overflow(&paren.expr),
            Expr::Group(group) => self.can_overflow(&group.expr),
            Expr::Path(path) => match path.path.get_ident().and_then(|ident| self.find(ident)) {
                Some(Value::Parameter(parameter)) => parameter.declared == Declared::Scalar(Element::U64),
                Some(Value::Constant(_)) => false,
                None => true,
            },
            _ => true,
        }
    }

    /// A name where an integer is needed.
    fn integer(&self, ident: &Ident, report: &mut Report) -> TokenStream {
        let v1 = self.v1;
        match self.find(ident) {
            Some(Value::Parameter(parameter)) => match &parameter.declared {
                Declared::Scalar(element) if element.is_integer() => {
                    let name = located(&parameter.ident, ident);
                    quote!(#v1::Extent::from(#name))
                }
                other => self.no_integer(ident, &format!("`{other}`"), report),
            },
            Some(Value::Constant(constant)) => match constant.value() {
                Constant::Int(_) => {
                    let value = self.constant(constant, ident);
                    quote!(#v1::Extent::new(#value))
                }
                other => self.no_integer(ident, &format!("the constant {other}"), report),
            },
            None => self.unknown(ident, report),
        }
    }

    /// A name where a `bool` is needed.
    fn flag(&self, ident: &Ident, report: &mut Report) -> TokenStream {
        match self.find(ident) {
            Some(Value::Parameter(parameter)) if parameter.declared == Declared::Scalar(Element::Bool) => {
                let name = located(&parameter.ident, ident);
                quote!(#name)
            }
            Some(Value::Constant(constant)) if matches!(constant.value(), Constant::Bool(_)) => {
                self.constant(constant, ident)
            }
            Some(Value::Parameter(parameter)) => no_flag(ident, &format!("`{}`", parameter.declared), report),
            Some(Value::Constant(constant)) => {
                let shown = constant.shown();
                no_flag(ident, &format!("the constant {shown}"), report)
            }
            None => self.unknown(ident, report),
        }
    }

    /// The value of a constant: of the kernel, or of the variant that is launched.
    fn constant(&self, constant: &Associated<'_>, used: &Ident) -> TokenStream {
        let name = located(&constant.ident, used);
        if constant.varies() {
            let variant = self.variant;
            quote!(#variant.#name())
        } else {
            quote!(Self::#name)
        }
    }

    fn find(&self, ident: &Ident) -> Option<Value<'_>> {
        let name = names::plain(ident);
        let parameter = self.parameters.iter().find(|parameter| names::plain(&parameter.ident) == name);
        let constant = || self.constants.iter().find(|constant| constant.name == name || constant.upper == name);
        parameter.map(Value::Parameter).or_else(|| constant().map(Value::Constant))
    }

    /// Says which names are integers, where another was used as one.
    fn no_integer(&self, ident: &Ident, found: &str, report: &mut Report) -> TokenStream {
        let (lines, _) = self.usable(false);
        report.at(ident, messages::facts(&format!("`{ident}` is {found}, the grid needs an integer"), &lines));
        TokenStream::new()
    }

    /// The arguments and constants that a grid can use, with and without those that are `bool`, and their names.
    fn usable(&self, flags: bool) -> (Vec<(&'static str, String)>, Vec<String>) {
        let integers = self.parameters.iter().filter(|parameter| match &parameter.declared {
            Declared::Scalar(element) => element.is_integer() || (flags && *element == Element::Bool),
            _ => false,
        });
        let arguments: Vec<String> = integers.map(|parameter| names::plain(&parameter.ident)).collect();
        let constants: Vec<&Associated<'_>> = self
            .constants
            .iter()
            .filter(|constant| match constant.value() {
                Constant::Int(_) => true,
                Constant::Bool(_) => flags,
                _ => false,
            })
            .collect();
        let valued = constants.iter().map(|constant| format!("{} = {}", constant.upper, constant.shown()));
        let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let lines = vec![("integer arguments", list(arguments.clone())), ("constants", list(valued.collect()))];
        let names = arguments.into_iter().chain(constants.iter().map(|constant| constant.upper.clone())).collect();
        (lines, names)
    }

    fn unknown(&self, ident: &Ident, report: &mut Report) -> TokenStream {
        let (mut lines, candidates) = self.usable(true);
        let own = names::plain(ident);
        lines.push((
            "help",
            match names::nearest(&own, candidates.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("a constant of your own is written with its path: `self::{ident}`, `crate::{ident}`"),
            },
        ));
        let headline = format!("`{ident}` is no argument and no constant of `{}`", self.kernel);
        report.at(ident, messages::facts(&headline, &lines));
        TokenStream::new()
    }
}

const METHODS: &str = "the methods here are div_ceil, next_multiple_of, min, max and clamp, as in `n.div_ceil(BLOCK)`";

const OPERATORS: &str = "the operators here are + - * / %";

/// The name that the generated code has for it, where the expression uses it.
fn located(generated: &Ident, used: &Ident) -> Ident {
    let mut ident = generated.clone();
    ident.set_span(used.span().resolved_at(generated.span()));
    ident
}

fn no_flag(ident: &Ident, found: &str, report: &mut Report) -> TokenStream {
    report.at(ident, format!("`{ident}` is {found}, a condition needs a `bool`: compare it, as in `n > BLOCK`"));
    TokenStream::new()
}

fn refuse(tokens: impl ToTokens, hint: &str, report: &mut Report) -> TokenStream {
    let printed = tokens.to_token_stream().to_string();
    let words = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = words.replace(" :: ", "::").replace("! ", "!");
    let shown = if shown.chars().count() > 60 { "this".to_owned() } else { format!("`{shown}`") };
    report.at(tokens, format!("{shown} can't be used in a grid\nhelp: {hint}"));
    TokenStream::new()
}

/// A divisor that is zero for certain.
fn refuse_zero(divisor: &Expr, report: &mut Report) {
    if is_zero(divisor) {
        report.at(divisor, "this grid divides by zero".to_owned());
    }
}

/// Whether an expression is the literal 0.
pub(crate) fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(lit) => matches!(&lit.lit, Lit::Int(int) if int.base10_parse::<u64>().is_ok_and(|value| value == 0)),
        Expr::Paren(paren) => is_zero(&paren.expr),
        Expr::Group(group) => is_zero(&group.expr),
        _ => false,
    }
}
