//! One function launches the kernels of a family, each checked by what is known of it.
#![forbid(unsafe_code)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::half::f16;
use triton_runner_rt::{Error, Graph, Result, context};
use ui_launches::{Total, TotalElement};

/// Allocates, loads and launches, whatever the type.
fn total<T: TotalElement>(stream: &Arc<CudaStream>, n: i32) -> Result<CudaSlice<T>> {
    let of = |driver: std::result::Result<CudaSlice<T>, _>| driver.unwrap();
    let x = of(stream.clone_htod(&vec![unit::<T>(); 1024]));
    let mut out = of(stream.alloc_zeros(1024));
    Total::<T>::load(stream.context())?.launch(stream, &x, &x, &mut out, n)?;
    Ok(out)
}

/// An element of the type, from a function that knows the trait alone.
fn unit<T: TotalElement>() -> T {
    let zeros = [0_u8; 8];
    assert!(size_of::<T>() <= zeros.len());
    context(0)
        .unwrap()
        .default_stream()
        .clone_dtoh(&context(0).unwrap().default_stream().alloc_zeros::<T>(1).unwrap())
        .unwrap()[0]
}

/// Captures a launch in a graph, and replays it.
fn captured<T: TotalElement>(context: &Arc<CudaContext>, stream: &Arc<CudaStream>) {
    let total = Total::<T>::load(context).unwrap();
    let mut graph = Graph::new(context);
    let slice = || stream.alloc_zeros::<T>(1024).unwrap();
    let (x, mut out) = (graph.own(slice()), graph.own(slice()));
    graph.capture(|capture| total.capture(capture, &x, &x, &mut out, 1024)).unwrap();
    graph.launch(stream).unwrap();
}

driver_double::tests! {
    fn each_type_has_its_kernel_with_its_grid_and_its_memory(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        total::<f16>(&stream, 1000).unwrap();
        total::<f32>(&stream, 1000).unwrap();
        let launches = double.launches();
        let found: Vec<_> = launches.iter().map(|launch| (launch.grid[0], launch.shared, launch.parameters().len())).collect();
        assert_eq!(found, [(2, 5, 5), (4, 6, 5)]);
        assert_eq!((Total::<f16>::BLOCK, Total::<f32>::BLOCK), (512, 256));
        assert_eq!((Total::<f16>::SHARED, Total::<f32>::SHARED), (5, 6));
        assert_eq!(Total::<f16>::embedded().len(), 2);
    }

    fn a_launch_is_held_to_the_bytes_of_its_type(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        // 1025 elements are more than there are, of either.
        for error in [total::<f16>(&stream, 1025).unwrap_err(), total::<f32>(&stream, 1025).unwrap_err()] {
            assert!(matches!(&error, Error::OutOfBounds(_)), "{error}");
        }
        let Err(error) = total::<f16>(&stream, 1025) else { unreachable!("it was refused before") };
        assert!(error.to_string().contains("total_fp16"), "{error}");
        assert!(double.launches().is_empty());
    }

    fn kernels_of_a_family_are_captured_cloned_and_shown(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        captured::<f16>(&context, &stream);
        captured::<f32>(&context, &stream);
        assert_eq!(double.launches().iter().map(|launch| launch.shared).collect::<Vec<_>>(), [5, 6]);
        let loaded = Total::<f16>::load(&context).unwrap();
        let other = loaded.clone();
        assert_eq!(other.info().kernel, "total_fp16");
        assert!(format!("{loaded:?}").starts_with("Total<f16> {"), "{loaded:?}");
        fn sent<K: Send + Sync + 'static>(_: &K) {}
        fn of<T: TotalElement>(loaded: &Total<T>) {
            sent(loaded);
        }
        of(&loaded);
    }
}
