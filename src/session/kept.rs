//! Kept sessions: one TOML file each with a version number, and its journal beside it, in the
//! platform's folder for state. What cannot be read is set aside, never lost.

mod first_version;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folders;
use crate::app::kept::Kept;
use crate::app::state::State;
use crate::engine::files;
use crate::printable;

/// The version of the files that this program writes.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    program: String,
    session: Kept,
}

/// Which session to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resume {
    /// The one that was left last.
    Last,
    /// By its name, its own file, or the file that it is about.
    Named(String),
}

/// The folder of the sessions.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    folder: PathBuf,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self {
            folder: folders::state().join("sessions"),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.toml"))
    }

    /// Where the journal of a session is.
    pub(crate) fn journal(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.journal"))
    }

    /// Names, the one left last first.
    fn names(&self) -> Vec<String> {
        let mut found: Vec<(std::time::SystemTime, String)> = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let path = entry.path();
                let name = path.file_stem()?.to_str()?.to_owned();
                let is_session = path.extension().is_some_and(|e| e == "toml");
                let at = entry.metadata().ok()?.modified().ok()?;
                is_session.then_some((at, name))
            })
            .collect();
        found.sort();
        found.into_iter().rev().map(|(_, name)| name).collect()
    }

    /// Reads a session.
    ///
    /// # Errors
    /// Why it cannot be read, and where it was put.
    fn read(&self, name: &str) -> Result<Kept, String> {
        let path = self.file(name);
        let text = std::fs::read_to_string(&path).map_err(|e| format!("session {name}: {e}"))?;
        match parse(&text) {
            Ok(kept) => Ok(kept),
            Err(fault) => {
                let aside = free(|n| self.folder.join(format!("{name}.set-aside-{n}")));
                let moved = std::fs::rename(&path, &aside);
                let place = moved.map_or(path, |()| aside);
                let place = place.display();
                Err(format!(
                    "session {name} cannot be read ({fault}); it is kept as {place}"
                ))
            }
        }
    }

    /// The session to go on with.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) fn resume(&self, which: &Resume) -> Result<(String, Kept), String> {
        let names = self.names();
        let name = match which {
            Resume::Last => names.first().cloned().ok_or_else(|| {
                "no session is kept yet: open a file, and it is kept by itself".to_owned()
            })?,
            Resume::Named(wanted) => self.find(wanted, &names)?,
        };
        Ok((name.clone(), self.read(&name)?))
    }

    fn find(&self, wanted: &str, names: &[String]) -> Result<String, String> {
        let path = Path::new(wanted);
        if names.iter().any(|n| n == wanted) {
            return Ok(wanted.to_owned());
        }
        let own = path
            .extension()
            .is_some_and(|e| e == "toml")
            .then(|| path.file_stem());
        let own = own.flatten().map(|s| s.to_string_lossy().into_owned());
        if let Some(name) = own.filter(|name| names.contains(name)) {
            return Ok(name);
        }
        let about = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let found = names.iter().find(|name| self.is_about(name, &about));
        found.cloned().ok_or_else(|| {
            let known: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
            match known.join(", ") {
                known if known.is_empty() => format!("no session '{wanted}'; none is kept yet"),
                known => format!("no session '{wanted}'; kept are {known}"),
            }
        })
    }

    fn is_about(&self, name: &str, file: &Path) -> bool {
        let text = std::fs::read_to_string(self.file(name)).unwrap_or_default();
        parse(&text).is_ok_and(|kept| Path::new(&kept.file) == file)
    }

    /// The last session of a file in which something was marked.
    pub(crate) fn with_marks(&self, file: &Path) -> Option<(String, Kept)> {
        self.names().into_iter().find_map(|name| {
            let text = std::fs::read_to_string(self.file(&name)).ok()?;
            let kept = parse(&text).ok()?;
            let file = file.display().to_string();
            kept.has_marks_in(&file).then_some((name, kept))
        })
    }

    /// A name for the session of a file: of its stem, and free, or that of a session of the same file
    /// that nobody would miss.
    fn name_for(&self, kept: &Kept) -> String {
        let file = kept.file.strip_prefix("example:").unwrap_or(&kept.file);
        let stem = Path::new(file)
            .file_stem()
            .map_or("", |s| s.to_str().unwrap_or(""));
        let safe = |c: char| c.is_alphanumeric() || "-_".contains(c);
        let stem: String = stem.chars().filter(|c| safe(*c)).take(40).collect();
        let stem = if stem.is_empty() {
            "session".to_owned()
        } else {
            stem
        };
        let names = (1..).map(|n| {
            if n == 1 {
                stem.clone()
            } else {
                format!("{stem}-{n}")
            }
        });
        let usable = |name: &String| {
            let path = self.file(name);
            let Ok(text) = std::fs::read_to_string(&path) else {
                return !path.exists();
            };
            parse(&text).is_ok_and(|old| old.file == kept.file && !old.has_marks())
        };
        names.into_iter().find(usable).unwrap_or(stem)
    }

    fn write(&self, name: &str, session: Kept, journal: &str) -> std::io::Result<()> {
        let file = File {
            version: VERSION,
            program: format!("dynascope {}", env!("CARGO_PKG_VERSION")),
            session,
        };
        let text = toml::to_string(&file).map_err(std::io::Error::other)?;
        files::keep(&self.journal(name), journal.as_bytes())?;
        files::keep(&self.file(name), text.as_bytes())
    }
}

