//! The zip archive of a PyTorch file: its directory, in the 32-bit form and in the 64-bit one that files
//! above 4 GB have. PyTorch stores without compression, and anything else is refused.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The end record and the longest comment behind it.
const LONGEST_END: u64 = 22 + 0xffff;
const NOT_A_ZIP: &str = "it is no zip archive, the form that PyTorch writes since 1.6";

/// A file of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// In bytes.
    pub size: u64,
    /// Where its local header is.
    header: u64,
}

/// The directory.
pub(super) struct Archive {
    entries: BTreeMap<String, Entry>,
    length: u64,
}

impl Archive {
    /// Reads the directory; it is within the file, and so is every entry.
    pub fn read(file: &mut File) -> Result<Self, String> {
        let length = file.metadata().map_err(|e| e.to_string())?.len();
        let tail = take(
            file,
            length,
            length.saturating_sub(LONGEST_END),
            LONGEST_END.min(length),
        )?;
        let at = (tail.windows(4).rposition(|w| w == b"PK\x05\x06")).ok_or(NOT_A_ZIP)?;
        let end = &tail[at..];
        let mut count = u64::from(u16_at(end, 10)?);
        let mut size = u64::from(u32_at(end, 12)?);
        let mut start = u64::from(u32_at(end, 16)?);
        let locator = at.checked_sub(20).map(|from| &tail[from..at]);
        if let Some(locator) = locator.filter(|l| l.starts_with(b"PK\x06\x07")) {
            let record = take(file, length, u64_at(locator, 8)?, 56)?;
            if !record.starts_with(b"PK\x06\x06") {
                return Err("its 64-bit directory is damaged".to_owned());
            }
            (count, size, start) = (
                u64_at(&record, 32)?,
                u64_at(&record, 40)?,
                u64_at(&record, 48)?,
            );
        }
        let directory = take(file, length, start, size)?;
        let mut rest = &directory[..];
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let (name, entry) = entry(&mut rest)?;
            if entry
                .header
                .checked_add(entry.size)
                .is_none_or(|end| end > length)
            {
                return Err(format!("'{name}' reaches beyond the end of the file"));
            }
            if entries.insert(name.clone(), entry).is_some() {
                return Err(format!("'{name}' is in it twice"));
            }
        }
        Ok(Self { entries, length })
    }

    pub fn find(&self, name: &str) -> Option<Entry> {
        self.entries.get(name).copied()
    }

    /// The pickle that describes the tensors, and the folder of the archive that it is in (ends in `/`).
    pub fn pickle(&self) -> Result<(String, Entry), String> {
        let mut pickles = self
            .entries
            .iter()
            .filter_map(|(name, entry)| Some((name.strip_suffix("data.pkl")?, *entry)))
            .filter(|(root, _)| root.is_empty() || root.ends_with('/'));
        match (pickles.next(), pickles.next()) {
            (Some((root, entry)), None) => Ok((root.to_owned(), entry)),
            (None, _) => Err("the archive holds no data.pkl".to_owned()),
            (Some(_), Some(_)) => Err("the archive holds more than one data.pkl".to_owned()),
        }
    }

    /// Where the bytes of an entry begin in the file.
    pub fn start(&self, file: &mut File, entry: Entry) -> Result<u64, String> {
        let header = take(file, self.length, entry.header, 30)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err("a file of the archive has no header".to_owned());
        }
        let before = u64::from(u16_at(&header, 26)?) + u64::from(u16_at(&header, 28)?);
        let start = entry.header + 30 + before;
        match start.checked_add(entry.size) {
            Some(end) if end <= self.length => Ok(start),
            _ => Err("it is cut short".to_owned()),
        }
    }

    /// The bytes of a small entry.
    pub fn bytes(&self, file: &mut File, entry: Entry) -> Result<Vec<u8>, String> {
        let start = self.start(file, entry)?;
        take(file, self.length, start, entry.size)
    }
}

/// Takes one entry off the directory.
fn entry(rest: &mut &[u8]) -> Result<(String, Entry), String> {
    let head = rest
        .get(..46)
        .filter(|head| head.starts_with(b"PK\x01\x02"));
    let head = head.ok_or("its directory is damaged")?;
    let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(head, at).map(usize::from));
    let (name, extra, comment) = (name?, extra?, comment?);
    let whole = 46 + name + extra + comment;
    let all = rest.get(..whole).ok_or("its directory is damaged")?;
    *rest = &rest[whole..];
    let (name, extra) = all[46..46 + name + extra].split_at(name);
    let name = String::from_utf8_lossy(name).into_owned();
    let (method, packed) = (u16_at(head, 10)?, u32_at(head, 20)?);
    let mut size = u64::from(u32_at(head, 24)?);
    let mut header = u64::from(u32_at(head, 42)?);
    if method != 0 {
        return Err(format!("'{name}' is compressed"));
    }
    // What does not fit 32 bits stands in the 64-bit field, in this order.
    let mut wide = wide_field(extra);
    let mut packed = u64::from(packed);
    for value in [&mut size, &mut packed, &mut header] {
        if *value == u64::from(u32::MAX) {
            *value = u64_at(wide, 0)?;
            wide = &wide[8..];
        }
    }
    Ok((name, Entry { size, header }))
}

/// The 64-bit field among the extra ones.
fn wide_field(mut extra: &[u8]) -> &[u8] {
    while let (Ok(id), Ok(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(field) = extra.get(4..4 + usize::from(length)) else {
            break;
        };
        if id == 1 {
            return field;
        }
        extra = &extra[4 + field.len()..];
    }
    &[]
}

/// Bytes of the file, after making sure that they are in it.
fn take(file: &mut File, length: u64, start: u64, count: u64) -> Result<Vec<u8>, String> {
    if start.checked_add(count).is_none_or(|end| end > length) {
        return Err("it is cut short, or damaged".to_owned());
    }
    let mut bytes = vec![0; count as usize];
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|e| e.to_string())?;
    Ok(bytes)
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], String> {
    let part = bytes.get(at..at + N).and_then(|part| part.try_into().ok());
    part.ok_or_else(|| "its directory is damaged".to_owned())
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, String> {
    number(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, String> {
    number(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, String> {
    number(bytes, at).map(u64::from_le_bytes)
}
