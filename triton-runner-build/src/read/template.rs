//! A `signature` to fill in, as far as a file's parameters tell: for the message that asks for one.

use triton_runner_read::entry::Param;

/// For the visible ones of these parameters; the last `hidden` are Triton's own.
pub(super) fn of(params: &[Param], hidden: usize) -> String {
    let mut rest = &params[..params.len().saturating_sub(hidden)];
    let mut arguments = Vec::new();
    while let Some((param, mut after)) = rest.split_first() {
        let (ty, divisible_by) = match (param.pointer, param.size) {
            (true, _) => ("*fp32".to_owned(), 16),
            (false, 128) => {
                let rank = rank(after);
                after = &after[2 * rank..];
                let block = vec!["64"; rank.max(1)].join(", ");
                (format!("tensordesc<fp16[{block}]>"), 1)
            }
            (false, size) => (format!("i{}", size * 8), 1),
        };
        let i = arguments.len();
        arguments.push(format!(r#"{{"name": "arg{i}", "type": "{ty}", "divisible_by": {divisible_by}}}"#));
        rest = after;
    }
    format!("\"signature\": [{}]", arguments.join(", "))
}

/// Dimensions of a descriptor, by its shape and strides, which follow it.
fn rank(after: &[Param]) -> usize {
    let is = |param: &Param, size| param.size == size && !param.pointer;
    let fits = |rank: &usize| {
        let (shape, strides) = (after.get(..*rank), after.get(*rank..2 * rank));
        shape.zip(strides).is_some_and(|(shape, strides)| {
            shape.iter().all(|param| is(param, 4)) && strides.iter().all(|param| is(param, 8))
        })
    };
    (1..=5).rev().find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use test_data::{paths, text};
    use triton_runner_read::{llir, ptx};

    use super::*;

    #[test]
    fn hidden_pointers_are_left_out_and_integers_promise_nothing() {
        for (version, hidden) in [("3.2", 0), ("3.3", 1), ("3.6", 2), ("3.9", 2)] {
            let add = |i| match i {
                3 => r#"{"name": "arg3", "type": "i32", "divisible_by": 1}"#.to_owned(),
                _ => format!(r#"{{"name": "arg{i}", "type": "*fp32", "divisible_by": 16}}"#),
            };
            let expected = format!("\"signature\": [{}]", [0, 1, 2, 3].map(add).join(", "));
            let ptx = ptx::read(&text(&format!("{version}/add.sm_80.ptx"))).unwrap().entries.remove(0);
            assert_eq!(of(&ptx.params, hidden), expected, "{version}");
            let llir = llir::read(&text(&format!("{version}/add.sm_80.llir"))).unwrap();
            assert_eq!(of(&llir.params, hidden), expected, "{version}");
        }
    }

    #[test]
    fn a_descriptor_is_one_argument() {
        for path in paths("ptx").into_iter().filter(|path| path.contains("tma_host")) {
            let hidden = if path.starts_with("3.4") { 1 } else { 2 };
            let ptx = ptx::read(&text(&path)).unwrap().entries.remove(0);
            let argument =
                |i| format!(r#"{{"name": "arg{i}", "type": "tensordesc<fp16[64, 64]>", "divisible_by": 1}}"#);
            assert_eq!(of(&ptx.params, hidden), format!("\"signature\": [{}, {}]", argument(0), argument(1)), "{path}");
        }
    }
}
