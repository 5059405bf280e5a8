//! A signature put together: the function's names, the types of whoever knows them, the values that are known.

use std::collections::BTreeMap;

use serde_json::Value;
use triton_runner_manifest::{ArgType, Argument, Constant};

use super::function::Parameter;
use super::known::Known;
use crate::cli::Result;
use crate::lowering::export::ExportArgument;

/// What the JSON gets.
#[derive(Debug, Default, PartialEq)]
pub(in crate::cli) struct Signed {
    pub(in crate::cli) signature: Vec<ExportArgument>,
    pub(in crate::cli) constants: BTreeMap<String, Value>,
    /// Parameters that were compiled in, and nobody says with which value.
    pub(super) unknown: Vec<String>,
    /// Arguments of whose promises nobody says anything.
    pub(super) unpromised: Vec<String>,
}

/// What the command line says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) arguments: &'a [ExportArgument],
    pub(super) constants: &'a [(String, Constant)],
}

/// What is known of one parameter that isn't a constexpr.
enum Found<'a> {
    /// It is an argument of this type.
    Argument(ExportArgument),
    /// It was compiled in.
    Compiled(Option<&'a Value>),
    /// Nobody knows.
    Nothing,
}

/// # Errors
/// If something is said of what is no parameter, said twice, missing, or otherwise than what is known.
pub(super) fn compose(parameters: &[Parameter], said: Said<'_>, known: Option<&Known>) -> Result<Signed> {
    refuse_strangers(parameters, said)?;
    let mut signed = Signed::default();
    let mut untyped = Vec::new();
    let mut places = Places::new(parameters, said, known)?;
    for (index, parameter) in parameters.iter().enumerate() {
        let name = &parameter.name;
        let constant = said.constants.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let found = if parameter.constexpr { Found::Compiled(None) } else { places.of(index, parameter)? };
        // A pattern is for what nothing else is said of.
        let given = given(parameter, said)?.filter(|given| constant.is_none() || given.name == *name);
        let argument = match (found, constant, given) {
            (_, Some(_), Some(_)) => {
                return Err(format!("`{name}` is given as an argument and as a constant: choose one").into());
            }
            (Found::Argument(_), Some(_), _) => {
                return Err(format!("`{name}` is an argument in {}, and a constant by --const", places.from()).into());
            }
            (_, Some(value), None) => {
                signed.constants.insert(name.clone(), serde_json::to_value(value)?);
                continue;
            }
            (Found::Compiled(_), None, Some(_)) if !parameter.constexpr => {
                return Err(
                    format!("`{name}` was compiled in, by {}, and is an argument by --arg", places.from()).into()
                );
            }
            (Found::Compiled(value), None, _) => {
                let default = parameter.default.as_ref().and_then(|value| value.first());
                let at_place = places.constant(index);
                match value.or(at_place).or(default) {
                    Some(value) => drop(signed.constants.insert(name.clone(), value.clone())),
                    None => signed.unknown.push(name.clone()),
                }
                continue;
            }
            (Found::Argument(argument), None, Some(given)) => agree(argument, given, places.from())?,
            (Found::Argument(argument), None, None) => argument,
            (Found::Nothing, None, Some(given)) => given.clone(),
            (Found::Nothing, None, None) => match &parameter.ty {
                // As in an export: a pointer that is left out.
                None if parameter.default.as_deref() == Some(&[Value::Null]) => {
                    signed.constants.insert(name.clone(), Value::Null);
                    continue;
                }
                Some(ty) => {
                    signed.unpromised.push(name.clone());
                    ExportArgument { name: name.clone(), ty: ty.clone(), divisible_by: 1 }
                }
                None => {
                    untyped.push(format!("`{name}`"));
                    continue;
                }
            },
        };
        signed.signature.push(ExportArgument { name: name.clone(), ..argument });
    }
    if let Some(first) = untyped.first() {
        let name = first.trim_matches('`');
        return Err(format!(
            "{} {} no type: give each, --arg {name}=TYPE (such as *fp32:16 or i32, with `:16` where the file was compiled for multiples of 16), or, where it was compiled in, --const {name}=VALUE",
            untyped.join(", "),
            if untyped.len() == 1 { "has" } else { "have" }
        )
        .into());
    }
    places.all_used()?;
    Ok(signed)
}

fn refuse_strangers(parameters: &[Parameter], said: Said<'_>) -> Result {
    let has = || parameters.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>().join(", ");
    for (index, argument) in said.arguments.iter().enumerate() {
        if !parameters.iter().any(|parameter| parameter.given.contains(&index)) {
            let name = &argument.name;
            if parameters.iter().any(|parameter| parameter.constexpr && parameter.name == *name) {
                return Err(format!("`{name}` is a tl.constexpr: give its value, --const {name}=VALUE").into());
            }
            return Err(format!("the function has no argument `{name}`; it has: {}", has()).into());
        }
    }
    match said.constants.iter().find(|(name, _)| !parameters.iter().any(|parameter| parameter.name == *name)) {
        Some((name, _)) => Err(format!("the function has no parameter `{name}`; it has: {}", has()).into()),
        None => Ok(()),
    }
}

