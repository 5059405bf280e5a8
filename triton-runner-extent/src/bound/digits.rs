//! Quotient and remainder of the same number, together: only the last quotient has remainders that stop before the divisor.

use crate::space::{Atom, AtomId, ContextId, End, Space};
use crate::uniform::Uniform;

impl Space {
    /// Ends of a quotient and a remainder together, and the place of the one that is found among the others.
    pub(super) fn pair(
        &mut self,
        atom: AtomId,
        factor: Uniform,
        others: &[(AtomId, Uniform)],
        context: ContextId,
    ) -> Option<(usize, (End, End))> {
        let (is_quotient, of, by) = match *self.atom(atom) {
            Atom::Quotient { of, by } => (true, of, by),
            Atom::Remainder { of, by } => (false, of, by),
            _ => return None,
        };
        let partner = if is_quotient { Atom::Remainder { of, by } } else { Atom::Quotient { of, by } };
        let place = others.iter().position(|(other, _)| *self.atom(*other) == partner)?;
        let (other, other_factor) = others[place];
        let (quotient, of_quotient, of_remainder) =
            if is_quotient { (atom, factor, other_factor) } else { (other, other_factor, factor) };
        let divisor = self.as_uniform(by)?;
        let (End::Known(low), End::Known(high)) = self.bounds(of, context) else { return None };
        let is_plain = self.uniforms.interval(low).lo >= 0 && self.uniforms.interval(of_remainder).lo >= 0;
        is_plain.then(|| {
            let (first, _) = self.range(quotient, context);
            let last = self.uniforms.div(high, divisor);
            let low = self.times((first, End::Known(last)), of_quotient).0;
            (place, (low, End::Known(self.highest(high, divisor, of_quotient, of_remainder))))
        })
    }

    /// The highest sum of a multiple of quotients and one of remainders of the numbers from 0 to another: at the last number,
    /// or at the last remainder of a quotient before.
    fn highest(&mut self, last: Uniform, divisor: Uniform, of_quotient: Uniform, of_remainder: Uniform) -> Uniform {
        let uniforms = &mut self.uniforms;
        let (quotient, remainder) = (uniforms.div(last, divisor), uniforms.rem(last, divisor));
        let (at_last, rest) = (uniforms.mul(quotient, of_quotient), uniforms.mul(remainder, of_remainder));
        let at_last = uniforms.add(at_last, rest);
        let before = uniforms.add_number(quotient, -1);
        let most = uniforms.add_number(divisor, -1);
        let (zero, most) = (uniforms.number(0), uniforms.mul(most, of_remainder));
        let before_last = uniforms.mul(before, of_quotient);
        let before_last = uniforms.max(before_last, zero);
        let before_last = uniforms.add(before_last, most);
        let highest = uniforms.max(at_last, before_last);
        uniforms.select(before, highest, at_last)
    }
}
