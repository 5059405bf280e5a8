use std::process::Command;

use super::*;

fn on(arch: &str, threads: u32, registers: u32, shared: u32) -> Occupancy {
    occupancy(arch.parse().unwrap(), Needs { threads, registers, shared }).unwrap()
}

#[test]
fn the_limit_that_binds_is_named() {
    use Limit::*;
    let check = |arch, threads, registers, shared, blocks, limited_by: &[Limit]| {
        let found = on(arch, threads, registers, shared);
        assert_eq!(
            (found.blocks, &found.limited_by[..]),
            (blocks, limited_by),
            "{arch} {threads} {registers} {shared}"
        );
    };
    check("sm_80", 128, 32, 0, 16, &[Registers, Warps]);
    check("sm_80", 32, 32, 0, 32, &[Blocks]);
    check("sm_80", 128, 96, 0, 5, &[Registers]);
    // 144 KiB of 228: one block, though registers would allow two.
    check("sm_90", 256, 128, 147_456, 1, &[SharedMemory]);
    check("sm_90a", 256, 168, 98_304, 1, &[Registers]);
    check("sm_120", 1024, 32, 0, 1, &[Warps]);
    // 1 KiB of each block is the system's.
    check("sm_86", 128, 32, 49 * 1024, 2, &[SharedMemory]);
    check("sm_86", 128, 32, 50 * 1024, 1, &[SharedMemory]);
    check("sm_75", 128, 32, 32 * 1024, 2, &[SharedMemory]);
}

#[test]
fn a_block_that_cannot_run_has_none() {
    assert_eq!(on("sm_86", 128, 32, 99 * 1024).blocks, 1);
    let found = on("sm_86", 128, 32, 99 * 1024 + 1);
    assert_eq!((found.blocks, found.percent, &found.limited_by[..]), (0, 0.0, &[Limit::SharedMemory][..]));
    // 1024 threads with 128 registers each would need twice what there is.
    assert_eq!(on("sm_90", 1024, 128, 0).limited_by, [Limit::Registers]);
}

#[test]
fn the_percentage_is_that_of_warps() {
    let found = on("sm_90", 128, 64, 0);
    assert_eq!((found.blocks, found.warps, found.max_warps, found.percent), (8, 32, 64, 50.0));
}

#[test]
fn an_unknown_architecture_has_no_answer() {
    let needs = Needs { threads: 128, registers: 32, shared: 0 };
    assert_eq!(occupancy("sm_107".parse().unwrap(), needs), None);
}

#[test]
fn an_architecture_whose_shared_memory_is_known_is_known_here() {
    for arch in (20..1000).map(|number| Arch::new(number, triton_runner_manifest::Suffix::None)) {
        assert_eq!(Limits::of(arch).is_some(), arch.shared_memory().is_some(), "{arch}");
    }
}

/// NVIDIA's calculator is a header in Triton's wheel; the first run of the tests installs one.
#[test]
fn nvidias_own_calculator_gives_the_same() {
    use crate::toolchain::{Toolchains, WheelSource, default_home};
    let home = default_home(|name| std::env::var_os(name)).unwrap();
    let toolchains = Toolchains::new(home, None, std::env::var_os("PATH").unwrap());
    let triton = semver::Version::new(3, 3, 1);
    let toolchain = toolchains.install(&triton, &WheelSource::Index, false, &mut |_| {}).unwrap();
    let include = toolchain.site.unwrap().join("triton/backends/nvidia/include");
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("main.c"), folder.path().join("main"));
    std::fs::write(&source, include_str!("calculator.c")).unwrap();
    let mut cc = Command::new("cc");
    assert!(cc.arg("-I").arg(include).arg(&source).arg("-o").arg(&program).status().unwrap().success());

    // 10.3, 11.0 and 12.1 are newer than this header; that of Triton 3.9 agrees on them.
    for number in [70_u16, 75, 80, 86, 87, 89, 90, 100, 120] {
        let arch = Arch::new(number, triton_runner_manifest::Suffix::None);
        let limits = Limits::of(arch).unwrap();
        let mut device = Command::new(&program);
        let of_device = [
            u32::from(arch.major()),
            u32::from(arch.minor()),
            limits.warps * WARP,
            limits.registers_per_block,
            limits.registers,
            limits.shared,
            limits.shared_per_block,
            limits.shared_reserved,
        ];
        device.args(of_device.map(|value| value.to_string()));
        let mut cases = Vec::new();
        for threads in [32, 64, 96, 128, 160, 256, 512, 1024] {
            for registers in [16, 24, 32, 33, 40, 64, 72, 96, 128, 168, 255] {
                for shared in [0, 1, 127, 1024, 8192, 16384, 33_000, 49_152, 65_536, 98_304, 101_376, 147_456, 232_448]
                {
                    cases.push(Needs { threads, registers, shared });
                }
            }
        }
        let text: String = cases.iter().map(|n| format!("{} {} {}\n", n.threads, n.registers, n.shared)).collect();
        let input = folder.path().join("cases");
        std::fs::write(&input, text).unwrap();
        let output = device.stdin(std::fs::File::open(&input).unwrap()).output().unwrap();
        assert!(output.status.success(), "sm_{number}: {}", String::from_utf8_lossy(&output.stderr));
        let blocks: Vec<u32> =
            String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(blocks.len(), cases.len());
        for (needs, expected) in cases.into_iter().zip(blocks) {
            let found = occupancy(arch, needs).unwrap();
            assert_eq!(found.blocks, expected, "sm_{number}: {needs:?}, {:?}", found.limited_by);
        }
    }
}
