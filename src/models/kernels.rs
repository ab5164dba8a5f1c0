//! What every network is made of on the CPU: matrix products, softmax, layer norm, attention, 16-bit
//! integers, all on plain rows of `f32`; and the one door through which tensors are multiplied.

pub(crate) mod attention;
pub(crate) mod int16;
pub(crate) mod linear;
pub(crate) mod lines;
pub(crate) mod matmul;
pub(crate) mod product;
pub(crate) mod read;
pub(crate) mod rows;