/// What `--arg` says of a parameter.
fn given<'a>(parameter: &Parameter, said: Said<'a>) -> Result<Option<&'a ExportArgument>> {
    let mut all = parameter.given.iter().filter_map(|index| said.arguments.get(*index));
    let Some(first) = all.next() else { return Ok(None) };
    match all.find(|other| other.type_text() != first.type_text()) {
        Some(other) => Err(format!(
            "`{}` and `{}` say different things of `{}`: give --arg {}=TYPE",
            first.name, other.name, parameter.name, parameter.name
        )
        .into()),
        None => Ok(Some(first)),
    }
}

/// One account of an argument from two: the promise of either.
fn agree(found: ExportArgument, given: &ExportArgument, from: &str) -> Result<ExportArgument> {
    let types = [&found.ty, &given.ty].map(|ty| ty.parse::<ArgType>());
    match types {
        [Ok(one), Ok(other)] if one == other => {
            Ok(ExportArgument { divisible_by: found.divisible_by.max(given.divisible_by), ..found })
        }
        _ => Err(format!("`{}` is {} in {from}, and {} by --arg", found.name, found.ty, given.ty).into()),
    }
}

/// What lies beside the file, by the places of parameters.
struct Places<'a> {
    known: Option<&'a Known>,
    /// For IR: the argument of each parameter.
    of_ir: Vec<Option<&'a Argument>>,
}

impl<'a> Places<'a> {
    fn new(parameters: &[Parameter], said: Said<'_>, known: Option<&'a Known>) -> Result<Self> {
        let mut of_ir = vec![None; parameters.len()];
        if let Some(Known::Ir { from, arguments }) = known {
            let is_constant = |parameter: &Parameter| said.constants.iter().any(|(name, _)| *name == parameter.name);
            let may_be: Vec<_> =
                (0..parameters.len()).filter(|i| !parameters[*i].constexpr && !is_constant(&parameters[*i])).collect();
            if arguments.iter().all(|argument| argument.named) {
                for (place, parameter) in of_ir.iter_mut().zip(parameters) {
                    *place = arguments.iter().find(|argument| argument.name == parameter.name);
                }
            } else if may_be.len() == arguments.len() {
                may_be.iter().zip(arguments).for_each(|(place, argument)| of_ir[*place] = Some(argument));
            } else {
                let names: Vec<_> = may_be.iter().map(|place| format!("`{}`", parameters[*place].name)).collect();
                return Err(format!(
                    "`{from}` has {} arguments, without names, and the function has {} that may be: {}. Say which were compiled in, --const NAME=VALUE: an integer that was 1, or a pointer that was None",
                    arguments.len(),
                    may_be.len(),
                    names.join(", ")
                )
                .into());
            }
        }
        Ok(Self { known, of_ir })
    }

    fn from(&self) -> &str {
        match self.known {
            Some(Known::Ir { from, .. } | Known::Launch { from, .. }) => from,
            None => "the file",
        }
    }

    fn of(&mut self, index: usize, parameter: &Parameter) -> Result<Found<'a>> {
        match self.known {
            None => Ok(Found::Nothing),
            Some(Known::Ir { .. }) => Ok(match self.of_ir.get(index).copied().flatten() {
                Some(argument) => Found::Argument(ExportArgument {
                    name: parameter.name.clone(),
                    ty: argument.ty.to_string(),
                    divisible_by: argument.divisible_by,
                }),
                None => Found::Compiled(None),
            }),
            Some(Known::Launch { from, metadata }) => match metadata.args.iter().find(|one| one.index == index) {
                Some(one) if one.name == parameter.name => Ok(Found::Argument(ExportArgument {
                    name: one.name.clone(),
                    ty: one.ty.parse::<ArgType>()?.to_string(),
                    divisible_by: one.divisible_by,
                })),
                Some(one) => Err(format!(
                    "parameter {} of the function is `{}`, and `{from}` calls it `{}`: they are of different kernels",
                    index + 1,
                    parameter.name,
                    one.name
                )
                .into()),
                None => Ok(Found::Compiled(metadata.constant(index))),
            },
        }
    }

    /// A constexpr's value.
    fn constant(&self, index: usize) -> Option<&'a Value> {
        match self.known {
            Some(Known::Launch { metadata, .. }) => metadata.constant(index),
            _ => None,
        }
    }

    /// Refuses IR with an argument that the function doesn't have.
    fn all_used(&self) -> Result {
        let Some(Known::Ir { from, arguments }) = self.known else { return Ok(()) };
        let used = |argument: &&Argument| self.of_ir.iter().flatten().any(|other| other.name == argument.name);
        match arguments.iter().find(|argument| !used(argument)) {
            Some(argument) => Err(format!(
                "`{from}` has an argument `{}`, which is no parameter of the function: they are of different kernels",
                argument.name
            )
            .into()),
            None => Ok(()),
        }
    }
}

