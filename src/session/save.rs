//! Files out; whole or not at all.

use std::path::{Path, PathBuf};

use crate::app::dialog::Written;
use crate::engine::files;
use crate::export::content::{Content, beside};
use crate::export::product::Product;

/// Writes a product and what belongs beside it.
pub(crate) fn export(path: &Path, overwrite: bool, product: Product, content: &Content) -> Written {
    let path = at_home(path);
    let stem = path
        .file_stem()
        .map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let made = match content.files(product, &stem) {
        Ok(made) => made,
        Err(error) => return Written::Failed(error.to_string()),
    };
    // The first has the name that was asked for, whatever the case of its ending.
    let places: Vec<PathBuf> = made
        .iter()
        .enumerate()
        .map(|(at, (suffix, _))| match at {
            0 => path.clone(),
            _ => beside(&path, suffix),
        })
        // Nothing can stand beside a device or a pipe.
        .take(if files::is_stream(&path) {
            1
        } else {
            made.len()
        })
        .collect();
    if let Some(there) = places.iter().find(|p| !overwrite && files::is_taken(p)) {
        return Written::Exists(there.display().to_string());
    }
    // What the first refers to is there before it.
    for (place, (_, bytes)) in places.iter().zip(&made).rev() {
        if let Err(error) = files::write(place, overwrite, bytes) {
            return Written::Failed(reason(place, &error));
        }
    }
    Written::Done(places.iter().map(|p| p.display().to_string()).collect())
}

/// `~/x` is meant to be in the user's folder.
pub(super) fn at_home(path: &Path) -> PathBuf {
    let mut parts = path.components().skip_while(|part| part.as_os_str() != "~");
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match (parts.next(), home) {
        (Some(_), Some(home)) => home.join(parts.collect::<PathBuf>()),
        _ => path.to_owned(),
    }
}

fn reason(path: &Path, error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let folder = path.parent().unwrap_or(path).display();
    match error.kind() {
        ErrorKind::PermissionDenied => {
            format!("{folder} may not be written to; another folder may: `x`, then `~/NAME`")
        }
        ErrorKind::StorageFull => format!("the disk of {folder} is full"),
        ErrorKind::ReadOnlyFilesystem => format!("{folder} is read-only; write to `~/NAME`"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::app::samples;
    use crate::export::product::Family;

    #[test]
    fn nothing_is_replaced_unasked_and_failures_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks.csv");
        let product = Product::of(Family::Marks, "marks.csv").unwrap();
        let content = samples::ready(5).content();
        let beside = beside(&path, ".provenance.json");
        let done = [&path, &beside].map(|p| p.display().to_string());
        let done = Written::Done(done.to_vec());
        assert_eq!(export(&path, false, product, &content), done);
        let there = Written::Exists(path.display().to_string());
        assert_eq!(export(&path, false, product, &content), there);
        assert_eq!(export(&path, true, product, &content), done);
        let under_a_file = path.join("x.csv");
        assert!(matches!(
            export(&under_a_file, false, product, &content),
            Written::Failed(_)
        ));
        let product = Product::of(Family::Dynamics, "x.pdb").unwrap();
        let lacking = Content::default();
        let lacking = export(&folder.path().join("x.pdb"), false, product, &lacking);
        assert!(matches!(lacking, Written::Failed(why) if why.contains("not there yet")));
        let product = Product::of(Family::Dynamics, "x.csv").unwrap();
        let nowhere = folder.path().join("none/x.csv");
        let refused = export(&nowhere, false, product, &content);
        assert!(matches!(refused, Written::Failed(why) if why.contains("there is no folder")));
        assert!(!folder.path().join("none").exists());
        assert!(!folder.path().join("x.pdb").exists());
    }

    #[test]
    fn a_tilde_is_the_users_folder() {
        let home = directories::BaseDirs::new().unwrap().home_dir().to_owned();
        assert_eq!(at_home(Path::new("/work/~/a/b.csv")), home.join("a/b.csv"));
        assert_eq!(at_home(Path::new("/work/a.csv")), Path::new("/work/a.csv"));
    }
}
