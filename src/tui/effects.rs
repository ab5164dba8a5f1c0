//! What `update` asked for, done: files on threads of their own, jobs on the worker.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::sessions::Sessions;
use super::{clipboard, files, guard, open, save};
use crate::app::effect::Effect;
use crate::app::job::{JobEvent, JobKind};
use crate::app::message::{Message, Notice};
use crate::app::subject::Subject;
use crate::engine::worker::{EventKind, JobId, Slot, Worker, WorkerEvent};
use crate::engine::{Engine, EngineOptions, Partial};
use crate::protein::chains::ChainChoice;

/// What arrives at the loop from other threads.
#[derive(Debug)]
pub(super) enum Arrival {
    /// From the worker.
    Worker(WorkerEvent),
    /// From a thread that read a file.
    Message(Box<Message>),
}

/// Does effects.
pub(super) struct Runner {
    worker: Worker,
    inbox: UnboundedSender<Arrival>,
    newest: HashMap<JobKind, JobId>,
    chains: ChainChoice,
    /// FASTA file that completes every structure.
    sequence: Option<PathBuf>,
    /// What came on standard input.
    input: Option<Arc<[u8]>>,
    sessions: Sessions,
}

/// Whether the program goes on after an effect.
#[derive(Debug)]
pub(super) enum Next {
    /// It does.
    GoOn,
    /// It does; this is to be told to the state.
    Tell(Notice),
    /// It ends; these lines are printed.
    Quit(Vec<String>),
}

impl Runner {
    pub(super) fn new(
        engine: EngineOptions,
        chains: ChainChoice,
        input: Option<Arc<[u8]>>,
        inbox: UnboundedSender<Arrival>,
    ) -> std::io::Result<Self> {
        let sender = inbox.clone();
        let worker = Worker::spawn(Engine::new(engine), move |event| {
            // The loop is gone: nobody waits for this any more.
            let _ = sender.send(Arrival::Worker(event));
        })?;
        Ok(Self {
            worker,
            inbox,
            newest: HashMap::new(),
            chains,
            sequence: None,
            input,
            sessions: Sessions::new(),
        })
    }

    /// Does one effect.
    pub(super) fn run(&mut self, effect: Effect) -> Next {
        match effect {
            Effect::Quit(lines) => return Next::Quit(lines),
            Effect::Sequence(path) => self.sequence = path,
            Effect::List(folder) => self.spawn("list", move || vec![open::list(&folder)]),
            Effect::Submit(kind, request) => {
                let id = self.worker.submit(slot(kind), *request);
                self.newest.insert(kind, id);
            }
            Effect::Cancel(kind) => self.worker.cancel(slot(kind)),
            Effect::Copy(text) => return Next::Tell(copied(&text)),
            Effect::Export {
                path,
                overwrite,
                product,
                content,
            } => self.spawn("export", move || {
                let written = save::export(&path, overwrite, product, &content);
                vec![Message::Exported {
                    product,
                    path,
                    overwrite,
                    written,
                }]
            }),
            Effect::Mouse(on) => {
                if let Err(error) = guard::switch_mouse(&mut std::io::stdout(), on) {
                    return Next::Tell(Notice::error(format!("mouse: {error}")));
                }
            }
            reading => {
                let (chains, input) = (self.chains.clone(), self.input.clone());
                let (kept, sequence) = (self.sessions.clone(), self.sequence.clone());
                self.spawn("read", move || {
                    let is_file = matches!(reading, Effect::Open(_));
                    let read = read(reading, &chains, sequence.as_deref(), input.as_deref());
                    let found = read
                        .as_ref()
                        .filter(|_| is_file)
                        .and_then(|m| opened(m, &kept));
                    read.into_iter().chain(found).collect()
                });
            }
        }
        Next::GoOn
    }

