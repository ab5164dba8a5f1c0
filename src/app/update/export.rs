//! Asking for files, and hearing what became of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::command::Command;
use crate::app::command::argument::{ExportTo, Text};
use crate::app::dialog::{ExportDialog, Picked, Written};
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::program::Overlay;
use crate::app::prompt::{Prompt, PromptKind};
use crate::app::state::State;
use crate::export::product::{Family, Product};

pub(super) fn choose(state: &mut State) {
    match state.export_dialog() {
        Some(dialog) => state.program.overlay = Overlay::Export(dialog),
        None if state.is_empty() => state.say(Notice::warning("nothing is open; `O` opens a file")),
        None => state.say(Notice::warning(
            "nothing is computed yet; one moment, please",
        )),
    }
}

/// A key went to the dialog.
pub(super) fn typed(state: &mut State, mut dialog: ExportDialog, key: KeyEvent) {
    match dialog.key(key) {
        Picked::Open => state.program.overlay = Overlay::Export(dialog),
        Picked::Closed => {}
        Picked::Write(product) => name(state, product),
    }
}

/// Asks for the name of the file.
pub(super) fn name(state: &mut State, product: Product) {
    let text = state.export_name(product);
    state.program.overlay =
        Overlay::Prompt(Prompt::with_text(PromptKind::File(product.family), &text));
}

/// Asks for a file; without a family the focused panel decides.
pub(super) fn ask(
    state: &mut State,
    family: Option<Family>,
    path: &str,
    overwrite: bool,
) -> Vec<Effect> {
    let family = family.unwrap_or_else(|| state.family_of(path));
    let product = match Product::of(family, path) {
        Ok(product) => product,
        Err(reason) => {
            state.say(Notice::error(reason));
            return Vec::new();
        }
    };
    let content = state.content();
    if !content.has(family) {
        state.say(Notice::warning(match family {
            Family::Marks => "nothing is marked yet; `m` marks",
            Family::Ensemble => "no ensemble is drawn yet; `a` draws one",
            _ if state.desk.jobs.is_empty() => "nothing to write: it has not been computed",
            _ => "it is still being computed; try again when it is done",
        }));
        return Vec::new();
    }
    let path = state.program.folder.join(path);
    if let Some(line) = line(product, &path, overwrite) {
        state.write_line(line);
    }
    vec![Effect::Export {
        path,
        overwrite,
        product,
        content: Arc::new(content),
    }]
}

fn line(product: Product, path: &Path, overwrite: bool) -> Option<Command> {
    let to = ExportTo {
        family: Some(product.family),
        path: Text::new(&path.display().to_string())?,
    };
    Some(if overwrite {
        Command::Replace(to)
    } else {
        Command::Export(to)
    })
}

/// What became of a file.
pub(super) fn done(
    state: &mut State,
    product: Product,
    path: PathBuf,
    overwrite: bool,
    written: Written,
) {
    if let (Some(line), false) = (
        line(product, &path, overwrite),
        matches!(written, Written::Done(_)),
    ) {
        state.program.journal.withdraw(&line);
    }
    match written {
        Written::Done(names) => {
            let beside = match names.len() {
                0 | 1 => String::new(),
                n => format!(" and {} beside it", n - 1),
            };
            let name = names.first().cloned().unwrap_or_default();
            state.say(Notice::info(format!("wrote {name}{beside}")));
        }
        Written::Exists(name) => {
            if state.program.overlay == Overlay::None {
                state.program.overlay = Overlay::Replace(product, path);
            } else {
                state.say(Notice::warning(format!(
                    "{name} already exists; nothing was written"
                )));
            }
        }
        Written::Failed(reason) => {
            let name = path.display();
            state.say(Notice::error(format!("{name} was not written: {reason}")));
        }
    }
}

/// Whether a file is to be replaced.
pub(super) fn replace(
    state: &mut State,
    product: Product,
    path: &Path,
    key: KeyEvent,
) -> Vec<Effect> {
    if matches!(key.code, KeyCode::Char('y' | 'Y')) {
        let text = path.display().to_string();
        return ask(state, Some(product.family), &text, true);
    }
    let name = path.display();
    state.say(Notice::info(format!("{name} was left unchanged")));
    Vec::new()
}
