//! A journal carried out without a terminal: the same state, the same effects, one after the other.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::read::{Given, read};
use super::save;
use crate::app::dialog::Written;
use crate::app::effect::Effect;
use crate::app::job::JobEvent;
use crate::app::message::Message;
use crate::app::messages::Level;
use crate::app::program::Program;
use crate::app::state::State;
use crate::app::update;
use crate::engine::Engine;
use crate::engine::worker::Run as _;
use crate::protein::chains::ChainChoice;

/// How a journal is carried out.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// The commands, one a line; `#` begins a remark.
    pub journal: String,
    /// Where the files go; `None` = where the journal says.
    pub out: Option<PathBuf>,
    /// Replace existing files.
    pub force: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    pub written: Vec<PathBuf>,
    /// What was refused: line from 1, and why.
    pub faults: Vec<(usize, String)>,
}

struct Player<'a> {
    state: State,
    engine: Engine,
    replay: &'a Replay,
    given: Given,
    done: Replayed,
}

#[must_use]
pub fn replay(replay: &Replay, engine: Engine) -> Replayed {
    let mut player = Player {
        state: State {
            program: Program {
                folder: std::env::current_dir().unwrap_or_default(),
                ..Program::default()
            },
            ..State::default()
        },
        engine,
        replay,
        given: Given::default(),
        done: Replayed::default(),
    };
    for (number, line) in replay.journal.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            player.carry_out(number + 1, line);
        }
    }
    player.done
}

impl Player<'_> {
    fn carry_out(&mut self, number: usize, line: &str) {
        let mut messages = VecDeque::from([Message::Command(line.to_owned())]);
        while let Some(message) = messages.pop_front() {
            let is_job = matches!(message, Message::Job { .. });
            self.state.program.messages.seen();
            let effects = update(&mut self.state, message);
            // A method without weights is no fault of the line.
            let said = self.state.program.messages.fresh();
            let faults = said.filter(|n| n.level == Level::Error && !is_job);
            let faults = faults.map(|notice| (number, notice.text.clone()));
            self.done.faults.extend(faults);
            for effect in effects {
                messages.extend(self.act(number, effect));
            }
        }
    }

    fn act(&mut self, number: usize, effect: Effect) -> Vec<Message> {
        match effect {
            Effect::Submit(request) => {
                let slot = request.slot();
                let event = match self.engine.run(&request, &()) {
                    Ok(report) => JobEvent::Finished(report),
                    Err(error) => JobEvent::Failed(error.to_string()),
                };
                vec![Message::Job { slot, event }]
            }
            Effect::Export {
                path,
                overwrite,
                product,
                content,
            } => {
                let path = self.place(&path);
                // The journal may write a file twice, as the user did.
                let replaces = overwrite || self.replay.force || self.done.written.contains(&path);
                match save::export(&path, replaces, product, &content) {
                    Written::Done(_) if self.done.written.contains(&path) => {}
                    Written::Done(_) => self.done.written.push(path),
                    Written::Exists(name) => {
                        let text = format!("{name} is there already; --force replaces it");
                        self.done.faults.push((number, text));
                    }
                    Written::Failed(why) => {
                        let text = format!("{} is not written: {why}", path.display());
                        self.done.faults.push((number, text));
                    }
                }
                Vec::new()
            }
            Effect::Quit(_)
            | Effect::Cancel(_)
            | Effect::Copy(_)
            | Effect::Mouse(_)
            | Effect::List(_)
            | Effect::Names(_) => Vec::new(),
            Effect::Sequence(path) => {
                self.given.sequence = path;
                Vec::new()
            }
            Effect::Around(around) => {
                self.given.around = around;
                Vec::new()
            }
            other => self.read(number, other),
        }
    }

    /// Reads a file; what would have to be downloaded first is a fault: nobody is asked here.
    fn read(&mut self, number: usize, effect: Effect) -> Vec<Message> {
        match read(effect, &ChainChoice::First, &self.given, None) {
            Some(Message::NotHere(missing)) => {
                let text = format!("{} is not on this machine", missing.entry);
                self.done.faults.push((number, text));
                Vec::new()
            }
            found => found.into_iter().collect(),
        }
    }

    fn place(&self, path: &Path) -> PathBuf {
        match (&self.replay.out, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    }
}
