//! `tests/recorded.rs`: replays the launches of a recording, through the kernels' own typed launches where there is a GPU.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use triton_runner_manifest::ArgType;

use super::family::{Function, Member};
use crate::cli::Result;
use crate::cli::declaration::{Kernel, Variant, element, home};

/// How such a file begins.
const FIRST_LINE: &str = "//! Replays the launches that `cargo triton record` recorded";

/// Whether a recording may write the file: there is none, or one of an earlier recording.
pub(super) fn is_own(path: &Path) -> bool {
    !path.exists() || std::fs::read_to_string(path).is_ok_and(|text| text.starts_with(FIRST_LINE))
}

/// The file, for launches in this folder of the package.
pub(super) fn text(functions: &[Function], folder: &str) -> Result<String> {
    let members: Vec<_> =
        functions.iter().flat_map(Function::members).filter(|one| !one.kernel.recorded.is_empty()).collect();
    // All variants belong to the declaration, recorded or not.
    let replayed: BTreeSet<_> = members.iter().map(|member| member.stem.as_str()).collect();
    let variants = functions.iter().flat_map(Function::members).map(variant).collect::<Result<Vec<_>>>()?;
    let kernels = Kernel::all(variants);
    let kernels: Vec<_> =
        kernels.iter().filter(|kernel| kernel.variants.iter().any(|one| replayed.contains(one.stem))).collect();
    let mut text = format!(
        "{FIRST_LINE}, and compares every buffer with what Python got.\n//! It is written anew by each recording.\n\
         //!\n//! On a GPU where there is one, else on the CPU. Where it ran, the test says; `TRITON_RUNNER_REQUIRE_GPU=1` makes it fail\n\
         //! if that was no GPU.\n\nuse std::error::Error;\n\n"
    );
    let elements = kernels.iter().flat_map(|kernel| kernel.arguments()).filter_map(|(_, ty)| named_element(ty));
    let homes: BTreeSet<_> = elements.filter_map(|element| Some((home(element)?, element))).collect();
    for (home, element) in homes {
        writeln!(text, "use {home}::{element};")?;
    }
    text += "use triton_runner_rt::recorded::{OnGpu, Recorded};\nuse triton_runner_rt::{Result, triton_kernel};\n\ntriton_kernel! {\n";
    for kernel in &kernels {
        let differing = kernel.differing();
        if !differing.is_empty() {
            let names: Vec<_> =
                differing.iter().map(|name| crate::cli::declaration::rust_name(name).to_uppercase()).collect();
            writeln!(text, "    #[chosen({})]", names.join(", "))?;
        }
        // Memory of a recording has no length that a safe launch could know.
        writeln!(text, "    unsafe {};", kernel.name)?;
    }
    write!(
        text,
        "}}\n\n#[test]\nfn recorded_launches_give_what_python_got() -> Result<(), Box<dyn Error>> {{\n    \
         let folder = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{folder}\");\n    \
         let report = Recorded::open(folder)?.replay(\"recorded_launches_give_what_python_got\", on_gpu)?;\n    \
         println!(\"{{report}}\");\n    assert!(report.is_right(), \"{{report}}\");\n    Ok(())\n}}\n\n\
         /// Launches one of them as it was recorded.\nfn on_gpu(launch: &OnGpu<'_>) -> Result<()> {{\n    \
         let (context, stream, grid) = (launch.stream().context(), launch.stream(), launch.grid());\n    \
         match launch.kernel() {{\n"
    )?;
    for kernel in &kernels {
        for variant in kernel.variants.iter().filter(|variant| replayed.contains(variant.stem)) {
            arm(&mut text, kernel, variant)?;
        }
    }
    text += "        _ => Err(launch.unknown()),\n    }\n}\n";
    Ok(text)
}

fn variant(member: &Member) -> Result<Variant<'_>> {
    let arguments = member.kernel.arguments().iter();
    let arguments = arguments.map(|argument| Ok((argument.name.as_str(), argument.ty.parse::<ArgType>()?)));
    let arguments = arguments.collect::<Result<Vec<_>>>()?;
    Ok(Variant { stem: &member.stem, arguments, constants: &member.kernel.facts.constants })
}

fn named_element(ty: &ArgType) -> Option<&'static str> {
    match ty {
        ArgType::Scalar(scalar) | ArgType::Pointer(scalar) | ArgType::TensorDesc { element: scalar, .. } => {
            Some(element(*scalar))
        }
        ArgType::TmaDesc => None,
    }
}

/// The arm of the `match` that launches one variant.
fn arm(text: &mut String, kernel: &Kernel<'_>, variant: &Variant<'_>) -> Result {
    let name = kernel.struct_name();
    writeln!(text, "        \"{}\" => {{", variant.stem)?;
    let alone = kernel.variants.len() == 1;
    if alone {
        writeln!(text, "            let kernel = {name}::load(context)?;")?;
    } else {
        let own = variant.variant_name();
        writeln!(text, "            let kernel = {name}::load_variant(context, {name}Variant::{own})?;")?;
    }
    let mut passed = vec!["stream".to_owned(), if alone { "grid".to_owned() } else { "|_| grid".to_owned() }];
    for (index, (argument, ty)) in kernel.arguments().iter().enumerate() {
        match ty {
            ArgType::Scalar(scalar) => passed.push(format!("launch.scalar::<{}>({argument:?})?", element(*scalar))),
            ArgType::Pointer(scalar) => {
                let method = if kernel.may_lack(argument) { "optional" } else { "pointer" };
                passed.push(format!("launch.{method}::<{}>({argument:?})?", element(*scalar)));
            }
            ArgType::TensorDesc { element: scalar, block } => {
                let ty = format!("{}, {}", element(*scalar), block.len());
                writeln!(text, "            let mut map_{index} = launch.tensor_map::<{ty}>({argument:?})?;")?;
                passed.push(format!("&mut map_{index}"));
            }
            ArgType::TmaDesc => {
                return Err(format!("`{argument}` of `{}` is an nvTmaDesc, which isn't replayed", variant.stem).into());
            }
        }
    }
    writeln!(
        text,
        "            // SAFETY: the memory is as large as the program's own, for which this launch was right."
    )?;
    writeln!(text, "            unsafe {{\n                kernel.launch_unchecked(")?;
    passed.iter().try_for_each(|argument| writeln!(text, "                    {argument},"))?;
    writeln!(text, "                )\n            }}\n        }}")?;
    Ok(())
}
