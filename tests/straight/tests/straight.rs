//! What the generated code lets through, the check lets through; and the other way round, unless 64 bits are too few.

#![allow(clippy::expect_used, reason = "tests")]

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use straight::{ALL, Straight};
use triton_runner_extent::{Check, Refusal, Scalar};

/// A launch, as both forms take it.
#[derive(Debug)]
struct Launch {
    grid: [u32; 3],
    /// In the check's order.
    scalars: Vec<i64>,
    bytes: Vec<usize>,
}

impl Launch {
    fn admitted(&self, check: &Check) -> Result<(), Refusal> {
        let lengths = by_place(check.touched.iter().map(|touched| touched.argument).zip(&self.bytes));
        let lengths: Vec<_> = lengths.into_iter().map(|bytes| bytes.map(|bytes| bytes as u64)).collect();
        check.admit(&self.by_place(check), self.grid, &lengths)
    }

    fn by_place(&self, check: &Check) -> Vec<Option<i64>> {
        by_place(check.scalars.iter().map(|scalar| scalar.argument).zip(&self.scalars))
    }
}

fn by_place<'a, T: Copy + 'a>(values: impl Iterator<Item = (u32, &'a T)>) -> Vec<Option<T>> {
    let mut places = vec![None; 64];
    for (place, value) in values {
        places[place as usize] = Some(*value);
    }
    places
}

/// A number around those where something changes.
fn number(rng: &mut StdRng, bits: u32) -> i64 {
    let end = 1_i64 << rng.random_range(0..bits.clamp(2, 63));
    let value = match rng.random_range(0..6) {
        0 => rng.random_range(0..300),
        1 => rng.random_range(0..end),
        2 => end + rng.random_range(-1..2),
        3 => -end + rng.random_range(-1..2),
        4 => [i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, i64::MIN, 0, 1, -1][rng.random_range(0..7)],
        _ => rng.random_range(0..3),
    };
    // A few that don't fit the type, which no launch has.
    if rng.random_range(0..50) == 0 { value } else { value << (64 - bits) >> (64 - bits) }
}

fn grid(rng: &mut StdRng) -> [u32; 3] {
    let most = Check::MOST_PROGRAMS;
    [0, 1, 2].map(|axis| match rng.random_range(0..8) {
        0 => 0,
        1 => most[axis],
        2 if rng.random_range(0..8) == 0 => most[axis] + 1,
        3 | 4 => rng.random_range(1..most[axis]),
        _ => rng.random_range(1..40),
    })
}

/// A launch with bytes around those that are needed.
fn launch(rng: &mut StdRng, check: &Check, scalar: impl Fn(&mut StdRng, &Scalar) -> i64) -> Launch {
    let scalars = check.scalars.iter().map(|one| scalar(rng, one)).collect();
    let mut launch = Launch { grid: grid(rng), scalars, bytes: vec![0; check.touched.len()] };
    let needed = check.evaluate(&launch.by_place(check), launch.grid).unwrap_or_default();
    for (bytes, needed) in launch.bytes.iter_mut().zip(needed) {
        let needed = needed.ends.map_or(0, |(_, high)| high.saturating_add(1)).clamp(0, usize::MAX as i128) as usize;
        *bytes = match rng.random_range(0..4) {
            0 => needed.saturating_sub(1),
            1 => rng.random_range(0..needed.saturating_add(2)),
            _ => needed,
        };
    }
    launch
}

fn checks() -> impl Iterator<Item = (&'static Straight, Check)> {
    ALL.iter().map(|straight| (straight, straight.check.parse().expect("it is a check")))
}

#[test]
fn what_the_generated_code_lets_through_the_check_lets_through() {
    let (mut through, mut asked) = (0, 0);
    for (index, (straight, check)) in checks().enumerate() {
        let mut rng = StdRng::seed_from_u64(index as u64);
        for _ in 0..2_000 {
            let launch = launch(&mut rng, &check, |rng, scalar| number(rng, scalar.bits));
            let (inside, admitted) =
                ((straight.inside)(launch.grid, &launch.scalars, &launch.bytes), launch.admitted(&check));
            assert!(!inside || admitted.is_ok(), "{} {launch:?}: {admitted:?}\n{}", straight.name, straight.check);
            through += u32::from(inside);
            asked += u32::from(!inside && admitted.is_ok());
        }
    }
    assert!(through > 50_000 && asked < through / 4, "{through} by the code, {asked} by the check alone");
}

#[test]
fn a_launch_of_sizes_that_are_in_use_is_decided_by_the_generated_code() {
    for (index, (straight, check)) in checks().enumerate().filter(|(_, (straight, _))| straight.of_kernel) {
        let mut rng = StdRng::seed_from_u64(index as u64);
        for _ in 0..2_000 {
            let launch = launch(&mut rng, &check, |rng, scalar| match scalar.bits {
                1 => rng.random_range(0..2),
                bits => {
                    let width = rng.random_range(1..bits.min(22));
                    rng.random_range(0..1 << width)
                }
            });
            let (inside, admitted) =
                ((straight.inside)(launch.grid, &launch.scalars, &launch.bytes), launch.admitted(&check));
            assert_eq!(inside, admitted.is_ok(), "{} {launch:?}: {admitted:?}\n{}", straight.name, straight.check);
        }
    }
}

#[test]
fn what_is_remembered_is_of_the_same_grid_scalars_and_bytes() {
    let large = checks().filter(|(straight, check)| straight.of_kernel && check.program.steps.len() > 64);
    let mut held = 0;
    for (straight, check) in large {
        let mut rng = StdRng::seed_from_u64(7);
        let inside = |launch: &Launch| (straight.inside)(launch.grid, &launch.scalars, &launch.bytes);
        for _ in 0..200 {
            let mut launch = launch(&mut rng, &check, |rng, scalar| rng.random_range(0..1 << scalar.bits.min(9)));
            if launch.grid.contains(&0) || !inside(&launch) {
                continue;
            }
            assert!(inside(&launch), "asked again: {launch:?}");
            held += 1;
            // One of them changed, each time after a launch that is remembered.
            let mut changed = |launch: &mut Launch, place: usize| match place {
                0..3 => launch.grid[place] = launch.grid[place].wrapping_mul(1 << rng.random_range(1..20)),
                place if place - 3 < launch.scalars.len() => launch.scalars[place - 3] += rng.random_range(1..5000),
                place => {
                    let bytes = &mut launch.bytes[place - 3 - check.scalars.len()];
                    *bytes = bytes.saturating_sub(rng.random_range(1..9));
                }
            };
            for place in 0..3 + launch.scalars.len() + launch.bytes.len() {
                let (grid, scalars, bytes) = (launch.grid, launch.scalars.clone(), launch.bytes.clone());
                changed(&mut launch, place);
                let (found, admitted) = (inside(&launch), launch.admitted(&check));
                assert_eq!(found, admitted.is_ok(), "{} {launch:?}: {admitted:?}", straight.name);
                (launch.grid, launch.scalars, launch.bytes) = (grid, scalars, bytes);
                assert!(inside(&launch), "{} {launch:?}", straight.name);
            }
        }
    }
    assert!(held > 500, "{held}");
}
