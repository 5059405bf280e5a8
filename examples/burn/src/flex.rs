//! Tensors of the CPU: the kernel is interpreted.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata as _};
use burn::tensor::TensorData;

use crate::{Gate, GateRows, grid};

impl GateRows for Flex {
    fn gate_rows(x: FloatTensor<Self>, by: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, by) = (x.to_contiguous(), by.to_contiguous());
        let shape = x.shape();
        let (rows, columns) = (shape[0], shape[1]);
        let of_f32 = "the operation is for tensors of f32";
        let (x, by) = (x.as_slice::<f32>().expect(of_f32), by.as_slice::<f32>().expect(of_f32));
        let mut out = vec![f32::NAN; rows * columns];
        // Operations of burn don't return errors. This one says which program touched what, and which line of Python it is.
        Gate::interpret(grid(rows, columns), x, columns as i32, by, &mut out, columns as i32)
            .run()
            .unwrap_or_else(|error| panic!("gate_rows: {error}"));
        FloatTensor::<Self>::from_data(TensorData::new(out, shape))
    }
}