/// The marks and notes of a kept session, by name.
///
/// # Errors
/// There is no such session, or it cannot be read.
pub(crate) fn kept_marks(session: &str) -> Result<Vec<(String, String)>, String> {
    let which = Resume::Named(session.to_owned());
    let (_, kept) = Sessions::new().resume(&which)?;
    let all = kept.marks.into_values().flatten();
    Ok(all.map(|mark| (mark.name, mark.note)).collect())
}

fn parse(text: &str) -> Result<Kept, String> {
    let table: toml::Table = toml::from_str(text).map_err(|e| e.message().to_owned())?;
    match table.get("version").and_then(toml::Value::as_integer) {
        Some(version) if version > i64::from(VERSION) => {
            Err("a newer dynascope wrote it".to_owned())
        }
        Some(1) => first_version::read(table),
        Some(2..) => {
            let file: Result<File, toml::de::Error> = table.try_into();
            Ok(file.map_err(|e| e.message().to_owned())?.session)
        }
        _ => Err("it has no version".to_owned()),
    }
}

fn free(name: impl Fn(usize) -> PathBuf) -> PathBuf {
    let names = (1..).map(name);
    names
        .into_iter()
        .find(|path| !path.exists())
        .unwrap_or_default()
}

/// Keeps the session of a state as it changes.
#[derive(Debug)]
pub(crate) struct Keeper {
    sessions: Sessions,
    name: Option<String>,
    /// Lines of the journal from before, where the session goes on.
    before: String,
    /// Changes of the journal that are kept.
    saved: Option<u64>,
}

impl Keeper {
    pub(crate) fn new(sessions: Sessions) -> Self {
        Self {
            sessions,
            name: None,
            before: String::new(),
            saved: None,
        }
    }

    /// Whether there is something new to keep.
    pub(crate) fn is_behind(&self, state: &State) -> bool {
        let is_file = state
            .desk
            .subject
            .as_ref()
            .is_some_and(|s| s.path.is_some());
        is_file && self.saved != Some(state.program.journal.changes())
    }

    pub(crate) fn save(&mut self, state: &State) -> std::io::Result<()> {
        let Some(kept) = state.kept().filter(|_| self.is_behind(state)) else {
            return Ok(());
        };
        let known = state.program.session.clone().or_else(|| self.name.clone());
        let name = known.unwrap_or_else(|| self.sessions.name_for(&kept));
        if self.name.as_ref() != Some(&name) {
            let old = std::fs::read_to_string(self.sessions.journal(&name)).ok();
            let goes_on = state.program.session.is_some();
            self.before = old.filter(|_| goes_on).unwrap_or_default();
        }
        let mut text = if self.before.is_empty() {
            head()
        } else {
            self.before.clone()
        };
        for line in state.program.journal.lines() {
            text.push_str(&printable::line(&line));
            text.push('\n');
        }
        self.sessions.write(&name, kept, &text)?;
        self.name = Some(name);
        self.saved = Some(state.program.journal.changes());
        Ok(())
    }
}

