#!/bin/sh
# Writes the artifacts of kernels.py anew, from the repository's root: tests/gpu/kernels/regenerate.sh
# `cargo triton export` takes no option for cooperative grids; it is added to the metadata.
set -eu
here=tests/gpu/kernels
run() {
    kernel=$1
    shift
    cargo triton export "$here/kernels.py::$kernel" --out "$here" "$@"
}
run add --arg 'x=*fp32:16' --arg 'y=*fp32:16' --arg 'out=*fp32:16' --arg n=i32 --const BLOCK=256
run axpb --arg 'x=*fp32:16' --arg 'out=*fp32:16' --arg scale=fp32 --arg bias=fp32 --arg n=i32 --const BLOCK=256
run tile --arg 'x=*fp32:16' --arg 'out=*fp32:16' --arg rows=i32 --arg columns=i32:16 --arg scale=fp32 --const BLOCK=32
# The documentation's tests take it for sm_90.
run scalars --arch sm_80 --arch sm_90 --arg 'out=*fp64' --arg flag=i1 --arg a=i8 --arg b=i16 --arg c=i32 --arg d=i64 --arg e=fp16 --arg f=bf16 \
    --arg g=fp32 --arg h=fp64
run dot --name dot_bf16 --arg 'a=*bf16:16' --arg 'b=*bf16:16' --arg 'c=*fp32:16' --arg k=i32:16 \
    --const M=64 --const N=64 --const K=64
run dot --name dot_fp8 --arg 'a=*fp8e4nv:16' --arg 'b=*fp8e4nv:16' --arg 'c=*fp32:16' --arg k=i32:16 \
    --const M=64 --const N=64 --const K=64
run dot --name dot_large --arg 'a=*fp16:16' --arg 'b=*fp16:16' --arg 'c=*fp32:16' --arg k=i32:16 \
    --const M=64 --const N=256 --const K=64 --num-stages 5
# `dot_large` from after a pass on, edited: another layout of its loads, and two stages in place of five.
edit() {
    kernel=$1
    shift
    file=$here/$kernel.sm_90.ttgir
    cargo triton lower "$here/dot_large.ttir" --arch sm_90 --stop-after tritongpu-coalesce --output "$file"
    before=$(cksum < "$file")
    sed -i "$@" "$file"
    [ "$(cksum < "$file")" != "$before" ] || { echo "error: nothing is edited in $file" >&2; exit 1; }
}
edit dot_layout -e 's/{sizePerThread = \[1, 8\], threadsPerWarp = \[4, 8\], warpsPerCTA = \[4, 1\]/{sizePerThread = [1, 4], threadsPerWarp = [2, 16], warpsPerCTA = [2, 2]/' \
    -e 's/{sizePerThread = \[1, 8\], threadsPerWarp = \[1, 32\], warpsPerCTA = \[4, 1\]/{sizePerThread = [1, 8], threadsPerWarp = [4, 8], warpsPerCTA = [2, 2]/'
edit dot_stages -e '/^      scf.yield/{n;s/}/} {tt.num_stages = 2 : i32}/}'
run softmax --arg 'x=*fp32:16' --arg 'out=*fp32:16' --arg columns=i32:16 --const BLOCK=4096 --num-ctas 2
run gather --arg 'x=*i32:16' --arg 'out=*i32:16' --arg 'arrived=*i32:16' --arg programs=i32 --const BLOCK=1024
sed -i 's/"num_ctas": 1,/"num_ctas": 1,\n  "launch_cooperative_grid": true,/' "$here/gather.json"
# Triton 3.6, for descriptors as arguments and programmatic dependent launch. Checked in as machine code too, so that
# the tests' build needs one compiler only.
run described --triton 3.6.0 --arg 'source=tensordesc<fp16[64, 64]>' --arg 'out=*fp16:16' --const BLOCK=64
run stored --triton 3.6.0 --arg 'x=*fp16:16' --arg 'target=tensordesc<fp16[64, 64]>' --const BLOCK=64
run step --triton 3.6.0 --arg 'x=*fp32:16' --const BLOCK=256
sed -i 's/"num_ctas": 1,/"num_ctas": 1,\n  "launch_pdl": true,/' "$here/step.json"
for kernel in described stored step; do
    cargo triton lower "$here/$kernel.ttir" --arch sm_90 --output "$here/$kernel.sm_90.cubin"
done