    fn spawn(&self, name: &str, work: impl FnOnce() -> Vec<Message> + Send + 'static) {
        let inbox = self.inbox.clone();
        let spawned = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
                let messages = done.unwrap_or_else(|_| {
                    vec![Message::Opened(Box::new(Err(
                        "a fault of the program while reading; please report the file".to_owned(),
                    )))]
                });
                for message in messages {
                    let _ = inbox.send(Arrival::Message(Box::new(message)));
                }
            });
        if let Err(error) = spawned {
            let failed = Message::Opened(Box::new(Err(format!("no thread to read with: {error}"))));
            let _ = self.inbox.send(Arrival::Message(Box::new(failed)));
        }
    }

    /// What the state hears of an arrival; nothing of jobs that newer ones replaced.
    pub(super) fn translate(&mut self, arrival: Arrival) -> Option<Message> {
        let event = match arrival {
            Arrival::Message(message) => return Some(*message),
            Arrival::Worker(event) => event,
        };
        let kind = kind(event.slot)?;
        if self.newest.get(&kind) != Some(&event.job) {
            return None;
        }
        let event = match event.kind {
            EventKind::Started => JobEvent::Started,
            EventKind::Progress { phase, done, total } => JobEvent::Progress { phase, done, total },
            EventKind::Partial(Partial::ScanRows(rows)) => JobEvent::Rows(
                rows.into_iter()
                    .map(|row| (row.index, row.scores.to_vec()))
                    .collect(),
            ),
            EventKind::Finished(report) => JobEvent::Finished(report),
            EventKind::Cancelled => JobEvent::Cancelled,
            EventKind::Failed(error) => JobEvent::Failed(one_line(&error)),
            EventKind::Crashed { message } => {
                JobEvent::Failed(format!("a fault of the program: {message}"))
            }
        };
        Some(Message::Job { kind, event })
    }
}

/// Does what reads files; nothing for the other effects.
pub(super) fn read(
    effect: Effect,
    chains: &ChainChoice,
    sequence: Option<&Path>,
    input: Option<&[u8]>,
) -> Option<Message> {
    let opened = |outcome: Result<Subject, String>| {
        let whole = outcome.map(|subject| open::completed(subject, sequence));
        Message::Opened(Box::new(whole))
    };
    Some(match effect {
        Effect::Open(path) => opened(open::open(&path, input, chains)),
        Effect::Choose {
            structure,
            path,
            model,
            chains,
        } => {
            let choice = chains.map_or(ChainChoice::All, ChainChoice::Named);
            opened(open::part(&structure, path, model, &choice, Vec::new()))
        }
        Effect::ReadWeights(path) => Message::WeightsRead {
            outcome: crate::engine::recognise::methods_of(&path),
            path,
        },
        Effect::ReadData(path) => Message::DataRead {
            outcome: open::table(&path).map(Box::new),
            path,
        },
        _ => return None,
    })
}

/// Remembers a file that was opened; the session of it with marks, where one is kept.
fn opened(message: &Message, sessions: &Sessions) -> Option<Message> {
    let Message::Opened(outcome) = message else {
        return None;
    };
    let path = outcome.as_ref().as_ref().ok()?.path.as_ref()?;
    files::remember(path);
    let (name, kept) = sessions.with_marks(path)?;
    let kept = Box::new(kept);
    Some(Message::Remembered { name, kept })
}

fn one_line(error: &Arc<crate::engine::EngineError>) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

fn slot(kind: JobKind) -> Slot {
    match kind {
        JobKind::Dynamics => Slot::Dynamics,
        JobKind::Scan(method) => Slot::Scan(method),
        JobKind::Overlay => Slot::Overlay,
        JobKind::Sample => Slot::Ensemble,
        JobKind::Collective => Slot::Collective,
        JobKind::WhatIf => Slot::WhatIf,
    }
}

fn kind(slot: Slot) -> Option<JobKind> {
    match slot {
        Slot::Dynamics => Some(JobKind::Dynamics),
        Slot::Scan(method) => Some(JobKind::Scan(method)),
        Slot::Ensemble => Some(JobKind::Sample),
        Slot::Overlay => Some(JobKind::Overlay),
        Slot::Collective => Some(JobKind::Collective),
        Slot::WhatIf => Some(JobKind::WhatIf),
        Slot::Score => None,
    }
}

fn copied(text: &str) -> Notice {
    let lines = text.lines().count();
    let what = if lines == 1 {
        format!("'{text}'")
    } else {
        format!("{lines} lines")
    };
    match clipboard::copy(text, &mut std::io::stdout(), &files::state_folder()) {
        Ok(clipboard::Copied::Terminal) => {
            Notice::info(format!("copied {what} through the terminal (OSC 52)"))
        }
        Ok(clipboard::Copied::File(path)) => Notice::info(format!(
            "too long for the terminal: {what} are in {}",
            path.display()
        )),
        Err(error) => Notice::error(format!("not copied: {error}")),
    }
}
