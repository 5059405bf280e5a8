//! What no GPU can run, whoever states it.

use triton_runner_manifest::{Arch, Level};
use triton_runner_read::contract::{MAX_CTAS, MAX_WARPS};
use triton_runner_read::metadata::Options;

/// Registers that an instruction can name.
const MAX_REGISTERS: u32 = 255;
/// Below this ptxas doesn't do as it is told: it has 24 at least.
const MIN_REGISTERS: u32 = 24;

/// An option that can't be met.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitError {
    #[error("`num_warps` is 0, and a block has one warp at least: set `num-warps`")]
    NoWarps,
    #[error(
        "`num_warps` is {found}: that is {} threads, and a block can have 1024; at most {MAX_WARPS} warps",
        u64::from(*found) * 32
    )]
    ManyWarps { found: u32 },
    #[error(
        "`num_warps` is {found}: the warps to lower with are a power of two (Triton's own JSON of a warp-specialized kernel counts all of its warps there, and TTIR needs the number that was asked for)"
    )]
    OddWarps { found: u32 },
    #[error("`num_ctas` is {found}: the CTAs of a cluster are a power of two from 1 to {MAX_CTAS}")]
    Ctas { found: u32 },
    #[error(
        "`num_ctas` is {found}, and {arch} has no clusters; they need sm_90 or later: leave {arch} out for this kernel, or lower it with one CTA"
    )]
    NoClusters { found: u32, arch: Arch },
    #[error(
        "`cluster_dims` is {found:?}: a cluster has 1 to {MAX_CTAS} CTAs, all dimensions multiplied; check in the JSON as Triton wrote it"
    )]
    Dims { found: [u32; 3] },
    #[error(
        "`maxnreg` is {found}: a thread has {MIN_REGISTERS} to {MAX_REGISTERS} registers, and ptxas heeds no other number"
    )]
    Registers { found: u32 },
}

/// Holds options against what any GPU, and this one, can run.
pub(crate) fn check(options: &Options, level: Level, arch: Arch) -> Result<(), LimitError> {
    match options.num_warps {
        Some(0) => return Err(LimitError::NoWarps),
        Some(found) if found > MAX_WARPS => return Err(LimitError::ManyWarps { found }),
        // Below TTGIR it counts those that warp specialization adds.
        Some(found) if level <= Level::Ttgir && !found.is_power_of_two() => return Err(LimitError::OddWarps { found }),
        _ => {}
    }
    if let Some(found) = options.num_ctas {
        if !found.is_power_of_two() || found > MAX_CTAS {
            return Err(LimitError::Ctas { found });
        }
        if found > 1 && arch.major() < 9 {
            return Err(LimitError::NoClusters { found, arch });
        }
    }
    if let Some(found) = options.cluster_dims
        && !matches!(found.iter().try_fold(1_u32, |all, &one| all.checked_mul(one)), Some(1..=MAX_CTAS))
    {
        return Err(LimitError::Dims { found });
    }
    match options.maxnreg {
        Some(found) if !(MIN_REGISTERS..=MAX_REGISTERS).contains(&found) && level < Level::Ptx => {
            Err(LimitError::Registers { found })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use triton_runner_manifest::Suffix;

    use super::*;

    fn refused(options: &Value, level: Level, arch: u16) -> String {
        let options = Options::from_map(options.as_object().unwrap().clone()).unwrap();
        check(&options, level, Arch::new(arch, Suffix::None)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_no_gpu_can_run_is_refused() {
        for (options, part) in [
            (json!({"num_warps": 64}), "2048 threads"),
            (json!({"num_warps": 0}), "one warp at least"),
            (json!({"num_warps": 12}), "a power of two"),
            (json!({"num_ctas": 32}), "from 1 to 16"),
            (json!({"num_ctas": 3}), "power of two"),
            (json!({"num_ctas": 0}), "power of two"),
            (json!({"cluster_dims": [4, 4, 2]}), "1 to 16 CTAs"),
            (json!({"cluster_dims": [65536, 65536, 1]}), "1 to 16 CTAs"),
            (json!({"maxnreg": 1}), "24 to 255 registers"),
            (json!({"maxnreg": 256}), "24 to 255 registers"),
        ] {
            let error = refused(&options, Level::Ttir, 90);
            assert!(error.contains(part), "{options}: {error}");
        }
        for options in [json!({"num_warps": 32, "num_ctas": 16, "maxnreg": 255}), json!({"num_warps": 1}), json!({})] {
            assert_eq!(refused(&options, Level::Ttir, 90), "", "{options}");
        }
        assert!(refused(&json!({"num_ctas": 2}), Level::Ttir, 80).contains("sm_80 has no clusters"));
        // Machine code's count has the warps of warp specialization.
        assert_eq!(refused(&json!({"num_warps": 12}), Level::Cubin, 90), "");
        assert!(refused(&json!({"num_warps": 33}), Level::Cubin, 90).contains("1056 threads"));
    }
}
