//! The language of `#[grid(…)]` and `#[requires(…)]`: expressions over the kernel's integer arguments and constants,
//! computed in `v1::Extent`, which notices overflow.
//!
//! Every leaf is turned into an `Extent`, so that arguments of different widths, constants and literals mix, and the
//! operators are always those of one type.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned as _;
use syn::{BinOp, Block, Expr, ExprIf, Lit, Stmt, UnOp};
use triton_runner_manifest::Constant;

use crate::report::Report;
use crate::scope::{Place, Scope, Value};
use crate::types::{Declared, Element};

impl Scope<'_> {
    /// An integer expression as one of type `Extent`.
    pub(crate) fn extent(&self, expr: &Expr, report: &mut Report) -> TokenStream {
        let v1 = self.v1;
        match expr {
            Expr::Lit(lit) => self.literal(&lit.lit, report),
            Expr::Path(path) if path.qself.is_none() => match path.path.get_ident() {
                Some(ident) => self.integer(ident, report),
                // `self::LIMIT` and `crate::LIMIT` are the user's own constants.
                None => {
                    let path = self.path(path);
                    quote!(#v1::Extent::from(#path))
                }
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
                _ => self.refuse(expr, OPERATORS, report),
            },
            Expr::Binary(binary) => match &binary.op {
                BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => {
                    let (left, op) = (self.extent(&binary.left, report), &binary.op);
                    if matches!(op, BinOp::Div(_) | BinOp::Rem(_)) {
                        self.refuse_zero(&binary.right, report);
                    }
                    let right = self.extent(&binary.right, report);
                    quote!(#left #op #right)
                }
                _ => self.refuse(expr, OPERATORS, report),
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
                // As Python writes them.
                (Expr::Path(path), &[first, second]) if path.path.is_ident("min") || path.path.is_ident("max") => {
                    let method = Ident::new(if path.path.is_ident("min") { "min" } else { "max" }, path.span());
                    self.method(&method, first, &[second], report)
                }
                _ => self.refuse(
                    &call.func,
                    &match self.place {
                        Place::Grid => format!("{FUNCTIONS}; {METHODS}; without `#[grid(…)]`, `launch` takes the grid"),
                        Place::Condition | Place::Tuned => format!("{FUNCTIONS}; {METHODS}"),
                    },
                    report,
                ),
            },
            Expr::If(branches) => self.branches(branches, report),
            Expr::Cast(cast) => self.refuse(cast, "leave the cast out: integers of all widths mix here", report),
            _ => self.refuse(expr, self.arithmetic(), report),
        }
    }

    fn method(&self, method: &Ident, receiver: &Expr, arguments: &[&Expr], report: &mut Report) -> TokenStream {
        let count = match method.to_string().as_str() {
            "div_ceil" | "next_multiple_of" => {
                if let &[divisor] = arguments {
                    self.refuse_zero(divisor, report);
                }
                1
            }
            "min" | "max" => 1,
            "clamp" => 2,
            _ => return self.refuse(method, METHODS, report),
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
                Err(_) => self.refuse(lit, "it doesn't fit in 64 bits", report),
            },
            Lit::Float(_) => self.refuse(
                lit,
                match self.place {
                    Place::Grid => "a grid counts programs: use integers, and `div_ceil` to round up",
                    Place::Condition => "only integers are compared",
                    Place::Tuned => "sizes are integers",
                },
                report,
            ),
            _ => self.refuse(lit, self.arithmetic(), report),
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
            _ => self.refuse(branches, "add an `else`: a grid has a size in any case", report),
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
            _ => self.refuse(block, "write one expression in each branch", report),
        }
    }

    /// A condition: comparisons of extents, `bool` arguments and constants. Sets `compared` where it compares
    /// what may have no value.
    pub(crate) fn condition(&self, expr: &Expr, compared: &mut bool, report: &mut Report) -> TokenStream {
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
                    _ => self.refuse(expr, "a condition compares: `n > BLOCK`", report),
                }
            }
            Expr::Path(path) if path.qself.is_none() => match path.path.get_ident() {
                Some(ident) => self.flag(ident, report),
                None => self.path(path),
            },
            _ => self.refuse(expr, "a condition compares: `n > BLOCK`", report),
        }
    }

    /// Whether an expression may have no value.
    fn can_overflow(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) => false,
            Expr::Paren(paren) => self.can_overflow(&paren.expr),
            Expr::Group(group) => self.can_overflow(&group.expr),
            Expr::Path(path) => match path.path.get_ident().and_then(|ident| self.find(ident)) {
                Some(Value::Parameter(parameter)) => {
                    matches!(parameter.declared, Declared::Scalar(Element::U64 | Element::Size { .. }))
                }
                Some(Value::Constant(_) | Value::Multiprocessors) => false,
                None => true,
            },
            Expr::Binary(binary) if matches!(binary.op, BinOp::Div(_) | BinOp::Rem(_)) => {
                self.can_overflow(&binary.left) || !self.is_positive(&binary.right)
            }
            _ => true,
        }
    }

    /// Whether an expression is more than zero for certain.
    fn is_positive(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(lit) => {
                matches!(&lit.lit, Lit::Int(int) if int.base10_parse::<i64>().is_ok_and(|value| value > 0))
            }
            Expr::Paren(paren) => self.is_positive(&paren.expr),
            Expr::Group(group) => self.is_positive(&group.expr),
            Expr::Path(path) => match path.path.get_ident().and_then(|ident| self.find(ident)) {
                Some(Value::Constant(constant)) => {
                    constant.values.iter().all(|value| matches!(value, Constant::Int(value) if *value > 0))
                }
                Some(Value::Multiprocessors) => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// What an expression is made of.
    fn arithmetic(&self) -> &'static str {
        match self.place {
            Place::Grid => "a grid is arithmetic on arguments, constants and integers",
            Place::Condition => "a condition compares arithmetic on arguments, constants and integers",
            Place::Tuned => "it is arithmetic on the keys and integers",
        }
    }

    fn refuse(&self, tokens: impl ToTokens, hint: &str, report: &mut Report) -> TokenStream {
        let printed = tokens.to_token_stream().to_string();
        let words = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = words.replace(" :: ", "::").replace("! ", "!");
        let shown = if shown.chars().count() > 60 { "this".to_owned() } else { format!("`{shown}`") };
        report.at(tokens, format!("{shown} can't be used in a {}\nhelp: {hint}", self.place.name()));
        TokenStream::new()
    }

    /// A divisor that is zero for certain.
    fn refuse_zero(&self, divisor: &Expr, report: &mut Report) {
        if is_zero(divisor) {
            report.at(divisor, format!("this {} divides by zero", self.place.name()));
        }
    }
}

const FUNCTIONS: &str = "the functions here are `min(a, b)` and `max(a, b)`";

const METHODS: &str = "the methods here are div_ceil, next_multiple_of, min, max and clamp, as in `n.div_ceil(BLOCK)`";

const OPERATORS: &str = "the operators here are + - * / %";

/// Whether an expression is the literal 0.
pub(crate) fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(lit) => matches!(&lit.lit, Lit::Int(int) if int.base10_parse::<u64>().is_ok_and(|value| value == 0)),
        Expr::Paren(paren) => is_zero(&paren.expr),
        Expr::Group(group) => is_zero(&group.expr),
        _ => false,
    }
}