fn head() -> String {
    format!(
        "# dynascope {} · `dynascope replay THIS --out FOLDER` writes the same files again\n",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::app::{Message, samples, update};

    fn sessions() -> (tempfile::TempDir, Sessions) {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions {
            folder: folder.path().join("sessions"),
        };
        (folder, sessions)
    }

    /// A file that was opened, and what was done then.
    fn state(file: &str, lines: &[&str]) -> State {
        let mut state = State::default();
        let mut subject = samples::subject(9);
        subject.path = Some(file.into());
        update(&mut state, Message::Opened(Box::new(Ok(subject))));
        for line in lines {
            update(&mut state, Message::Command((*line).to_owned()));
        }
        state
    }

    #[test]
    fn a_session_is_kept_found_and_never_written_over() {
        let (_folder, sessions) = sessions();
        assert!(sessions.resume(&Resume::Last).is_err());
        let first = state("/data/1ubi.pdb", &["note A:M1W why"]);
        let mut keeper = Keeper::new(sessions.clone());
        assert!(keeper.is_behind(&first));
        keeper.save(&first).unwrap();
        assert!(!keeper.is_behind(&first));
        let (name, kept) = sessions.resume(&Resume::Last).unwrap();
        assert_eq!((name.as_str(), Some(kept)), ("1ubi", first.kept()));
        for wanted in ["1ubi", "/data/1ubi.pdb", "x/1ubi.toml"] {
            let named = Resume::Named(wanted.into());
            assert_eq!(sessions.resume(&named).unwrap().0, "1ubi", "{wanted}");
        }
        assert!(sessions.resume(&Resume::Named("2abc".into())).is_err());
        // Another run about the same file leaves what was marked alone.
        let mut other = Keeper::new(sessions.clone());
        other.save(&state("/data/1ubi.pdb", &[])).unwrap();
        assert_eq!(other.name.as_deref(), Some("1ubi-2"));
        assert_eq!(
            sessions.with_marks(Path::new("/data/1ubi.pdb")).unwrap().0,
            "1ubi"
        );
        // A third takes the place of the one that nobody would miss.
        let mut third = Keeper::new(sessions.clone());
        third.save(&state("/data/1ubi.pdb", &["mark A:2"])).unwrap();
        assert_eq!(third.name.as_deref(), Some("1ubi-2"));
        // One that goes on keeps its journal.
        let mut on = state("/data/1ubi.pdb", &["mark A:M1W", "mark A:3"]);
        on.program.session = Some("1ubi".into());
        Keeper::new(sessions.clone()).save(&on).unwrap();
        let journal = std::fs::read_to_string(sessions.journal("1ubi")).unwrap();
        assert_eq!(journal.matches("open /data/1ubi.pdb").count(), 2);
        assert_eq!(journal.matches("# dynascope").count(), 1);
    }

    #[test]
    fn damaged_and_newer_files_are_set_aside() {
        let (_folder, sessions) = sessions();
        std::fs::create_dir_all(&sessions.folder).unwrap();
        for (text, why) in [
            ("version = 1\nwork = 3\n", "cannot be read"),
            ("version = 2\nsession = 3\n", "cannot be read"),
            ("version = 99\n", "newer"),
            ("\u{0}\u{1}garbage", "cannot be read"),
            ("", "no version"),
        ] {
            std::fs::write(sessions.file("x"), text).unwrap();
            let fault = sessions.resume(&Resume::Named("x".into())).unwrap_err();
            assert!(
                fault.contains(why) && fault.contains("set-aside"),
                "{fault}"
            );
            assert!(!sessions.file("x").exists());
        }
        let kept = std::fs::read_dir(&sessions.folder).unwrap().count();
        assert_eq!(kept, 5);
    }
}
