//! Files of PyTorch made here, for tests.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use candle_core::{DType, Tensor};

/// An archive of stored files, with all that this reader looks at.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let at = bytes.len() as u32;
        let sizes = [content.len() as u32; 2].map(u32::to_le_bytes).concat();
        let names = [name.len() as u16, 0].map(u16::to_le_bytes).concat();
        let common = [&[0; 10][..], &[0; 4], &sizes, &names].concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
        let rest = [&[0; 10][..], &at.to_le_bytes()].concat();
        directory.extend([b"PK\x01\x02\0\0", &common[..], &rest, name.as_bytes()].concat());
    }
    let numbers = [directory.len() as u32, bytes.len() as u32]
        .map(u32::to_le_bytes)
        .concat();
    let counts = [files.len() as u16; 2].map(u16::to_le_bytes).concat();
    bytes.extend(
        [
            &directory[..],
            b"PK\x05\x06\0\0\0\0",
            &counts,
            &numbers,
            b"\0\0",
        ]
        .concat(),
    );
    bytes
}

/// What `torch.save` writes of a dictionary of tensors, in f32; below a key, as Lightning has it, where one
/// is given, and with something before each name.
pub(crate) fn checkpoint(
    tensors: &HashMap<String, Tensor>,
    key: Option<&str>,
    before: &str,
) -> Vec<u8> {
    let text = |text: &str| {
        [
            b"X",
            &(text.len() as u32).to_le_bytes()[..],
            text.as_bytes(),
        ]
        .concat()
    };
    let tuple = |sizes: &[usize]| {
        let sizes = sizes
            .iter()
            .map(|&n| [b"J", &(n as u32).to_le_bytes()[..]].concat());
        [
            b"(".to_vec(),
            sizes.collect::<Vec<_>>().concat(),
            b"t".to_vec(),
        ]
        .concat()
    };
    let mut pickle = b"\x80\x02}".to_vec();
    if let Some(key) = key {
        pickle.extend([text("epoch"), b"K\x03s".to_vec(), text(key), b"}".to_vec()].concat());
    }
    pickle.push(b'(');
    let mut files = Vec::new();
    for (i, (name, tensor)) in tensors.iter().enumerate() {
        let tensor = tensor.to_dtype(DType::F32).unwrap();
        let numbers: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
        let parts = [
            text(&format!("{before}{name}")),
            b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
            text("storage"),
            b"ctorch\nFloatStorage\n".to_vec(),
            text(&i.to_string()),
            text("cpu"),
            [b"J", &(numbers.len() as u32).to_le_bytes()[..], b"tQK\0"].concat(),
            tuple(tensor.dims()),
            tuple(tensor.stride()),
            b"\x89ccollections\nOrderedDict\n)RtR".to_vec(),
        ];
        pickle.extend(parts.concat());
        let bytes = numbers
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect::<Vec<u8>>();
        files.push((format!("archive/data/{i}"), bytes));
    }
    pickle.extend(if key.is_some() { &b"us."[..] } else { b"u." });
    files.insert(0, ("archive/data.pkl".to_owned(), pickle));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (&name[..], &bytes[..]))
        .collect();
    archive(&files)
}
