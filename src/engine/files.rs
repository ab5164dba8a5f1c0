//! Files that appear whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

/// Whether something is there that writing would replace. A device or a pipe is written into.
#[must_use]
pub fn is_taken(path: &Path) -> bool {
    !is_stream(path) && path.exists()
}

/// Whether it is a device or a pipe, or the program's own output wherever that goes: nothing can stand
/// beside what goes there.
#[must_use]
pub fn is_stream(path: &Path) -> bool {
    own_output(path).is_some() || std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// The program's own output. A shell may have sent it into a file, which must not be opened a second time:
/// what was written before would be written over.
fn own_output(path: &Path) -> Option<Box<dyn io::Write>> {
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(Box::new(io::stdout())),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(Box::new(io::stderr())),
        _ => None,
    }
}

/// Writes a file as a whole; replaces another of its name only when asked to. A device or a pipe
/// (`/dev/null`) is written into and stays what it is. A missing folder is refused: it may be a slip.
///
/// # Errors
/// When it is there already and not to be replaced, or cannot be written; what was there stays then.
pub fn write(path: &Path, replace: bool, bytes: &[u8]) -> io::Result<()> {
    if let Some(mut own) = own_output(path) {
        own.write_all(bytes)?;
        return own.flush();
    }
    if is_stream(path) {
        let mut open = std::fs::OpenOptions::new();
        return open.write(true).open(path)?.write_all(bytes);
    }
    if !replace && path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        let text = format!("there is no folder {}; create it first", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dynascope-");
    // As for any new file: what the process's mask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if replace {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    Ok(())
}

/// Writes a file of the program's own, and makes its folder.
///
/// # Errors
/// When it cannot be written; what was there stays then.
pub fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(folder_of(path))?;
    write(path, true, bytes)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_unasked_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.txt");
        let refused = write(&path, false, b"one").unwrap_err().to_string();
        assert!(refused.contains("there is no folder"), "{refused}");
        keep(&path, b"zero").unwrap();
        std::fs::remove_file(&path).unwrap();
        write(&path, false, b"one").unwrap();
        assert!(write(&path, false, b"two").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write(&path, true, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_stays_a_device() {
        use std::os::unix::fs::FileTypeExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert!(is_stream(&path) && !is_taken(&path));
        write(&path, true, b"one").unwrap();
        assert!(
            std::fs::metadata(&path)
                .unwrap()
                .file_type()
                .is_char_device()
        );
        assert!(path.is_symlink());
        // Whatever a shell made of it, also a file.
        assert!(is_stream(Path::new("/dev/stdout")) && !is_taken(Path::new("/dev/stderr")));
    }
}
