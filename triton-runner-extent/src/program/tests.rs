//! Programs as text and as values.

use super::{Operand, Program, Step};

fn parsed(text: &str) -> Program {
    text.parse().expect("it is a program")
}

fn last(text: &str, scalars: &[Option<i64>]) -> Option<i128> {
    let program = parsed(text);
    let values = program.evaluate(scalars, [7, 2, 3]);
    values.of(Operand::Step(program.steps.len() as u32 - 1))
}

#[test]
fn text_gives_back_the_program_that_it_was_made_of() {
    let text = "add s3 -1;sub $0 g0;mul $1 g1;div $2 g2;floor $3 8;rem $4 8;min $5 1;max $6 ?;select $0 $1 $2";
    let program = parsed(text);
    assert_eq!(program.steps.len(), 9);
    assert_eq!(program.to_string(), text);
    assert_eq!(parsed(""), Program::default());
}

#[test]
fn text_that_is_no_program_is_refused() {
    for text in
        ["add s1", "add s1 s2 s3", "pow s1 2", "add $0 1", "add s1 1;add $1 1", "add s 1", "add g3 1", "add é 1"]
    {
        assert!(text.parse::<Program>().is_err(), "{text}");
    }
}

#[test]
fn quotients_are_rounded_as_they_say_and_need_a_positive_divisor() {
    let seven = [Some(-7)];
    assert_eq!(last("div s0 2", &seven), Some(-3));
    assert_eq!(last("floor s0 2", &seven), Some(-4));
    assert_eq!(last("rem s0 2", &seven), Some(-1));
    for text in ["div 7 0", "floor 7 0", "rem 7 0", "div 7 -2", "floor 7 -2", "rem 7 -2"] {
        assert_eq!(last(text, &[]), None, "{text}");
    }
}

#[test]
fn what_does_not_fit_has_no_value_unless_it_is_not_needed() {
    let most = i128::MAX;
    assert_eq!(last(&format!("add {most} 1"), &[]), None);
    assert_eq!(last(&format!("mul {most} 2;select -1 $0 5"), &[]), Some(5));
    assert_eq!(last(&format!("mul {most} 2;select 0 $0 5"), &[]), None);
    assert_eq!(last(&format!("mul {most} 2;min $0 5"), &[]), None);
    assert_eq!(last("add s0 1", &[None]), None);
    assert_eq!(last("add s9 1", &[]), None);
}

#[test]
fn inputs_are_those_that_a_value_depends_on() {
    let program = parsed("add s3 -1;mul g1 2;min $0 7;max $1 $2;add s5 1");
    assert_eq!(program.inputs(Operand::Step(3)), [Operand::Scalar(3), Operand::Grid(1)]);
    assert_eq!(program.inputs(Operand::Step(4)), [Operand::Scalar(5)]);
    assert_eq!(program.inputs(Operand::Number(3)), []);
    assert_eq!(Step::Add(Operand::Grid(0), Operand::Unknown).to_string(), "add g0 ?");
}