/// A signature for people: `(x: *fp32:16, n: i32)`.
pub(super) fn shown(signature: &[ExportArgument]) -> String {
    let all: Vec<_> = signature.iter().map(|one| format!("{}: {}", one.name, one.type_text())).collect();
    format!("({})", all.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameter(name: &str, constexpr: bool, ty: Option<&str>, default: Option<Value>, given: &[usize]) -> Parameter {
        let (ty, default) = (ty.map(str::to_owned), default.map(|value| vec![value]));
        Parameter { name: name.to_owned(), constexpr, ty, default, given: given.to_vec() }
    }

    fn argument(name: &str, ty: &str, divisible_by: u32) -> ExportArgument {
        ExportArgument { name: name.to_owned(), ty: ty.to_owned(), divisible_by }
    }

    #[test]
    fn a_pattern_is_for_what_has_no_value() {
        let pattern = [argument("*", "*fp32", 16)];
        let mut parameters = function(&[0]);
        parameters.truncate(1);
        let x = [("x".to_owned(), Constant::Int(1))];
        let signed = compose(&parameters, Said { arguments: &pattern, constants: &x }, None).unwrap();
        assert_eq!((signed.signature, signed.constants), (Vec::new(), BTreeMap::from([("x".into(), json!(1))])));
        let exact = [argument("x", "*fp32", 16)];
        let error = compose(&parameters, Said { arguments: &exact, constants: &x }, None).unwrap_err().to_string();
        assert!(error.contains("`x` is given as an argument and as a constant"), "{error}");
    }

    /// `(x, n: tl.int32, bias=None, BLOCK: tl.constexpr, MODE: tl.constexpr = "fast")`
    fn function(given: &[usize]) -> Vec<Parameter> {
        vec![
            parameter("x", false, None, None, given),
            parameter("n", false, Some("i32"), None, &[]),
            parameter("bias", false, None, Some(Value::Null), &[]),
            parameter("BLOCK", true, None, None, &[]),
            parameter("MODE", true, None, Some(json!("fast")), &[]),
        ]
    }

    #[test]
    fn types_are_given_annotated_or_left_out_and_what_is_not_known_is_listed() {
        let x = [argument("x", "*fp32", 16)];
        let said = Said { arguments: &x, constants: &[] };
        let signed = compose(&function(&[0]), said, None).unwrap();
        assert_eq!(signed.signature, [argument("x", "*fp32", 16), argument("n", "i32", 1)]);
        assert_eq!(signed.constants, BTreeMap::from([("bias".into(), Value::Null), ("MODE".into(), json!("fast"))]));
        assert_eq!((signed.unknown, signed.unpromised), (vec!["BLOCK".to_owned()], vec!["n".to_owned()]));
        let error = compose(&function(&[]), Said { arguments: &[], constants: &[] }, None).unwrap_err();
        assert!(error.to_string().starts_with("`x` has no type"), "{error}");
    }

    #[test]
    fn launch_metadata_of_fbtriton_is_read_by_the_places_of_parameters() {
        let text = r#"{"args": [{"name": "x", "type": "*fp32", "index": 0, "divisible_by": 16}, {"name": "n", "type": "i32", "index": 1}],
            "constants": {"2": null, "3": 128, "4": "slow"}}"#;
        let known = Known::Launch { from: "k.launch_metadata".into(), metadata: serde_json::from_str(text).unwrap() };
        let nothing = Said { arguments: &[], constants: &[] };
        let signed = compose(&function(&[]), nothing, Some(&known)).unwrap();
        assert_eq!(signed.signature, [argument("x", "*fp32", 16), argument("n", "i32", 1)]);
        let constants = [("bias", Value::Null), ("BLOCK", json!(128)), ("MODE", json!("slow"))];
        assert_eq!(signed.constants, constants.map(|(name, value)| (name.to_owned(), value)).into());
        assert!(signed.unknown.is_empty() && signed.unpromised.is_empty());
        let mut other = function(&[]);
        other.swap(0, 1);
        let error = compose(&other, nothing, Some(&known)).unwrap_err().to_string();
        assert!(error.contains("parameter 1 of the function is `n`, and `k.launch_metadata` calls it `x`"), "{error}");
    }

    #[test]
    fn ir_without_names_is_paired_by_the_order_of_what_was_not_compiled_in() {
        let unnamed = |ty: &str, divisible_by| Argument {
            name: "arg".into(),
            named: false,
            ty: ty.parse().unwrap(),
            divisible_by,
            line: 0,
            access: triton_runner_manifest::Access::Unknown,
        };
        let ir = |arguments| Known::Ir { from: "k.ttir".into(), arguments };
        let two = ir(vec![unnamed("*fp16", 16), unnamed("i32", 1)]);
        let none = [("bias".to_owned(), Constant::None(()))];
        let signed = compose(&function(&[]), Said { arguments: &[], constants: &none }, Some(&two)).unwrap();
        assert_eq!(signed.signature, [argument("x", "*fp16", 16), argument("n", "i32", 1)]);
        let error = compose(&function(&[]), Said { arguments: &[], constants: &[] }, Some(&two)).unwrap_err();
        assert!(
            error.to_string().contains("has 2 arguments, without names, and the function has 3 that may be"),
            "{error}"
        );
    }
}
