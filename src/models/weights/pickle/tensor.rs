//! One tensor as a pickle describes it: where its numbers are in a storage, and in which order.

use std::ops::Range;

use candle_core::DType;
use candle_core::pickle::Object;

/// Number type, shape and place within a storage; strides count numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub dtype: DType,
    pub shape: Vec<usize>,
    strides: Vec<usize>,
    /// The first number.
    offset: usize,
    /// The storage's name.
    pub key: String,
}

impl Described {
    /// `None` for what is no tensor, or one of a number type that no network here has.
    pub fn of(value: &Object) -> Option<Result<Self, String>> {
        let Object::Reduce { callable, args } = value else {
            return None;
        };
        let Object::Class {
            module_name,
            class_name,
        } = &**callable
        else {
            return None;
        };
        let Object::Tuple(args) = &**args else {
            return None;
        };
        match (module_name.as_str(), class_name.as_str()) {
            ("torch._utils", "_rebuild_parameter") => Self::of(args.first()?),
            ("torch._tensor", "_rebuild_from_type_v2") => Self::of(&Object::Reduce {
                callable: Box::new(args.first()?.clone()),
                args: Box::new(args.get(2)?.clone()),
            }),
            ("torch._utils", "_rebuild_tensor_v2") => rebuilt(args).transpose(),
            _ => None,
        }
    }

    fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The bytes of the storage from the first to the last number.
    pub fn span(&self) -> Range<usize> {
        let size = self.dtype.size_in_bytes();
        let last: usize = self
            .shape
            .iter()
            .zip(&self.strides)
            .map(|(n, stride)| n.saturating_sub(1) * stride)
            .sum();
        if self.count() == 0 {
            return 0..0;
        }
        self.offset * size..(self.offset + last + 1) * size
    }

    /// Whether the tensor is within a storage of so many bytes, and no larger than it: a number that is
    /// repeated by strides of zero would be.
    pub fn fits(&self, storage: u64) -> bool {
        let size = self.dtype.size_in_bytes();
        let within = |bytes: Option<usize>| bytes.is_some_and(|bytes| bytes as u64 <= storage);
        let count = (self.shape.iter()).try_fold(size, |all, &n| all.checked_mul(n));
        let one = usize::from(!self.shape.contains(&0));
        let mut dimensions = self.shape.iter().zip(&self.strides);
        let end = dimensions.try_fold(self.offset, |end, (&n, &stride)| {
            end.checked_add(n.saturating_sub(1).checked_mul(stride)?)
        });
        within(count) && within(end.and_then(|end| end.checked_add(one)?.checked_mul(size)))
    }

    /// Puts the bytes of [`Described::span`] in the order of the rows.
    pub fn in_rows(&self, bytes: Vec<u8>) -> Vec<u8> {
        let size = self.dtype.size_in_bytes();
        let mut expected = 1;
        let mut is_plain = true;
        for (&n, &stride) in self.shape.iter().zip(&self.strides).rev() {
            is_plain &= n == 1 || stride == expected;
            expected *= n;
        }
        if is_plain || bytes.is_empty() {
            return bytes;
        }
        let mut rows = Vec::with_capacity(self.count() * size);
        let mut at = vec![0; self.shape.len()];
        for _ in 0..self.count() {
            let place: usize = at
                .iter()
                .zip(&self.strides)
                .map(|(i, stride)| i * stride)
                .sum();
            rows.extend_from_slice(&bytes[place * size..(place + 1) * size]);
            for (i, n) in at.iter_mut().zip(&self.shape).rev() {
                *i += 1;
                if *i < *n {
                    break;
                }
                *i = 0;
            }
        }
        rows
    }
}

/// Storage, first number, shape, strides; what follows concerns gradients.
fn rebuilt(args: &[Object]) -> Result<Option<Described>, String> {
    let [Object::PersistentLoad(storage), offset, shape, strides, ..] = args else {
        return Err("it is described in another way than PyTorch's".to_owned());
    };
    let Object::Tuple(storage) = &**storage else {
        return Err("its storage is described in another way than PyTorch's".to_owned());
    };
    let [
        _,
        Object::Class { class_name, .. },
        Object::Unicode(key),
        ..,
    ] = &storage[..]
    else {
        return Err("its storage is described in another way than PyTorch's".to_owned());
    };
    let dtype = match class_name.as_str() {
        "FloatStorage" => DType::F32,
        "DoubleStorage" => DType::F64,
        "HalfStorage" => DType::F16,
        "BFloat16Storage" => DType::BF16,
        "ByteStorage" => DType::U8,
        "LongStorage" => DType::I64,
        _ => return Ok(None),
    };
    let (shape, strides) = (sizes(shape)?, sizes(strides)?);
    if shape.len() != strides.len() {
        return Err("it has not as many strides as dimensions".to_owned());
    }
    Ok(Some(Described {
        dtype,
        shape,
        strides,
        offset: size(offset)?,
        key: key.clone(),
    }))
}

fn sizes(value: &Object) -> Result<Vec<usize>, String> {
    match value {
        Object::Tuple(values) => values.iter().map(size).collect(),
        _ => Err("its shape is no tuple".to_owned()),
    }
}

fn size(value: &Object) -> Result<usize, String> {
    let size = match value {
        Object::Int(n) => usize::try_from(*n).ok(),
        Object::Long(n) => usize::try_from(*n).ok(),
        _ => None,
    };
    size.ok_or_else(|| "its shape or place is no size".to_owned())
}
